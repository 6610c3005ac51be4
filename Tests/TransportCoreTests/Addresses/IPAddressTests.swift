import Testing
import TransportCore

@Suite("IP addresses of either version")
struct IPAddressTests {
    @Test("A11: the text decides the version")
    func parsing() throws {
        #expect(try IP.Address(parsing: "127.0.0.1") == .v4(.loopback))
        #expect(try IP.Address(parsing: "::1") == .v6(.loopback))
        #expect(try IP.Address(parsing: "::ffff:127.0.0.1") == .v6(IPv6.Address(mapping: .loopback)))
        #expect(IP.Address("localhost") == nil)
        #expect(IP.Address("127.1") == nil)
    }

    @Test(
        "A06: text of neither version is an error",
        arguments: [
            ("", "it is empty"),
            ("localhost", "unexpected \"l\" at offset 0"),
            ("127.1", "expected four decimal numbers from 0 to 255 separated by dots, found 2"),
            ("::1%3", "a zone (the % at offset 3) belongs to a socket address, not to an address"),
        ]
    )
    func errors(text: String, problem: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in try IP.Address(parsing: text) }
        #expect(message == "\"\(text)\" is not an IP address: \(problem)")
    }

    @Test("F27, F30: 4 and 16 bytes make an address, other numbers an error", arguments: [0, 3, 5, 15, 17])
    func bytes(count: Int) throws {
        #expect(try IP.Address(networkOrderBytes: [127, 0, 0, 1]) == .v4(.loopback))
        #expect(try IP.Address(networkOrderBytes: IPv6.Address.loopback.bytes) == .v6(.loopback))
        #expect(IP.Address.v4(.loopback).bytes == [127, 0, 0, 1])
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IP.Address(networkOrderBytes: [UInt8](repeating: 0, count: count))
        }
        #expect(message == "an IP address has 4 or 16 bytes, found \(count)")
    }

    @Test("canonical turns a mapped address into the IPv4 address and leaves others")
    func canonical() {
        let mapped = IP.Address.v6(IPv6.Address(mapping: .loopback))
        #expect(mapped.canonical == .v4(.loopback))
        #expect(!mapped.isLoopback && mapped.canonical.isLoopback)
        #expect(IP.Address.v6(.loopback).canonical == .v6(.loopback))
        #expect(IP.Address.v4(.any).canonical == .v4(.any))
    }

    @Test("conversions give the version that is there")
    func conversions() {
        #expect(IP.Address(.loopback as IPv4.Address).ipv4 == .loopback)
        #expect(IP.Address(.loopback as IPv4.Address).ipv6 == nil)
        #expect(IP.Address(.loopback as IPv6.Address).ipv6 == .loopback)
        #expect(IP.Address(.loopback as IPv6.Address).ipv4 == nil)
    }

    @Test(
        "predicates ask the version's own",
        arguments: [
            ("0.0.0.0", "::"), ("127.0.0.1", "::1"), ("224.0.0.1", "ff02::1"), ("169.254.0.1", "fe80::1"),
        ]
    )
    func predicates(version4: String, version6: String) throws {
        let first = try IP.Address(parsing: version4)
        let second = try IP.Address(parsing: version6)
        #expect(first.isUnspecified == second.isUnspecified)
        #expect(first.isLoopback == second.isLoopback)
        #expect(first.isMulticast == second.isMulticast)
        #expect(first.isLinkLocal == second.isLinkLocal)
        #expect([first.isUnspecified, first.isLoopback, first.isMulticast, first.isLinkLocal].count { $0 } == 1)
    }

    @Test("version 4 sorts before version 6, then by number")
    func order() {
        let sorted: [IP.Address] = [.v4(.any), .v4(.broadcast), .v6(.any), .v6(.loopback)]
        #expect(sorted.reversed().sorted() == sorted)
    }
}
