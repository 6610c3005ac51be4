import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("SIM-08: what was left behind")
struct HygieneTests {
    private let network = LoopbackNetwork()
    private let here = "LoopbackMockBackendTests/HygieneTests.swift"

    /// The ends of a stream, made in one line each.
    private func ends() throws -> (client: MockConnection, server: MockConnection) {
        let listener = try network.backend(on: "server").listen(on: .v4(.any(port: 80)))
        defer { listener.close() }
        let client = try network.backend(on: "client").connect(host: "server", port: 80, families: .v4)
        return (client, try listener.accept())
    }

    private var kinds: [HygieneFinding.Kind] { network.hygiene.map(\.kind) }

    @Test("Nothing is found where everything was received and closed, with deadlines")
    func clean() throws {
        let (client, server) = try ends()
        try client.sendAll("hello")
        #expect(try server.receive(atMost: 5, timeout: .seconds(1)) == Array("hello".utf8))
        client.close()
        #expect(try server.receive(atMost: 5, timeout: .seconds(1)) == nil)
        server.close()
        #expect(network.hygiene.isEmpty)
        try network.checkHygiene(allowing: [])
    }

    @Test("Connections and listeners that are still open are named with the place where they were made")
    func unclosed() throws {
        let listener = try network.backend(on: "server").listen(on: .v4(.any(port: 80)))
        let client = try network.backend(on: "client").connect(host: "server", port: 80, families: .v4)
        let lines = (#line - 2, #line - 1)
        let accepted = try listener.accept()
        accepted.close()
        #expect(
            network.hygiene.map(\.description) == [
                "unclosed: connection #1 (10.0.0.2:49152 ↔ 10.0.0.1:80) was never closed, made at \(here):\(lines.1)",
                "unclosed: the listener at 0.0.0.0:80 was never closed, made at \(here):\(lines.0)",
            ]
        )
        #expect(network.hygiene.first?.origin?.line == UInt(lines.1))
        client.close()
        listener.close()
        #expect(network.hygiene.isEmpty)
    }

    @Test("What was dropped without being closed is noted, not an error")
    func dropped() throws {
        try { _ = try ends() }()
        _ = try network.backend(on: "server").listen(port: 80)
        #expect(kinds == [.dropped, .dropped, .dropped])
        try network.checkHygiene()
        #expect(throws: HygieneFailure.self) { try network.checkHygiene(allowing: []) }
    }

    @Test("Bytes that nobody had read at close are counted, but not those of a cut")
    func unread() throws {
        let (client, server) = try ends()
        try client.sendAll("hello")
        try server.sendAll("ignored")
        client.abort()
        _ = try server.receive(atMost: 2)
        server.close()
        #expect(kinds == [.unreadBytes])
        #expect(network.hygiene.first?.description.contains("was closed with 3 bytes unread, made at \(here)") == true)
    }

    /// Holds everything back until the peer says something, and says at close what it never handed down.
    private struct Hoarding<Lower: Transport>: TransportLayer {
        let lower: Lower
        let held = Locked(0)

        func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
            held.withLock { $0 += bytes.byteCount }
            return .sent(bytes.byteCount)
        }

        func tryFlush() throws(TransportError) -> ProgressStep { .wouldBlock(.readable) }
        func tryFinish() throws(TransportError) -> ProgressStep { try tryFlush() }

        func close() {
            let count = held.withLock { $0 }
            if count > 0 { lower.take(.outputLost(byteCount: count)) }
            lower.close()
        }
    }

    @Test("Output that a layer never flushed is found when the layer says so")
    func unflushed() throws {
        let (client, server) = try ends()
        server.close()
        let layered = Connection(Hoarding(lower: client.transport))
        _ = caught { try layered.sendAll("hello", timeout: .zero) }
        layered.close()
        #expect(kinds == [.unflushedOutput])
        #expect(network.hygiene.first?.description.contains("5 bytes of output never flushed") == true)
    }

    @Test("A script that is left over is found, and one that has failed")
    func scripts() throws {
        let service = try network.serve(on: "cache", port: 1, { $0.expect("a") }, { $0.send("b") })
        let client = try network.backend().connect(host: "cache", port: 1)
        try client.sendAll("x")
        client.close()
        #expect(kinds == [.script])
        let failure = #expect(throws: ScriptFailure.self) { try service.verify() }
        #expect(network.hygiene.first?.description == "script: \(failure?.description ?? "")")
    }

    @Test("Receives that wait without a deadline are noted, once for the connection")
    func endlessWait() throws {
        let (client, server) = try ends()
        let peer = try network.spawn {
            for _ in 0..<3 {
                try network.sleep(for: .seconds(1))
                try server.sendAll("x")
            }
            server.close()
        }
        for _ in 0..<3 { _ = try client.receive(atMost: 1) }
        #expect(try client.receive(atMost: 1, timeout: .seconds(1)) == nil)
        client.close()
        try peer.join()
        #expect(kinds == [.endlessWait])
        #expect(network.hygiene.first?.description.contains("waited 3 times for something to receive") == true)
        try network.checkHygiene()
    }

    @Test("A hundred sends of one byte are found, ninety-nine are not", arguments: [99, 100])
    func oneByteSends(_ count: Int) throws {
        let (client, server) = try ends()
        for _ in 0..<count { try client.sendAll("x") }
        _ = try server.receiveExactly(count)
        client.close()
        server.close()
        #expect(kinds == (count == 100 ? [.oneByteSends] : []))
    }

    @Test("Sends that are cut into bytes by the network are nobody's fault", arguments: NamedProfile.all)
    func cut(_ profile: NamedProfile) throws {
        let network = LoopbackNetwork(profile: profile.profile)
        _ = try network.serve(on: "cache", port: 1) { $0.expect(Array(repeating: pattern(2), count: 200).joined()) }
        let client = try network.backend().connect(host: "cache", port: 1)
        for _ in 0..<200 { try client.sendAll(pattern(2)) }
        client.close()
        #expect(network.hygiene.isEmpty)
    }

    @Test("What is found on many connections of one place is said once")
    func merged() throws {
        let listener = try network.backend(on: "server").listen(port: 80)
        let clients = try (0..<5).map { _ in try network.backend(on: "client").connect(host: "server", port: 80) }
        for _ in clients { try listener.accept().close() }
        listener.close()
        #expect(network.hygiene.map(\.count) == [5])
        #expect(network.hygiene.first?.description.hasSuffix("(and 4 more made there)") == true)
        withExtendedLifetime(clients) {}
    }
}
