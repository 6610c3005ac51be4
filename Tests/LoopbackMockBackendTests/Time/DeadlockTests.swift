import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Nobody waits for ever")
struct DeadlockTests {
    @Test("SIM-03: one that waits for what nobody will send is told so")
    func alone() throws {
        let (client, server) = try LoopbackNetwork().pair()
        let error = caught { try client.receive(atMost: 1) }
        #expect(error?.kind == .deadlock)
        #expect(
            error?.message == """
                everyone is blocked and no timer runs, so nobody will ever go on:
                  the test waits for something to receive on 10.0.0.2:49152 ↔ 10.0.0.1:49152 \
                (0 bytes to receive, 0 of 65536 sent and not received)
                → 10.0.0.1:49152 is open, but nobody does anything there: was it to answer, or to be closed?
                Only threads that network.spawn { … } has started and tasks in network.run { … } count, besides the test.
                """
        )
        try server.sendAll("still alive")
        #expect(try client.receiveText(11) == "still alive")
    }

    @Test("SIM-03 CON-07: two that only write learn that both buffers are full")
    func bothWrite() throws {
        var profile = NetworkProfile.tcp
        profile.capacity = 10
        let network = LoopbackNetwork(profile: profile)
        let (client, server) = try network.pair()
        let writer = try network.spawn { caught { try server.sendAll(pattern(11)) } }
        let error = caught { try client.sendAll(pattern(11)) }
        #expect(error?.kind == .deadlock)
        #expect(error?.bytesTransferred == 10)
        let text = error?.message ?? ""
        #expect(text.contains("the test waits for room to send on"))
        #expect(text.contains("thread 1 waits for room to send on"))
        #expect(text.contains("(10 bytes to receive, 10 of 10 sent and not received)"))
        #expect(text.contains("→ both ends of 10.0.0.2:49152 ↔ 10.0.0.1:49152 only write, and both buffers are full"))
        #expect(try writer.join()?.kind == .deadlock)
    }

    @Test("SIM-03: two that only read, and one that waits for them, are all named")
    func bothRead() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let readers = try [client, server].map { end in
            try network.spawn { caught { try end.receive(atMost: 1) } }
        }
        let error = caught { try readers[0].join() }
        #expect(error?.kind == .deadlock)
        for name in ["the test waits for the end of a thread", "thread 1 waits for something", "thread 2 waits for"] {
            #expect(error?.message.contains(name) == true)
        }
        #expect(error?.message.contains("→ both ends of 10.0.0.2:49152 ↔ 10.0.0.1:49152 only read") == true)
        for reader in readers { #expect(try reader.join()?.kind == .deadlock) }
    }

    @Test("SIM-03: one that writes where nobody reads is told who does not")
    func nobodyReads() throws {
        let network = LoopbackNetwork(profile: .lockstep)
        let (client, server) = try network.pair()
        let error = caught { try client.sendAll("ab") }
        #expect(error?.bytesTransferred == 1)
        #expect(
            error?.message.contains("→ the buffer to 10.0.0.1:49152 is full, and nobody receives there") == true,
            "\(error?.message ?? "")")
        #expect(try server.receiveText(1) == "a")
    }

    @Test("SIM-03: one that connects where nobody accepts is told so, and the two tasks that wait are both named")
    func nobodyAccepts() async throws {
        let network = LoopbackNetwork()
        let listener = try network.backend().listen(on: .v4(.any(port: 80)), options: ListenerOptions(backlog: 0))
        try await network.run {
            let first = try await network.backend().connect(to: .v4(.loopback(port: 80)))
            let second = Task(executorPreference: network.executor) {
                _ = try await network.backend().connect(to: .v4(.loopback(port: 80)))
            }
            let read = await caught { try await first.receive(atMost: 1) }
            for error in [read, await caught(in: second)] {
                #expect(error?.kind == .deadlock)
                let text = error?.message ?? ""
                #expect(text.contains("→ nobody accepts at 127.0.0.1:80, whose queue is full"), "\(text)")
                #expect(text.contains("→ 127.0.0.1:80 is open, but nobody does anything there"), "\(text)")
            }
        }
        listener.close()
    }

    @Test("SIM-03: a server to which nobody connects is named with its address")
    func nobodyConnects() throws {
        let listener = try LoopbackNetwork().backend().listen(on: .v4(.any(port: 80)))
        let error = caught { try listener.accept() }
        #expect(error?.kind == .deadlock)
        #expect(error?.message.contains("a connection to 0.0.0.0:80") == true)
    }

    @Test("While a timer runs, there is hope")
    func timer() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let late = try network.spawn {
            _ = try server.wait(for: .readable, timeout: .seconds(5))
            try server.sendAll("late")
        }
        #expect(try client.receiveText(4) == "late")
        try late.join()
    }
}
