import TestSupport
import Testing
import TransportCore

@Suite("IPv6 addresses")
struct IPv6AddressTests {
    @Test("A-09, F30: sixteen bytes print in the shortest form")
    func bytesToText() throws {
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(try IPv6.Address(networkOrderBytes: bytes).description == "::")
        bytes[15] = 1
        #expect(try IPv6.Address(networkOrderBytes: bytes).description == "::1")
        #expect(IPv6.Address.loopback.bytes == bytes)
    }

    @Test("A-09, F30: another number of bytes than sixteen is an error", arguments: [0, 4, 15, 17])
    func wrongLength(count: Int) {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv6.Address(networkOrderBytes: [UInt8](repeating: 1, count: count))
        }
        #expect(message == "an IPv6 address has 16 bytes, found \(count)")
    }

    @Test("groups, halves and bytes are the same number")
    func representations() throws {
        let address = IPv6.Address(0x2001, 0xDB8, 1, 2, 3, 4, 5, 0xFFFE)
        #expect(address.high == 0x2001_0DB8_0001_0002)
        #expect(address.low == 0x0003_0004_0005_FFFE)
        #expect(address.groups == [0x2001, 0xDB8, 1, 2, 3, 4, 5, 0xFFFE])
        #expect(address.bytes == [0x20, 1, 0xD, 0xB8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0xFF, 0xFE])
        #expect(try IPv6.Address(networkOrderBytes: address.bytes) == address)
        #expect(IPv6.Address(high: address.high, low: address.low) == address)
    }

    @Test(
        "F29, A-06: valid texts are read",
        arguments: [
            ("::", [0, 0, 0, 0, 0, 0, 0, 0]), ("0::0", [0, 0, 0, 0, 0, 0, 0, 0]), ("1::", [1, 0, 0, 0, 0, 0, 0, 0]),
            ("::1", [0, 0, 0, 0, 0, 0, 0, 1]),
            ("45ef:76cb:1a:56ef:afeb:bac:1924:aeae", [0x45EF, 0x76CB, 0x1A, 0x56EF, 0xAFEB, 0xBAC, 0x1924, 0xAEAE]),
            ("ad42:abc::127:0:254:2", [0xAD42, 0xABC, 0, 0, 0x127, 0, 0x254, 2]),
            ("12:a::", [0x12, 0xA, 0, 0, 0, 0, 0, 0]),
            ("::254.42.23.64", [0, 0, 0, 0, 0, 0, 0xFE2A, 0x1740]),
            ("42::a29b:254.42.23.64", [0x42, 0, 0, 0, 0, 0xA29B, 0xFE2A, 0x1740]),
            ("42:a8b9:0:2:ffff:a29b:254.42.23.64", [0x42, 0xA8B9, 0, 2, 0xFFFF, 0xA29B, 0xFE2A, 0x1740]),
            ("1:2:3:4:5:6:7::", [1, 2, 3, 4, 5, 6, 7, 0]), ("::2:3:4:5:6:7:8", [0, 2, 3, 4, 5, 6, 7, 8]),
            ("1:2:3:4::6:7:8", [1, 2, 3, 4, 0, 6, 7, 8]), ("ABCD:EF::", [0xABCD, 0xEF, 0, 0, 0, 0, 0, 0]),
            ("0001:0000::0008", [1, 0, 0, 0, 0, 0, 0, 8]), ("1:2:3:4:5::1.2.3.4", [1, 2, 3, 4, 5, 0, 0x102, 0x304]),
        ] as [(String, [UInt16])]
    )
    func valid(text: String, groups: [UInt16]) throws {
        #expect(try IPv6.Address(parsing: text).groups == groups)
        #expect(IPv6.Address(text)?.groups == groups)
    }

    @Test(
        "F29, A-07: invalid texts are errors that say what is wrong and where",
        arguments: [
            ("", "it is empty"),
            (":", "a single colon at offset 0 has no group beside it; write :: for a run of zero groups"),
            ("0x20::", "unexpected \"x\" at offset 1"),
            (":::", "three colons in a row at offset 0"),
            ("1:::2", "three colons in a row at offset 1"),
            ("::0::", "a second :: at offset 3; only one is allowed"),
            ("1::abc::", "a second :: at offset 6; only one is allowed"),
            ("1::abc::def", "a second :: at offset 6; only one is allowed"),
            ("1::2::3", "a second :: at offset 4; only one is allowed"),
            (
                "1:2:3:4:5:6",
                "expected eight groups of hexadecimal digits separated by colons, or fewer with ::, found 6"
            ),
            (
                "1:2:3:4:5:6:7",
                "expected eight groups of hexadecimal digits separated by colons, or fewer with ::, found 7"
            ),
            ("1:2:3:4:5:6:", "a single colon at offset 11 has no group beside it; write :: for a run of zero groups"),
            (
                "1:2:3:4:5:6:7:8:",
                "a single colon at offset 15 has no group beside it; write :: for a run of zero groups"
            ),
            (":1:2:3:4:5:6:7", "a single colon at offset 0 has no group beside it; write :: for a run of zero groups"),
            ("1:2:3:4:5:6:7:8:9", "more than eight groups, the ninth at offset 16"),
            ("1:2:3:4:5:6:7:8::", ":: at offset 15 stands for no group, as there are already eight"),
            ("1:2:3:4:5:6:7::8", ":: at offset 13 stands for no group, as there are already eight"),
            ("1::3:4:5:6:7:8:9", ":: at offset 1 stands for no group, as there are already eight"),
            ("00001::", "the group at offset 0 has more than four hexadecimal digits"),
            ("::fffff", "the group at offset 2 has more than four hexadecimal digits"),
            ("255.254.253.252", "the IPv4 address at offset 0 does not stand for the last two of eight groups"),
            ("1::260.2.3.0", "number 1 at offset 3 is greater than 255"),
            ("1::0.be.e.0", "unexpected \"b\" at offset 5"),
            (
                "1:2:3:4:5:6:7:1.2.3.4",
                "the IPv4 address at offset 14 does not stand for the last two of eight groups"
            ),
            ("1:2:3:4:5:6::1.2.3.4", "the IPv4 address at offset 13 does not stand for the last two of eight groups"),
            ("1:1.2.3.4", "the IPv4 address at offset 2 does not stand for the last two of eight groups"),
            ("::1.2.3.4:0", "unexpected \":\" at offset 9"),
            ("0.100.200.0:3:4:5:6:7:8", "unexpected \":\" at offset 11"),
            (
                "::01.2.3.4",
                "number 1 at offset 2 has a leading zero, which some programs read as octal; write it without the zero"
            ),
            ("::1.2.3", "expected four decimal numbers from 0 to 255 separated by dots, found 3"),
            ("fe80::1%3", "a zone (the % at offset 7) belongs to a socket address, not to an address"),
            ("fe80::%eth0", "a zone (the % at offset 6) belongs to a socket address, not to an address"),
            ("[::1]", "unexpected \"[\" at offset 0"),
            ("::1 ", "unexpected space at offset 3"),
            ("::1\u{0}", "unexpected byte 0x00 at offset 3"),
            ("1.2.3.4", "the IPv4 address at offset 0 does not stand for the last two of eight groups"),
        ]
    )
    func invalid(text: String, problem: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in try IPv6.Address(parsing: text) }
        #expect(message.hasSuffix(" is not an IPv6 address: \(problem)"), "\(message)")
        #expect(IPv6.Address(text) == nil)
    }

    @Test(
        "F30: addresses print as RFC 5952 recommends",
        arguments: [
            ("2001:DB8::1", "2001:db8::1"), ("2001:0db8:0000::01", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("1:2:3:4:5:6::", "1:2:3:4:5:6::"), ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"), ("1:0:0:0:0:0:0:0", "1::"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"), ("::ffff:0:0", "::ffff:0.0.0.0"),
            ("::FFFF:102:304", "::ffff:1.2.3.4"),
            ("::ffff:0:1.2.3.4", "::ffff:0:102:304"), ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ]
    )
    func printing(text: String, expected: String) throws {
        #expect(try IPv6.Address(parsing: text).description == expected)
    }

    @Test(
        "F30: the deprecated v4-compatible addresses print as groups, unlike glibc's",
        arguments: [("::1.2.3.4", "::102:304"), ("::1:2", "::1:2")]
    )
    func compatibleAddresses(text: String, expected: String) throws {
        #expect(try IPv6.Address(parsing: text).description == expected)
    }

    @Test(
        "predicates follow the RFCs at the edges of their ranges",
        arguments: [
            ("::", "unspecified"), ("::1", "loopback"), ("::2", ""), ("fbff::", ""), ("fc00::", "unique"),
            ("fdff:ffff::1", "unique"), ("fe00::", ""), ("fe7f:ffff::", ""), ("fe80::", "link"), ("febf::1", "link"),
            ("fec0::", ""), ("feff::", ""), ("ff00::", "multicast"), ("ff02::1", "multicast"), ("::fffe:1.2.3.4", ""),
            ("::ffff:0.0.0.0", "mapped"), ("::ffff:127.0.0.1", "mapped"), ("::1:ffff:1.2.3.4", ""), ("1::1", ""),
        ]
    )
    func predicates(text: String, kind: String) throws {
        let address = try IPv6.Address(parsing: text)
        #expect(address.isUnspecified == (kind == "unspecified"))
        #expect(address.isLoopback == (kind == "loopback"))
        #expect(address.isUniqueLocal == (kind == "unique"))
        #expect(address.isLinkLocal == (kind == "link"))
        #expect(address.isMulticast == (kind == "multicast"))
        #expect(address.isV4Mapped == (kind == "mapped"))
        #expect((address.ipv4Mapped != nil) == (kind == "mapped"))
    }

    @Test("mapping an IPv4 address and back gives the same address")
    func mapping() throws {
        let address = IPv4.Address(192, 0, 2, 1)
        #expect(IPv6.Address(mapping: address).description == "::ffff:192.0.2.1")
        #expect(IPv6.Address(mapping: address).ipv4Mapped == address)
    }

    @Test("addresses are ordered as numbers")
    func order() {
        #expect(IPv6.Address.any < .loopback)
        #expect(IPv6.Address(high: 0, low: .max) < IPv6.Address(high: 1, low: 0))
    }

    @Test("every address comes back from its text")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<5000 {
            let address = try IPv6.Address(networkOrderBytes: generator.ipv6Bytes())
            #expect(IPv6.Address(address.description) == address)
        }
    }
}
