import TestSupport
import Testing
import TransportCore

@Suite("IPv4 addresses")
struct IPv4AddressTests {
    @Test("C10: the constants have the numbers of the C headers")
    func constants() {
        #expect(IPv4.Address.any.rawValue == 0)
        #expect(IPv4.Address.loopback.rawValue == 0x7F00_0001)
        #expect(IPv4.Address.broadcast.rawValue == 0xFFFF_FFFF)
        #expect(IPv4.Address.none.rawValue == 0xFFFF_FFFF)
        #expect(IPv4.Address.unspecifiedGroup.rawValue == 0xE000_0000)
        #expect(IPv4.Address.allHostsGroup.rawValue == 0xE000_0001)
        #expect(IPv4.Address.maxLocalGroup.rawValue == 0xE000_00FF)
    }

    @Test(
        "A-03, A-05, F27: four bytes and the dotted quad stand for each other",
        arguments: [
            ("0.0.0.0", [0, 0, 0, 0]), ("255.0.255.0", [255, 0, 255, 0]), ("170.170.170.170", [170, 170, 170, 170]),
            ("1.2.3.4", [1, 2, 3, 4]), ("255.255.255.255", [255, 255, 255, 255]),
        ] as [(String, [UInt8])]
    )
    func textAndBytes(text: String, bytes: [UInt8]) throws {
        let address = try IPv4.Address(parsing: text)
        #expect(address.bytes == bytes)
        #expect(address.description == text)
        #expect(address == IPv4.Address(bytes[0], bytes[1], bytes[2], bytes[3]))
        #expect(try IPv4.Address(networkOrderBytes: bytes) == address)
        #expect(address.octets == (bytes[0], bytes[1], bytes[2], bytes[3]))
        #expect(try IPv4.Address(legacyText: text) == address)
    }

    @Test("F27, A-08: another number of bytes than four is an error", arguments: [0, 1, 3, 5, 16])
    func wrongLength(count: Int) {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv4.Address(networkOrderBytes: [UInt8](repeating: 1, count: count))
        }
        #expect(message == "an IPv4 address has 4 bytes, found \(count)")
    }

    @Test("bytes are taken from any collection, slices included")
    func slices() throws {
        let packet: [UInt8] = [9, 9, 192, 0, 2, 1, 9]
        #expect(try IPv4.Address(networkOrderBytes: packet[2..<6]).description == "192.0.2.1")
    }

    @Test(
        "F28, A-04: the strict parser says what is wrong and where",
        arguments: [
            ("", "it is empty"),
            ("127.1", "expected four decimal numbers from 0 to 255 separated by dots, found 2"),
            ("2130706433", "number 1 at offset 0 is greater than 255"),
            ("127", "expected four decimal numbers from 0 to 255 separated by dots, found 1"),
            ("1.2.3.4.5", "expected four decimal numbers from 0 to 255 separated by dots, found 5"),
            ("0.0.0.", "number 4 is missing at offset 6"),
            ("1..2.3", "number 2 is missing at offset 2"),
            (".1.2.3", "number 1 is missing at offset 0"),
            ("300.0.0.0", "number 1 at offset 0 is greater than 255"),
            ("1.2.3.256", "number 4 at offset 6 is greater than 255"),
            (
                "127.0.0.01",
                "number 4 at offset 8 has a leading zero, which some programs read as octal; write it without the zero"
            ),
            (
                "0177.0.0.1",
                "number 1 at offset 0 has a leading zero, which some programs read as octal; write it without the zero"
            ),
            ("0x7f.0.0.1", "unexpected \"x\" at offset 1"),
            ("a.0.0.0", "unexpected \"a\" at offset 0"),
            ("::1", "unexpected \":\" at offset 0"),
            ("1.2.3.4 ", "unexpected space at offset 7"),
            ("-1.2.3.4", "unexpected \"-\" at offset 0"),
            ("1.2.3.4\u{0}", "unexpected byte 0x00 at offset 7"),
            ("1.2.3.\u{664}", "unexpected byte 0xD9 at offset 6"),
        ]
    )
    func strictErrors(text: String, problem: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in try IPv4.Address(parsing: text) }
        #expect(message.hasSuffix(" is not an IPv4 address: \(problem)"), "\(message)")
        #expect(IPv4.Address(text) == nil)
    }

    @Test(
        "105, F28: the strict parser rejects what inet_aton accepts",
        arguments: ["127.1", "1", "2130706433", "0x7f.1", "017.0.0.1", "0177.0.0.1", "127.0.0.01", "127.0.0.1 "]
    )
    func strictRejectsLegacy(text: String) {
        #expect(IPv4.Address(text) == nil)
        #expect(throws: Never.self) { try IPv4.Address(legacyText: text) }
    }

    @Test("parsing reads a substring in place")
    func substrings() throws {
        let line = "ip=10.0.0.1;"
        let part = line.dropFirst(3).dropLast()
        #expect(try IPv4.Address(parsing: part) == IPv4.Address(10, 0, 0, 1))
    }

    @Test(
        "predicates follow the RFCs at the edges of their ranges",
        arguments: [
            ("0.0.0.0", "unspecified"), ("0.0.0.1", ""), ("9.255.255.255", ""), ("10.0.0.0", "private"),
            ("10.255.255.255", "private"), ("11.0.0.0", ""), ("126.255.255.255", ""), ("127.0.0.0", "loopback"),
            ("127.255.255.255", "loopback"), ("128.0.0.0", ""), ("169.253.255.255", ""), ("169.254.0.0", "link"),
            ("169.254.255.255", "link"), ("169.255.0.0", ""), ("172.15.255.255", ""), ("172.16.0.0", "private"),
            ("172.31.255.255", "private"), ("172.32.0.0", ""), ("192.167.255.255", ""), ("192.168.0.0", "private"),
            ("192.168.255.255", "private"), ("192.169.0.0", ""), ("223.255.255.255", ""), ("224.0.0.0", "multicast"),
            ("239.255.255.255", "multicast"), ("240.0.0.0", ""), ("255.255.255.254", ""),
            ("255.255.255.255", "broadcast"),
        ]
    )
    func predicates(text: String, kind: String) throws {
        let address = try IPv4.Address(parsing: text)
        #expect(address.isUnspecified == (kind == "unspecified"))
        #expect(address.isPrivate == (kind == "private"))
        #expect(address.isLoopback == (kind == "loopback"))
        #expect(address.isLinkLocal == (kind == "link"))
        #expect(address.isMulticast == (kind == "multicast"))
        #expect(address.isBroadcast == (kind == "broadcast"))
    }

    @Test("addresses are ordered as numbers, not as text")
    func order() {
        #expect(IPv4.Address(9, 0, 0, 0) < IPv4.Address(10, 0, 0, 0))
        #expect([IPv4.Address.broadcast, .any, .loopback].sorted() == [.any, .loopback, .broadcast])
    }

    @Test("every address comes back from its text")
    func roundTrip() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<5000 {
            let address = IPv4.Address(rawValue: .random(in: 0 ... .max, using: &generator))
            #expect(IPv4.Address(address.description) == address)
        }
    }
}
