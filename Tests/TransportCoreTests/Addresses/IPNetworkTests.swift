import Foundation
import TestSupport
import Testing
import TransportCore

@Suite("Networks of addresses")
struct IPNetworkTests {
    @Test("networks are read and written")
    func text() throws {
        #expect(try IP.Network(parsing: "10.0.0.0/8").description == "10.0.0.0/8")
        #expect(try IP.Network(parsing: "2001:db8::/33").description == "2001:db8::/33")
        #expect(try IP.Network(parsing: "192.0.2.7").description == "192.0.2.7/32")
        #expect(try IP.Network(parsing: "::1").description == "::1/128")
        #expect(IP.Network("fd00::/8")?.prefixLength == 8)
        #expect(IP.Network("fd00::1/8") == nil)
        let list = try #require(["10.0.0.0/8", "::1/128"].map { IP.Network($0) } as? [IP.Network])
        let coded = try JSONEncoder().encode(list)
        #expect(try JSONDecoder().decode([IP.Network].self, from: coded) == list)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([IP.Network].self, from: Data(#"["10.0.0.1/8"]"#.utf8))
        }
    }

    @Test("bits behind the prefix are refused, unless it is asked for the network that an address is in")
    func strictness() throws {
        let address = IP.Address.v4(IPv4.Address(10, 1, 2, 3))
        let error = caught { try IP.Network(address, prefixLength: 8) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.message.contains("10.0.0.0/8") == true)
        #expect(try IP.Network(containing: address, prefixLength: 8) == IP.Network(parsing: "10.0.0.0/8"))
        #expect(try IP.Network(address).description == "10.1.2.3/32")
        let six = try IP.Address(parsing: "2001:db8::ffff")
        #expect(try IP.Network(containing: six, prefixLength: 33).description == "2001:db8::/33")
        #expect(caught { try IP.Network(six, prefixLength: 33) }?.kind == .invalidArgument)
        for length in [-1, 33, Int.max, Int.min] {
            #expect(caught { try IP.Network(containing: address, prefixLength: length) }?.kind == .invalidArgument)
            #expect(caught { try IP.Network(address, prefixLength: length) }?.kind == .invalidArgument)
        }
    }

    @Test(
        "the edges of a network",
        arguments: [
            ("10.0.0.0/9", "10.127.255.255", "10.128.0.0"), ("10.1.0.0/16", "10.1.255.3", "10.2.0.3"),
            ("fd00::/65", "fd00::7fff:0:0:1", "fd00::8000:0:0:0"), ("::1/128", "::1", "::2"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"), ("0.0.0.0/0", "127.0.0.1", "::1"),
        ])
    func edges(text: String, last: String, next: String) throws {
        let network = try IP.Network(parsing: text)
        #expect(network.contains(try IP.Address(parsing: last)))
        #expect(!network.contains(try IP.Address(parsing: next)))
    }

    @Test("an IPv4 address and its mapped form are in the same networks")
    func mapped() throws {
        let address = IPv4.Address(10, 1, 0, 3)
        for (text, isInside) in [
            ("10.1.0.0/16", true), ("10.2.0.0/16", false), ("::ffff:10.0.0.0/104", true),
            ("::ffff:11.0.0.0/104", false),
            ("::/0", true), ("0.0.0.0/0", true), ("fd00::/8", false),
        ] {
            let network = try IP.Network(parsing: text)
            #expect(network.contains(.v4(address)) == isInside, "\(text)")
            #expect(network.contains(.v6(IPv6.Address(mapping: address))) == isInside, "\(text)")
        }
    }

    @Test(
        "what is no network is refused",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129", "10/8", "a/8",
            "1.2.3.4/ 8", "10.0.0.1/8", "::1/64", "10.0.0.0/0x8", "10.0.0.0/٨",
        ]
    )
    func malformed(text: String) {
        #expect(caught { try IP.Network(parsing: text) }?.kind == .invalidArgument)
    }
}
