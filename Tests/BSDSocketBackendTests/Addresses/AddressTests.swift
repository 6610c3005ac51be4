import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// The addresses of both ends, as the system tells them.
@Suite("Addresses of sockets", .ownThread)
struct SocketAddressTests {
    @Test("M11, M12: each end knows both addresses, and they agree", arguments: streamKinds)
    func bothEnds(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            #expect(try pair.client.localAddress == pair.server.remoteAddress)
            #expect(try pair.client.remoteAddress == pair.server.localAddress)
        }
        try run(kind)
    }

    @Test("M03, M11: after closing the peer's address is still known, and this end's is not", arguments: streamKinds)
    func afterClose(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let remote = try pair.client.remoteAddress
            pair.client.close()
            #expect(try pair.client.remoteAddress == remote)
            #expect(failure { try pair.client.localAddress }?.kind == .closed)
            #expect(!pair.client.facts.contains(.addressesSurviveClose))
        }
        try run(kind)
    }

    @Test("what is printed of a socket is its protocol, and the addresses that are known")
    func printed() throws {
        let backend = SocketBackend<IPv4>()
        let listener = try backend.listen(on: .loopback(port: 0))
        let address = try listener.localAddress
        #expect("\(listener)" == "TCP listening on \(address)")
        let client = try backend.connect(to: address)
        #expect("\(client)" == "TCP \(try client.localAddress) to \(address)")
        client.close()
        #expect("\(client)" == "closed TCP to \(address)")
        let socket = try backend.datagramSocket(boundTo: .loopback(port: 0))
        #expect("\(socket)" == "UDP \(try socket.localAddress)")
        try socket.connect(to: .loopback(port: 9))
        #expect("\(socket)" == "UDP \(try socket.localAddress) to 127.0.0.1:9")
        let (one, other) = try SocketBackend<Unix>().connectedPair()
        #expect("\(one)" == "Unix stream unnamed to unnamed")
        for close in [listener.close, socket.close, one.close, other.close] { close() }
    }

    @Test("M11: the peer's address is known after it has gone", arguments: streamKinds)
    func peerGone(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let remote = try pair.server.remoteAddress
            pair.client.abort()
            try pair.server.waitForInput()
            _ = try? pair.server.receive(atMost: 9)
            #expect(try pair.server.remoteAddress == remote)
        }
        try run(kind)
    }

    @Test("D-16: the local address and port are those that were asked for", arguments: tcpKinds)
    func localAddress(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let wanted = try kind.deadAddress()
            let client = try kind.backend().connect(
                to: listener.localAddress, options: StreamOptions(localAddress: wanted))
            #expect(try client.localAddress == wanted)
            #expect(try listener.accept().remoteAddress == wanted)
        }
        try run(kind)
    }

    @Test("A03, A04, complaint 54: scope and flow label survive the way through the system")
    func ipv6Parts() throws {
        let listener = try SocketBackend<IPv6>().listen(on: .loopback(port: 0))
        let address = try listener.localAddress
        #expect(address.flowInfo == 0 && address.scopeID == 0)
        let index = if_nametoindex("lo")
        // The loopback interface has no link-local address; a socket that is bound to the wildcard keeps the scope.
        let scoped = try IPv6.SocketAddress(.any, port: 0, flowInfo: 5, scopeID: index)
        let socket = try SocketBackend<IPv6>().datagramSocket(boundTo: scoped)
        #expect(try socket.localAddress.address == .any)
        let bytes = IPv6.encodeForTest(scoped)
        #expect(try IPv6.decode(bytes.withUnsafeBytes { UnsafeRawBufferPointer($0) }) == scoped)
    }

    @Test("complaint 54: a link-local address with its interface connects")
    func linkLocal() throws {
        guard let (address, index) = linkLocalAddress() else { return }
        let backend = SocketBackend<IPv6>()
        let listener = try backend.listen(on: IPv6.SocketAddress(address, port: 0, scopeID: index))
        let bound = try listener.localAddress
        #expect(bound.scopeID == index)
        let client = try backend.connect(to: bound, timeout: patience)
        let server = try listener.accept(timeout: patience)
        #expect(try server.remoteAddress == client.localAddress)
        #expect(try server.remoteAddress.scopeID == index)
    }

    @Test("A05: a family that the system does not know is an error, not a crash")
    func unknownFamily() {
        let error = failure { try SocketBackend<Martian>().connect(to: 0) }
        #expect(error?.kind == .familyNotSupported)
        #expect(error?.errno == EAFNOSUPPORT)
        #expect(error?.operation == .open)
        #expect(failure { try SocketBackend<Martian>().listen(on: 0) }?.kind == .familyNotSupported)
        #expect(failure { try SocketBackend<Martian>().datagramSocket() }?.kind == .familyNotSupported)
    }

    @Test("91: an address of the system that is short, foreign or nonsense is an error or an address, never a crash")
    func decoding() {
        for count in 0...128 {
            for family in [0, 1, 2, 10, 255] {
                for filler: UInt8 in [0, 0x2F, 0xFF] {
                    var bytes = [UInt8](repeating: filler, count: count)
                    if count > 1 { (bytes[0], bytes[1]) = (UInt8(family), 0) }
                    bytes.withUnsafeBytes { raw in
                        _ = try? IPv4.decode(raw)
                        _ = try? IPv6.decode(raw)
                        _ = try? IP.decode(raw)
                        _ = try? Unix.decode(raw)
                    }
                }
            }
        }
    }

    /// A link-local address of this machine, with its interface.
    private func linkLocalAddress() -> (IPv6.Address, UInt32)? {
        // "fe80000000000000…  index length scope flags name"
        for line in (readSystemFile("/proc/net/if_inet6") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 2, words[0].hasPrefix("fe80"), let high = UInt64(words[0].prefix(16), radix: 16),
                let low = UInt64(words[0].suffix(16), radix: 16), let index = UInt32(words[1], radix: 16)
            else { continue }
            return (IPv6.Address(high: high, low: low), index)
        }
        return nil
    }
}

extension IPv6 {
    /// The bytes of an address as the system has them.
    fileprivate static func encodeForTest(_ address: SocketAddress) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = bytes.withUnsafeMutableBytes { encode(address, domain: AF_INET6, into: $0) }
        return Array(bytes.prefix(count))
    }
}

/// A family that no system has, added from outside of the package's own.
private enum Martian: SocketFamily {
    typealias SocketAddress = Int

    static func domain(for address: Int) -> Int32 { 999 }

    static func encode(_ address: Int, domain: Int32, into bytes: UnsafeMutableRawBufferPointer) -> Int { 16 }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int { 0 }

    static var domainsWithoutAddress: [Int32] { [999] }

    static var streamsAreTCP: Bool { false }
}
