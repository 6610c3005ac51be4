import TestSupport
import Testing
import TransportCore

@testable import OpenSSLTransport

private let goodNames: [(String, String)] = [
    ("example.com", "example.com"), ("EXAMPLE.com", "example.com"), ("example.com.", "example.com"),
    ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example", "xn--bcher-kva.example"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("例え.jp", "xn--r8jz45g.jp"),
    ("ελλάδα.gr", "xn--hxakic4aa.gr"), ("почта.рф", "xn--80a1acny.xn--p1ai"), ("한국.kr", "xn--3e0b707e.kr"),
    ("e\u{301}t\u{e9}.example", "xn--t-9fab.example"), ("straße.example", "xn--strae-oqa.example"),
    ("my_service", "my_service"), ("1.example", "1.example"),
]

private let badNames: [String] = [
    "", ".", ".example.com", "example..com", "a\0.example", "a b.example", "a/b", "a@b", "*.example.com", "a:b",
    "-a.example", "a-.example", "127.1", "0177.0.0.1.", "2130706433", "256.1.1.1", "[127.0.0.1]", "[::1", "fe80::zz",
    "b\u{fc}cher example", "\u{200b}a.example", "b\u{fc}.*.example", "..\u{e9}",
    "\u{200d}", "\u{200c}.example", "a.\u{200d}b", "\u{fe0f}", "\u{3164}.example",
    String(repeating: "a", count: 64) + ".example", Array(repeating: "abcdefgh", count: 29).joined(separator: "."),
]

private let loopback: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
private let linkLocal: [UInt8] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
private let addressNames: [(String, [UInt8])] = [
    ("127.0.0.1", [127, 0, 0, 1]), ("::1", loopback), ("[::1]", loopback), ("0:0:0:0:0:0:0:1", loopback),
    ("fe80::1%eth0", linkLocal),
]

@Suite("Names of servers")
struct HostNameTests {
    @Test(
        "A-15, A-16, L-07 names are put into the form that is verified",
        arguments: goodNames
    )
    func accepted(name: String, form: String) throws {
        let name = try TLSPeerName(name)
        #expect(name.text == form)
        #expect(name.serverName == form)
    }

    @Test(
        "A-04, A-05, A-06, A-07, A-08, L-07 what is no name is refused before any I/O",
        arguments: badNames
    )
    func refused(name: String) {
        #expect(caught { try TLSPeerName(name) }?.kind == .invalidArgument)
    }

    @Test(
        "A-09, A-10 addresses are verified as addresses and are not sent to the server",
        arguments: addressNames
    )
    func addresses(name: String, bytes: [UInt8]) throws {
        let name = try TLSPeerName(name)
        #expect(name.address == bytes)
        #expect(name.serverName == nil)
    }
}
