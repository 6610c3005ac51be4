import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Where scripted peers are, and how often they play")
struct ServiceTests {
    private let network = LoopbackNetwork()

    @Test("Port 0 chooses one, and the service tells it")
    func portZero() throws {
        let first = try network.serve(on: "cache") { $0.send("first") }
        let second = try network.serve(on: "cache") { $0.send("second") }
        #expect(first.port != second.port)
        #expect(String(try network.backend().connect(host: "cache", port: second.port).receiveAll()) == "second")
        #expect(String(try network.backend(on: "web").connect(to: first.address).receiveAll()) == "first")
        try first.verify()
        try second.verify()
    }

    @Test("A script that is repeated is played on every connection, also at the same time")
    func repeating() throws {
        let service = try network.serve(repeating: true) { peer in
            peer.expectLine()
            peer.reply { $0 }
        }
        let clients = try (0..<20).map { _ in try network.backend().connect(to: service.address) }
        for (number, client) in clients.enumerated() { try client.sendAll("\(number)\n") }
        for (number, client) in clients.enumerated() { #expect(String(try client.receiveAll()) == "\(number)\n") }
        try service.verify()
        #expect(service.connectionCount == 20)
        let last = try network.backend().connect(to: service.address)
        let error = #expect(throws: ScriptFailure.self) { try service.verify() }
        #expect(error?.connection == 21)
        #expect(!last.isClosed)
    }

    @Test("A repeated script that was never played is no failure")
    func neverPlayed() throws {
        try network.serve(repeating: true) { $0.send("x") }.verify()
    }

    @Test("Without being repeated, a script is played once; the last of several is repeated")
    func once() throws {
        let once = try network.serve { $0.send("once") }
        #expect(String(try network.backend().connect(to: once.address).receiveAll()) == "once")
        #expect(caught { try network.backend().connect(to: once.address) }?.kind == .connectionRefused)
        #expect(throws: ScriptFailure.self) { try once.verify() }
        let several = try network.serve(repeating: true, { $0.send("first") }, { $0.send("then") })
        #expect(throws: ScriptFailure.self) { try several.verify() }
        for text in ["first", "then", "then"] {
            #expect(String(try network.backend().connect(to: several.address).receiveAll()) == text)
        }
        try several.verify()
    }

    @Test("After stop nobody comes in; the scripts go on")
    func stop() throws {
        let service = try network.serve(on: "cache", port: 1) { peer in
            peer.send("a")
            peer.expect("b")
        }
        let client = try network.backend().connect(host: "cache", port: 1)
        service.stop()
        #expect(caught { try network.backend().connect(host: "cache", port: 1) }?.kind == .connectionRefused)
        #expect(try client.receiveText(1) == "a")
        try client.sendAll("b")
        try service.verify()
        _ = try network.serve(on: "cache", port: 1) { $0.send("c") }
    }

    @Test("Any family")
    func families() throws {
        let path = try Unix.SocketAddress(path: "/run/cache")
        let unix = try network.serve(for: Unix.self, at: path) { $0.send("unix") }
        #expect(String(try network.backend(for: Unix.self).connect(to: path).receiveAll()) == "unix")
        try unix.verify()
        let loopback = try network.serve(for: IPv4.self, at: .loopback(port: 0), repeating: true) { $0.send("IPv4") }
        let address = loopback.address
        #expect(String(try network.backend().connect(to: .v4(address)).receiveAll()) == "IPv4")
        #expect(caught { try network.backend(on: "other").connect(to: .v4(address)) }?.kind == .connectionRefused)
        #expect(caught { try network.serve(for: Unix.self, at: path) { _ in } }?.kind == .addressInUse)
    }

    @Test("A peer that stays leaves the connection open after its last step, and still wants nothing more")
    func stayOpen() throws {
        let service = try network.serve(
            { peer in
                peer.send("a")
                peer.stayOpen()
            },
            { peer in
                peer.send("b")
                peer.stayOpen()
            }
        )
        let client = try network.backend().connect(to: service.address)
        #expect(try client.receiveText(1) == "a")
        #expect(caught { try client.receive(atMost: 1, timeout: .seconds(60)) }?.kind == .timedOut)
        client.close()
        let second = try network.backend().connect(to: service.address)
        try service.verify()
        try second.sendAll("more")
        #expect(throws: ScriptFailure.self) { try service.verify() }
    }
}
