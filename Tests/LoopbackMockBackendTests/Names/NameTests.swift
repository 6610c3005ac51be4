import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Machines have names, addresses and ports of their own")
struct NameTests {
    private let network = LoopbackNetwork()

    private func addresses(
        _ name: String?, on host: String = "localhost", _ families: ResolverQuery.Families = .any, passive: Bool = false
    ) throws -> [String] {
        let query = try ResolverQuery(host: name, service: .port(80), families: families, isPassive: passive)
        return try network.backend(on: host).addresses(for: query).map(\.description)
    }

    @Test("ADR: the name of a machine gives its addresses, IPv6 first")
    func names() throws {
        _ = network.host("a")
        let cache = network.host("cache")
        #expect(network.host("cache") === cache)
        #expect(try addresses("cache") == ["[fd00::2]:80", "10.0.0.2:80"])
        #expect(try addresses("cache", .v4) == ["10.0.0.2:80"])
        #expect(try addresses("cache", .v6) == ["[fd00::2]:80"])
    }

    @Test("An unknown name is an error with the name")
    func unknown() throws {
        let error = caught { try network.backend().connect(host: "nowhere", port: 1) }
        #expect(error?.kind == .noSuchName)
        #expect(error?.address == "nowhere")
        #expect(error?.operation == .resolve)
    }

    @Test("localhost and no name are this machine, a wildcard for listening")
    func localhost() throws {
        #expect(try addresses("localhost", on: "x") == ["[::1]:80", "127.0.0.1:80"])
        #expect(try addresses(nil, on: "x") == ["[::1]:80", "127.0.0.1:80"])
        #expect(try addresses(nil, on: "x", passive: true) == ["[::]:80", "0.0.0.0:80"])
    }

    @Test("Numbers need no names, and names of services are not known")
    func numeric() throws {
        #expect(try addresses("192.0.2.1") == ["192.0.2.1:80"])
        let query = try ResolverQuery(host: "localhost", service: .name("http"))
        #expect(caught { try network.backend().addresses(for: query) }?.kind == .noSuchService)
    }

    @Test("A name is connected to at the second address when nobody listens at the first")
    func order() throws {
        let listener = try network.backend(on: "cache").listen(on: .v4(.any(port: 6379)))
        let client = try network.backend(on: "web").connect(host: "cache", port: 6379)
        #expect(try client.remoteAddress.description == "10.0.0.1:6379")
        #expect(try listener.accept().remoteAddress.description.hasPrefix("10.0.0.2:"))
    }

    @Test("Each machine has its own loopback address and its own ports")
    func ownPorts() throws {
        let here = try network.backend(on: "here").listen(on: .v4(.loopback(port: 80)))
        let there = try network.backend(on: "there").listen(on: .v4(.loopback(port: 80)))
        _ = try network.backend(on: "there").connect(to: .v4(.loopback(port: 80)))
        #expect(try !here.waitForConnection(timeout: .zero))
        #expect(try there.waitForConnection(timeout: .zero))
        // From elsewhere a loopback listener is not reached.
        #expect(caught { try network.backend(on: "here").connect(host: "there", port: 80) }?.kind == .connectionRefused)
    }

    @Test("An address that no machine has cannot be reached")
    func unreachable() throws {
        let error = caught { try network.backend().connect(host: "192.0.2.1", port: 80) }
        #expect(error?.kind == .hostUnreachable)
        #expect(error?.address == "192.0.2.1:80")
    }

    @Test("Unix addresses are names of this machine, and behave as Unix streams")
    func unix() throws {
        let backend = network.backend(for: Unix.self, on: "here")
        let path = try Unix.SocketAddress(path: "/run/cache.socket")
        let listener = try backend.listen(on: path)
        let client = try backend.connect(to: path)
        let server = try listener.accept()
        #expect(try client.localAddress == .unnamed)
        #expect(try server.localAddress == path)
        #expect(client.facts.contains(.firstSendAfterPeerCloseFails))
        #expect(
            caught { try network.backend(for: Unix.self, on: "there").connect(to: path) }?.kind == .noSuchFile)
    }

    @Test("A family from outside the package needs one function")
    func thirdParty() throws {
        let backend = network.backend(for: Serial.self)
        let listener = try backend.listen(on: Serial.SocketAddress(line: 3))
        let client = try backend.connect(to: Serial.SocketAddress(line: 3))
        let server = try listener.accept()
        try client.sendAll("AT\r")
        #expect(try server.receiveText(3) == "AT\r")
        #expect(try server.remoteAddress.description == "line 49152")
        #expect(caught { try backend.connect(to: Serial.SocketAddress(line: 4)) }?.address == "line 4")
    }
}

/// A family that this package does not know.
private enum Serial: LoopbackAddressSpace {
    struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
        let line: Int
        var description: String { "line \(line)" }
    }

    static func address(
        connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16
    ) -> SocketAddress { SocketAddress(line: Int(port())) }
}
