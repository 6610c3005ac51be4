import BSDSocketBackend
import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Waiting for an event")
struct WakeEventTests {
    private let network = LoopbackNetwork()

    @Test("it has not happened, has happened, and goes on having happened")
    func setting() {
        let event = WakeEvent()
        let calls = Locked(0)
        let first = event.whenSet { calls.withLock { $0 += 1 } }
        let second = event.whenSet { calls.withLock { $0 += 10 } }
        #expect(first != second)
        event.forget(first)
        #expect(!event.isSet)
        event.set()
        event.set()
        #expect(event.isSet)
        #expect(calls.withLock { $0 } == 10)
        // Who comes too late has to look.
        event.forget(event.whenSet { calls.withLock { $0 += 100 } })
        #expect(calls.withLock { $0 } == 10)
    }

    @Test("threads in a network are woken at the very moment, and by nothing else but deadlines and closing")
    func threads() throws {
        let (client, server) = try network.pair()
        let (event, never) = (WakeEvent(), WakeEvent())
        let woken = try network.spawn {
            (try client.transport.wait(for: event, until: .never), network.now)
        }
        let late = try network.spawn {
            (try client.transport.wait(for: never, until: .at(network.now.advanced(by: .seconds(9)))), network.now)
        }
        let closed = try network.spawn { caught { try server.transport.wait(for: never, until: .never) }?.kind }
        try network.sleep(for: .microseconds(1234))
        // Bytes are nothing that is waited for.
        try server.sendAll("x")
        event.set()
        #expect(try woken.join() == (true, Instant(nanoseconds: 1_234_000)))
        #expect(try client.transport.wait(for: event, until: .passed))
        #expect(try !client.transport.wait(for: never, until: .passed))
        #expect(try late.join() == (false, Instant(nanoseconds: 9_000_000_000)))
        server.close()
        #expect(try closed.join() == .closed)
        #expect(caught { try server.transport.wait(for: event, until: .never) }?.kind == .closed)
    }

    @Test("tasks in a network are woken at the very moment, and by cancelling")
    func tasks() async throws {
        let (client, server) = try network.pair()
        let (event, never) = (WakeEvent(), WakeEvent())
        try await network.run { [network] in
            async let woken = client.transport.ready(for: event, until: .never)
            let cancelled = Task(executorPreference: network.executor) {
                try await client.transport.ready(for: never, until: .never)
            }
            async let closed = caught { try await server.transport.ready(for: never, until: .never) }?.kind
            try await network.sleep(for: .microseconds(1234))
            event.set()
            #expect(try await woken)
            #expect(network.now == Instant(nanoseconds: 1_234_000))
            cancelled.cancel()
            #expect(await caught(in: cancelled)?.kind == .cancelled)
            #expect(try await !client.transport.ready(for: never, until: .at(network.now.advanced(by: .seconds(1)))))
            server.close()
            #expect(await closed == .closed)
            #expect(network.now == Instant(nanoseconds: 1_001_234_000))
        }
        client.close()
    }

    @Test("an event that nobody sets is a deadlock, which is told")
    func deadlock() throws {
        let (client, server) = try network.pair()
        let error = caught { try client.transport.wait(for: WakeEvent(), until: .never) }
        #expect(error?.kind == .deadlock)
        #expect(error?.message.contains("what another call of the same connection does") == true)
        server.close()
    }

    @Test("over sockets, threads and tasks are woken by it, by deadlines, by closing, and tasks by cancelling")
    func sockets() async throws {
        let backend = SocketBackend<IPv4>()
        let listener = try backend.beginListening(on: .loopback(port: 0), options: ListenerOptions())
        let stream = try backend.beginOpen(to: listener.localAddress, options: StreamOptions())
        let datagrams = try backend.openDatagrams(boundTo: .loopback(port: 0), connectedTo: nil, options: [])
        try await check(stream)
        try await check(datagrams)
        try await check(listener)
        let never = WakeEvent()
        let thread = BackgroundCall { caught { try blockingly { try stream.wait(for: never, until: .never) } }?.kind }
        async let task = caught { try await stream.ready(for: never, until: .never) }?.kind
        stream.close()
        #expect(try thread.value() == .closed)
        #expect(await task == .closed)
        datagrams.close()
        listener.close()
    }

    @Test("where a source cannot be woken, it looks again in its own time")
    func others() async throws {
        let plain = ScriptedTransport()
        let began = plain.now
        #expect(try await !plain.ready(for: WakeEvent(), until: plain.clock.deadline(.seconds(1))))
        #expect(began.duration(to: plain.now) == .seconds(1))
        let event = WakeEvent()
        event.set()
        #expect(try await plain.ready(for: event, until: .never))
        #expect(try await plain.ready(for: event, until: .passed))
    }

    private func check(_ source: some ReadinessSource) async throws {
        let (event, never) = (WakeEvent(), WakeEvent())
        let thread = BackgroundCall { try blockingly { try source.wait(for: event, until: .never) } }
        async let task = source.ready(for: event, until: .never)
        let soon = Deadline.at(source.now.advanced(by: .milliseconds(20)))
        #expect(try await !source.ready(for: never, until: soon))
        #expect(soon.hasPassed(at: source.now))
        #expect(!thread.hasEnded)
        event.set()
        #expect(try thread.value())
        #expect(try await task)
        #expect(try await source.ready(for: event, until: .passed))
        let cancelled = Task { try await source.ready(for: never, until: .never) }
        cancelled.cancel()
        #expect(await caught(in: cancelled)?.kind == .cancelled)
        #expect(try blockingly { try !source.wait(for: never, until: .passed) })
    }
}

/// The form of a call that blocks, also within a task.
private func blockingly(_ body: () throws -> Bool) rethrows -> Bool { try body() }
