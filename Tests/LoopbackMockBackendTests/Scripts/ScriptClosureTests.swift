import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("The closures of a script may use the network")
struct ScriptClosureTests {
    @Test("A reply may say what the log says, and a condition may look at the time")
    func looking() throws {
        let network = LoopbackNetwork()
        let server = try network.serve(on: "cache", port: 1) { peer in
            peer.expect("a word, at once") { bytes in
                bytes.count == 5 && network.now == Instant(nanoseconds: 0) ? 5 : nil
            }
            peer.reply { _ in Array("\(network.log.events.count) events\n".utf8) }
        }
        let client = try network.backend().connect(host: "cache", port: 1)
        try client.sendAll("hello")
        #expect(String(try client.receiveAll()).hasSuffix(" events\n"))
        client.close()
        try server.verify()
    }

    @Test("A reply may break the network, and heal it")
    func faults() throws {
        let network = LoopbackNetwork()
        _ = try network.serve(on: "cache", port: 1) { peer in
            peer.expectLine()
            peer.reply { _ in
                network.fault(.delay(.seconds(9)), on: .sends.from("cache"))
                return Array("late\n".utf8)
            }
        }
        let client = try network.backend().connect(host: "cache", port: 1)
        try client.sendAll("go\n")
        #expect(try client.receiveText(5) == "late\n")
        #expect(network.now == Instant(nanoseconds: 9_000_000_000))
    }

    @Test("What a client sends while the script is asking comes after it, also when a timer has woken the script")
    func disturbed() throws {
        let network = LoopbackNetwork()
        let other = Locked<MockConnection?>(nil)
        let server = try network.serve(on: "cache", port: 1) { peer in
            peer.expectLine()
            peer.pause(for: .seconds(1))
            peer.reply { _ in
                _ = caught { try other.withLock { $0 }?.sendAll("more\n") }
                return Array("one\n".utf8)
            }
            peer.expect("more\n")
            peer.send("two\n")
        }
        let client = try network.backend().connect(host: "cache", port: 1)
        other.withLock { $0 = client }
        try client.sendAll("go\n")
        #expect(String(try client.receiveAll()) == "one\ntwo\n")
        client.close()
        try server.verify()
    }
}
