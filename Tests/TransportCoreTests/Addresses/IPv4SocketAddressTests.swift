import TestSupport
import Testing
import TransportCore

@Suite("IPv4 socket addresses")
struct IPv4SocketAddressTests {
    @Test("A02, A-11, 95: a port out of range is an error before any system call", arguments: [-1, 65536, .min, .max])
    func portRange(port: Int) {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv4.SocketAddress(.any, validatingPort: port)
        }
        #expect(message == "\(port) is not a port: expected a number from 0 to 65535")
    }

    @Test("A02: the ports at the ends of the range are accepted", arguments: [0, 1, 65535])
    func portEdges(port: Int) throws {
        #expect(Int(try IPv4.SocketAddress(.any, validatingPort: port).port) == port)
    }

    @Test("A07: the empty host is 0.0.0.0")
    func emptyHost() throws {
        #expect(try IPv4.SocketAddress(host: "", port: 80) == .any(port: 80))
    }

    @Test("A08: the host <broadcast> is 255.255.255.255")
    func broadcastHost() throws {
        #expect(try IPv4.SocketAddress(host: "<broadcast>", port: 9) == .broadcast(port: 9))
        #expect(IPv4.SocketAddress.broadcast(port: 9).description == "255.255.255.255:9")
    }

    @Test(
        "A11: a literal host is read without a resolver, a name is an error",
        arguments: ["localhost", "127.1", "::1"]
    )
    func literalHost(other: String) throws {
        #expect(try IPv4.SocketAddress(host: "127.0.0.1", port: 1) == .loopback(port: 1))
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv4.SocketAddress(host: other, port: 1)
        }
        #expect(message.hasPrefix("\"\(other)\" is not a numeric IPv4 host (names need a resolver): "))
    }

    @Test("text and value stand for each other", arguments: ["127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535"])
    func text(text: String) throws {
        #expect(try IPv4.SocketAddress(parsing: text).description == text)
        #expect(IPv4.SocketAddress(text)?.description == text)
    }

    @Test(
        "95: text that is wrong is an error that says what and where",
        arguments: [
            ("", "it is empty"),
            (":80", "the address is missing at offset 0"),
            ("1.2.3.4", "expected a colon and a port from 0 to 65535 at offset 7"),
            ("1.2.3.4:", "expected a colon and a port from 0 to 65535 at offset 8"),
            ("1.2.3.4:65536", "the port at offset 8 is greater than 65535"),
            ("1.2.3.4:99999999999999999999999", "the port at offset 8 is greater than 65535"),
            ("1.2.3.4:080", "the port at offset 8 has a leading zero"),
            ("1.2.3.4:-1", "unexpected \"-\" at offset 8"),
            ("1.2.3.4:http", "unexpected \"h\" at offset 8"),
            ("1.2.3:80", "expected four decimal numbers from 0 to 255 separated by dots, found 3"),
            ("1.2.3.4:5:6", "unexpected \":\" at offset 7"),
        ]
    )
    func textErrors(text: String, problem: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in try IPv4.SocketAddress(parsing: text) }
        #expect(message == "\"\(text)\" is not an IPv4 socket address: \(problem)")
        #expect(IPv4.SocketAddress(text) == nil)
    }

    @Test("another port leaves the address")
    func withPort() {
        #expect(IPv4.SocketAddress.loopback(port: 1).with(port: 2) == .loopback(port: 2))
    }

    @Test("every socket address comes back from its text")
    func roundTrip() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let address = IPv4.SocketAddress(
                IPv4.Address(rawValue: .random(in: 0 ... .max, using: &generator)),
                port: .random(in: 0 ... .max, using: &generator)
            )
            #expect(IPv4.SocketAddress(address.description) == address)
        }
    }
}
