import TestSupport
import Testing
import TransportCore

@Suite("IPv6 socket addresses")
struct IPv6SocketAddressTests {
    @Test("A03: flow label and scope may be left out and are then 0")
    func defaults() throws {
        let address = IPv6.SocketAddress(.loopback, port: 80)
        #expect(address.flowInfo == 0)
        #expect(address.scopeID == 0)
        #expect(try IPv6.SocketAddress(.loopback, validatingPort: 80) == address)
        #expect(try IPv6.SocketAddress(.loopback, port: 80, flowInfo: 0) == address)
    }

    @Test("A03, A04: flow label and scope are kept")
    func kept() throws {
        let address = try IPv6.SocketAddress(.loopback, port: 80, flowInfo: 0xF_FFFF, scopeID: .max)
        #expect(address.flowInfo == IPv6.SocketAddress.maximumFlowInfo)
        #expect(address.scopeID == .max)
        #expect(address.with(port: 81).flowInfo == 0xF_FFFF)
        #expect(address.with(port: 81).scopeID == .max)
        #expect(address.with(port: 81).port == 81)
    }

    @Test("A-10: a flow label out of 20 bits is a range error", arguments: [-10, -1, 0x10_0000, .min, .max])
    func flowInfoRange(flowInfo: Int) {
        let message = "\(flowInfo) is not a flow label: expected a number from 0 to 1048575 (20 bits)"
        #expect(
            invalidArgumentMessage { () throws(TransportError) in
                try IPv6.SocketAddress(.any, validatingPort: 0, flowInfo: flowInfo)
            } == message
        )
        guard let exact = UInt32(exactly: flowInfo) else { return }
        #expect(
            invalidArgumentMessage { () throws(TransportError) in
                try IPv6.SocketAddress(.any, port: 0, flowInfo: exact)
            } == message
        )
    }

    @Test("A02, A-11: a port out of range is an error", arguments: [-1, 65536, .min, .max])
    func portRange(port: Int) {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv6.SocketAddress(.any, validatingPort: port)
        }
        #expect(message == "\(port) is not a port: expected a number from 0 to 65535")
    }

    @Test("A03: a negative scope is a range error")
    func scopeRange() {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv6.SocketAddress(.any, validatingPort: 0, scopeID: -1)
        }
        #expect(message == "-1 is not a scope: expected a number from 0 to 4294967295")
    }

    @Test("A09: the empty host is ::, and <broadcast> is an error")
    func specialHosts() throws {
        #expect(try IPv6.SocketAddress(host: "", port: 80) == .any(port: 80))
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv6.SocketAddress(host: "<broadcast>", port: 80)
        }
        #expect(message.contains("IPv6 has no broadcast"))
    }

    @Test("A11, A04: a literal host is read without a resolver, with its scope")
    func literalHosts() throws {
        #expect(try IPv6.SocketAddress(host: "::1", port: 1) == .loopback(port: 1))
        let scoped = try IPv6.SocketAddress(host: "fe80::1%3", port: 1)
        #expect(scoped.scopeID == 3)
        #expect(scoped.address.isLinkLocal)
    }

    @Test(
        "a name, an IPv4 literal and brackets are no IPv6 host",
        arguments: ["localhost", "127.0.0.1", "[::1]", "%3"]
    )
    func otherHosts(host: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv6.SocketAddress(host: host, port: 1)
        }
        #expect(message.hasPrefix("\"\(host)\" is not a numeric IPv6 host (names need a resolver): "))
    }

    @Test(
        "A04, 111: text and value stand for each other",
        arguments: ["[::1]:80", "[fe80::1%3]:80", "[::]:0", "[::ffff:1.2.3.4]:65535", "[fe80::1%4294967295]:1"]
    )
    func text(text: String) throws {
        #expect(try IPv6.SocketAddress(parsing: text).description == text)
    }

    @Test("A04: scope 0 is no scope")
    func scopeZero() throws {
        #expect(try IPv6.SocketAddress(parsing: "[fe80::1%0]:80").description == "[fe80::1]:80")
    }

    @Test(
        "111: the name of an interface is an error that points to the resolver",
        arguments: ["eth0", "lo", "3a", "x y"]
    )
    func symbolicZone(zone: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv6.SocketAddress(parsing: "[fe80::1%\(zone)]:80")
        }
        #expect(message.contains("the zone at offset 9 is not a number"))
        #expect(message.contains("resolver"))
    }

    @Test(
        "text that is wrong is an error that says what and where",
        arguments: [
            ("", "it is empty"),
            ("::1", "an IPv6 address with a port needs brackets, as in [::1]:80"),
            ("::1:80", "an IPv6 address with a port needs brackets, as in [::1]:80"),
            ("[::1", "the closing bracket of the IPv6 address is missing"),
            ("[]:80", "the address is missing at offset 1"),
            ("[%3]:80", "the address is missing at offset 1"),
            ("[::1]", "expected a colon and a port after the bracket at offset 5"),
            ("[::1]80", "expected a colon and a port after the bracket at offset 5"),
            ("[::1]:", "expected a colon and a port from 0 to 65535 at offset 6"),
            ("[::1]:65616", "the port at offset 6 is greater than 65535"),
            ("[::1]:8o", "unexpected \"o\" at offset 7"),
            ("[::g]:80", "unexpected \"g\" at offset 3"),
            ("[::1.2.3.256]:80", "number 4 at offset 9 is greater than 255"),
            ("[1.2.3.4]:80", "the IPv4 address at offset 1 does not stand for the last two of eight groups"),
            (
                "[fe80::1%]:80",
                "the zone after % is missing at offset 9; expected an interface index such as %3"
            ),
            ("[fe80::1%03]:80", "the zone at offset 9 has a leading zero"),
            ("[fe80::1%4294967296]:80", "the zone at offset 9 is greater than 4294967295"),
        ]
    )
    func textErrors(text: String, problem: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in try IPv6.SocketAddress(parsing: text) }
        #expect(message == "\"\(text)\" is not an IPv6 socket address: \(problem)")
    }

    @Test("mapping an IPv4 socket address and back gives the same one")
    func mapping() {
        let address = IPv4.SocketAddress.loopback(port: 80)
        #expect(IPv6.SocketAddress(mapping: address).description == "[::ffff:127.0.0.1]:80")
        #expect(IPv6.SocketAddress(mapping: address).ipv4Mapped == address)
        #expect(IPv6.SocketAddress.loopback(port: 80).ipv4Mapped == nil)
    }

    @Test("every socket address without a flow label comes back from its text")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let address = IPv6.SocketAddress(
                try IPv6.Address(networkOrderBytes: generator.ipv6Bytes()),
                port: .random(in: 0 ... .max, using: &generator),
                scopeID: .random(in: 0 ... .max, using: &generator)
            )
            #expect(try IPv6.SocketAddress(parsing: address.description) == address)
        }
    }
}
