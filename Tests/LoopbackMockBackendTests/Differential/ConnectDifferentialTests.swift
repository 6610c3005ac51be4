#if canImport(BSDSocketBackend)
import BSDSocketBackend
import LoopbackMockBackend
import Testing
import TransportCore

@Suite("SIM-09: the mock binds and connects as the kernel does")
struct ConnectDifferentialTests {
    @Test("SIM-09: wildcards, mapped addresses, who is in whose way")
    func ip() throws {
        compare(try ipTrace(LoopbackNetwork().backend()), try ipTrace(SocketBackend<IP>()))
    }

    @Test("SIM-09: the forms in which datagrams show addresses")
    func datagrams() throws {
        compare(try datagramTrace(LoopbackNetwork().backend()), try datagramTrace(SocketBackend<IP>()))
    }

    @Test("SIM-09: Unix addresses that nobody has, that somebody had, and that are in use")
    func unix() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        compare(
            try unixTrace(LoopbackNetwork().backend(for: Unix.self), folder),
            try unixTrace(SocketBackend<Unix>(), folder)
        )
    }

    private func compare(_ mock: [String], _ kernel: [String], _ location: SourceLocation = #_sourceLocation) {
        #expect(mock.count == kernel.count && mock.count > 20, sourceLocation: location)
        for (mock, kernel) in zip(mock, kernel) { #expect(mock == kernel, sourceLocation: location) }
    }

    private func v4(_ text: String, _ port: UInt16) throws -> IP.SocketAddress {
        .v4(IPv4.SocketAddress(try IPv4.Address(parsing: text), port: port))
    }

    private func v6(_ text: String, _ port: UInt16) throws -> IP.SocketAddress {
        .v6(IPv6.SocketAddress(try IPv6.Address(parsing: text), port: port))
    }

    /// The address without its port, which is another one each time.
    private func player<B: Backend & DatagramBackend>(_ backend: B) -> ConnectPlayer<B> where B.Family == IP {
        ConnectPlayer(backend) { $0.port == 0 ? "\($0)" : "\($0.address)" }
    }

    private func ipTrace<B: Backend & DatagramBackend>(_ backend: B) throws -> [String] where B.Family == IP {
        var player = player(backend)
        let plain = player.listen("0.0.0.0", on: try v4("0.0.0.0", 0))
        let port = try #require(try plain?.localAddress.port)
        player.connect("127.0.0.1", to: try v4("127.0.0.1", port), by: plain)
        player.connect("0.0.0.0", to: try v4("0.0.0.0", port), by: plain)
        player.connect("::ffff:127.0.0.1", to: try v6("::ffff:127.0.0.1", port), by: plain)
        player.connect("127.1.2.3", to: try v4("127.1.2.3", port), by: plain)
        player.connect("::1", to: try v6("::1", port))
        player.connect("::", to: try v6("::", port))
        player.connect("port 0", to: try v4("127.0.0.1", 0))
        for local in ["127.0.0.1", "0.0.0.0", "192.0.2.1"] {
            let options = StreamOptions<IP>(localAddress: try v4(local, 0))
            player.connect("from \(local)", to: try v4("127.0.0.1", port), options, by: plain)
        }
        player.listen("127.0.0.1 beside 0.0.0.0", on: try v4("127.0.0.1", port))
        player.listen("127.0.0.1 beside 0.0.0.0, sharing", on: try v4("127.0.0.1", port), .init(reusePort: true))
        player.listen(":: for both beside 0.0.0.0", on: try v6("::", port), .init(dualStack: true))
        let other = player.listen(":: beside 0.0.0.0", on: try v6("::", port))
        player.connect("::1 now", to: try v6("::1", port), by: other)
        player.listen("::1 beside ::", on: try v6("::1", port))
        plain?.close()
        player.connect("after closing", to: try v4("127.0.0.1", port))
        player.listen("0.0.0.0 again", on: try v4("0.0.0.0", port))

        let specific = player.listen("127.0.0.1", on: try v4("127.0.0.1", 0), .init(reusePort: true))
        let second = try #require(try specific?.localAddress.port)
        player.listen("0.0.0.0 beside 127.0.0.1", on: try v4("0.0.0.0", second))
        player.listen("127.0.0.2 beside 127.0.0.1", on: try v4("127.0.0.2", second))
        player.listen("127.0.0.1, shared", on: try v4("127.0.0.1", second), .init(reusePort: true))
        player.listen("of another machine", on: try v4("192.0.2.1", 0))

        let both = player.listen(":: for both", on: try v6("::", 0), .init(dualStack: true))
        let third = try #require(try both?.localAddress.port)
        player.connect("127.0.0.1 to ::", to: try v4("127.0.0.1", third), by: both)
        player.connect("::ffff:127.0.0.1 to ::", to: try v6("::ffff:127.0.0.1", third), by: both)
        player.listen("127.0.0.1 beside :: for both", on: try v4("127.0.0.1", third))
        return player.lines
    }

    private func datagramTrace<B: Backend & DatagramBackend>(_ backend: B) throws -> [String] where B.Family == IP {
        var player = player(backend)
        let plain = player.bind("0.0.0.0", at: try v4("0.0.0.0", 0))
        let port = try #require(try plain?.localAddress.port)
        let only6 = player.bind("::1", at: try v6("::1", 0))
        let port6 = try #require(try only6?.localAddress.port)
        let both = player.bind(":: for both", at: try v6("::", 0), [.set(.v6Only, false)])
        let dual = try #require(try both?.localAddress.port)
        for local in [nil, try v4("0.0.0.0", 0), try v4("127.0.0.1", 0), try v6("::1", 0), try v6("::", 0)] {
            let name = local.map { "\($0.address)" } ?? "nowhere"
            player.exchange("\(name) to 0.0.0.0", from: local, to: try v4("127.0.0.1", port), at: plain)
            player.exchange("\(name) to ::1", from: local, to: try v6("::1", port6), at: only6)
            player.exchange("\(name) to both by IPv4", from: local, to: try v4("127.0.0.1", dual), at: both)
        }
        let any = try v6("::", 0)
        player.exchange("both to IPv4", from: any, [.set(.v6Only, false)], to: try v4("127.0.0.1", port), at: plain)
        player.exchange("to a wildcard", from: nil, to: try v4("0.0.0.0", port), at: plain)
        player.exchange("outside", from: try v4("127.0.0.1", 0), to: try v4("192.0.2.1", 9), at: nil)
        player.exchange("everyone", from: try v4("0.0.0.0", 0), to: try v4("255.255.255.255", port), at: nil)
        player.connectDatagrams("127.0.0.1", to: try v4("127.0.0.1", port))
        player.connectDatagrams("0.0.0.0", to: try v4("0.0.0.0", port))
        player.connectDatagrams("::", to: try v6("::", port))
        player.connectDatagrams("::ffff:127.0.0.1", to: try v6("::ffff:127.0.0.1", port))
        player.bind("127.0.0.1 beside 0.0.0.0", at: try v4("127.0.0.1", port))
        player.bind(":: for both beside 0.0.0.0", at: try v6("::", port), [.set(.v6Only, false)])
        player.bind(":: beside 0.0.0.0", at: try v6("::", port))
        player.bind("0.0.0.0 with a stream's port", at: try v4("0.0.0.0", 0), [.set(.reuseAddress, true)])
        player.bind("of another machine", at: try v4("192.0.2.1", 0))
        return player.lines
    }

    private func unixTrace<B: Backend & DatagramBackend>(
        _ backend: B, _ folder: TemporaryFolder
    ) throws -> [String] where B.Family == Unix {
        var player = ConnectPlayer(backend) { "\($0)" }
        let kind = "\(B.self)".prefix(4)
        let path = try Unix.SocketAddress(path: folder.path("stream"))
        let other = try Unix.SocketAddress(path: folder.path("datagrams"))
        player.connect("to nobody", to: path)
        player.connectDatagrams("to nobody", to: other)
        let listener = player.listen("stream", on: path)
        let receiver = player.bind("datagrams", at: other)
        player.connect("stream", to: path, by: listener)
        player.connectDatagrams("datagrams", to: other)
        player.connect("a stream to datagrams", to: other)
        player.connectDatagrams("datagrams to a stream", to: path)
        player.exchange("datagrams to a stream", from: nil, to: path, at: nil)
        player.listen("in use", on: path)
        player.listen("in use by datagrams", on: other)
        player.bind("in use by a stream", at: path)
        listener?.close()
        receiver?.close()
        player.connect("to one that is gone", to: path)
        player.connectDatagrams("to one that is gone", to: other)
        player.connect("a stream to datagrams that are gone", to: other)
        player.listen("left behind", on: path)
        player.bind("left behind", at: other)
        let name = try Unix.SocketAddress(abstractName: "\(kind)\(folder.path("name"))")
        player.note("abstract")
        let abstract = try backend.listen(on: name, options: ListenerOptions(backlog: 1))
        let waiting = player.fill("a backlog of 1", at: name)
        abstract.close()
        do throws(TransportError) {
            try waiting?.establish(timeout: .seconds(10))
            player.note("established")
        } catch {
            player.note("\(error.kind), \(error.aftermath)")
        }
        player.connect("to a name that is gone", to: name)
        _ = try backend.listen(on: name)
        player.note("a name is free again")
        return player.lines
    }
}
#endif
