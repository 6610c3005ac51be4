import Testing
import TransportCore

@Suite("IP socket addresses of either version")
struct IPSocketAddressTests {
    @Test(
        "text and value stand for each other",
        arguments: ["127.0.0.1:80", "[::1]:80", "[fe80::1%3]:65535", "[::ffff:1.2.3.4]:0"]
    )
    func text(text: String) throws {
        #expect(try IP.SocketAddress(parsing: text).description == text)
    }

    @Test(
        "text that is wrong is an error that says what and where",
        arguments: [
            ("", "it is empty"),
            ("::1:80", "an IPv6 address with a port needs brackets, as in [::1]:80"),
            ("127.0.0.1", "expected a colon and a port from 0 to 65535 at offset 9"),
            ("localhost:80", "unexpected \"l\" at offset 0"),
            ("[127.0.0.1]:80", "the IPv4 address at offset 1 does not stand for the last two of eight groups"),
            ("[::1]:65616", "the port at offset 6 is greater than 65535"),
        ]
    )
    func textErrors(text: String, problem: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in try IP.SocketAddress(parsing: text) }
        #expect(message == "\"\(text)\" is not an IP socket address: \(problem)")
    }

    @Test(
        "text that is perhaps a name is an error that says what looks names up; other text is not",
        arguments: [
            ("localhost:80", true), ("Example.org:443", true), ("[localhost]:80", false), ("1.2.3.4.5:80", false),
            ("127.0.0.1", false), ("[::g]:80", false), (":80", false), ("", false),
        ]
    )
    func nameAdvice(text: String, isAdvised: Bool) {
        do {
            _ = try IP.SocketAddress(parsing: text)
            Issue.record("it is no address")
        } catch {
            #expect(error.explanation.contains("connect(host:port:)") == isAdvised)
        }
    }

    @Test("A11: a literal is recognised without a resolver")
    func numericHost() {
        #expect(IP.SocketAddress(numericHost: "127.0.0.1", port: 1) == .v4(.loopback(port: 1)))
        #expect(IP.SocketAddress(numericHost: "::1", port: 1) == .v6(.loopback(port: 1)))
        #expect(IP.SocketAddress(numericHost: "fe80::1%3", port: 1)?.description == "[fe80::1%3]:1")
    }

    @Test(
        "A10, 105, 111: what only a resolver can read is not a literal",
        arguments: ["localhost", "", "127.1", "2130706433", "0177.0.0.1", "fe80::1%eth0", "127.0.0.1\0.evil.example"]
    )
    func nameOrOther(host: String) {
        #expect(IP.SocketAddress(numericHost: host, port: 1) == nil)
        #expect(throws: TransportError.self) { try IP.SocketAddress(host: host, port: 1) }
    }

    @Test("A07, A08: the empty host says to choose a version, <broadcast> is IPv4's")
    func specialHosts() throws {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IP.SocketAddress(host: "", port: 80)
        }
        #expect(message.contains(".v4(.any(port: 80))"))
        #expect(try IP.SocketAddress(host: "<broadcast>", port: 9) == .v4(.broadcast(port: 9)))
        #expect(try IP.SocketAddress(host: "::1", port: 9) == .v6(.loopback(port: 9)))
    }

    @Test("A02: a port out of range is an error", arguments: [-1, 65536])
    func portRange(port: Int) {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IP.SocketAddress(.v6(.any), validatingPort: port)
        }
        #expect(message == "\(port) is not a port: expected a number from 0 to 65535")
    }

    @Test("address, port and another port are those of the version")
    func parts() throws {
        for text in ["127.0.0.1:80", "[fe80::1%3]:80"] {
            let address = try IP.SocketAddress(parsing: text)
            #expect(address.port == 80)
            #expect(address.with(port: 8080).description == text + "80")
            #expect(IP.SocketAddress(address.address, port: 80).address == address.address)
        }
    }

    @Test("conversions give the version that is there")
    func conversions() {
        #expect(IP.SocketAddress(IPv4.SocketAddress.loopback(port: 1)).ipv4 == .loopback(port: 1))
        #expect(IP.SocketAddress(IPv4.SocketAddress.loopback(port: 1)).ipv6 == nil)
        #expect(IP.SocketAddress(IPv6.SocketAddress.loopback(port: 1)).ipv6 == .loopback(port: 1))
        #expect(IP.SocketAddress(IPv6.SocketAddress.loopback(port: 1)).ipv4 == nil)
    }

    @Test("canonical turns a mapped address into the IPv4 address and keeps its port")
    func canonical() throws {
        #expect(try IP.SocketAddress(parsing: "[::ffff:1.2.3.4%3]:80").canonical.description == "1.2.3.4:80")
        #expect(try IP.SocketAddress(parsing: "[fe80::1%3]:80").canonical.description == "[fe80::1%3]:80")
        #expect(try IP.SocketAddress(parsing: "1.2.3.4:80").canonical.description == "1.2.3.4:80")
    }
}
