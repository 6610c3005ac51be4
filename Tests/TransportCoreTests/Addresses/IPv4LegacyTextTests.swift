import Testing
import TransportCore

@Suite("IPv4 addresses in the forms of inet_aton")
struct IPv4LegacyTextTests {
    @Test(
        "F26: the old forms are read",
        arguments: [
            ("127.1", "127.0.0.1"), ("1", "0.0.0.1"), ("0x7f.1", "127.0.0.1"), ("0X7F.1", "127.0.0.1"),
            ("017.0.0.1", "15.0.0.1"), ("0177.0.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"),
            ("0", "0.0.0.0"), ("00", "0.0.0.0"), ("4294967295", "255.255.255.255"), ("0xffffffff", "255.255.255.255"),
            ("037777777777", "255.255.255.255"), ("1.16777215", "1.255.255.255"), ("1.2.65535", "1.2.255.255"),
            ("10.1.258", "10.1.1.2"), ("1.2.3.255", "1.2.3.255"), ("00000000000000000000000001", "0.0.0.1"),
            ("0x0.0x0.0x0.0xff", "0.0.0.255"),
        ]
    )
    func oldForms(text: String, expected: String) throws {
        #expect(try IPv4.Address(legacyText: text).description == expected)
    }

    @Test(
        "F26: invalid forms are errors that say what is wrong and where",
        arguments: [
            ("", "it is empty"),
            ("1.", "number 2 is missing at offset 2"),
            ("1..2", "number 2 is missing at offset 2"),
            (".1", "number 1 is missing at offset 0"),
            ("1.2.3.4.", "expected one to four numbers separated by dots, found another dot at offset 7"),
            ("1.2.3.4.5", "expected one to four numbers separated by dots, found another dot at offset 7"),
            ("4294967296", "number 1 at offset 0 is greater than 4294967295"),
            ("0x100000000", "number 1 at offset 0 is greater than 4294967295"),
            ("99999999999999999999999999", "number 1 at offset 0 is greater than 4294967295"),
            ("1.16777216", "number 2 at offset 2 is greater than 16777215"),
            ("1.2.65536", "number 3 at offset 4 is greater than 65535"),
            ("1.2.3.256", "number 4 at offset 6 is greater than 255"),
            ("256.1", "number 1 at offset 0 is greater than 255"),
            ("08", "unexpected \"8\" at offset 1"),
            ("0x", "unexpected \"x\" at offset 1"),
            ("0xg", "unexpected \"x\" at offset 1"),
            ("1x", "unexpected \"x\" at offset 1"),
            ("+1", "unexpected \"+\" at offset 0"),
            (" 1.2.3.4", "unexpected space at offset 0"),
            ("::1", "unexpected \":\" at offset 0"),
            ("1.2.3.4\u{0}", "unexpected byte 0x00 at offset 7"),
        ]
    )
    func invalidForms(text: String, problem: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in try IPv4.Address(legacyText: text) }
        #expect(message.hasSuffix(" is not an IPv4 address in any of its old forms: \(problem)"), "\(message)")
    }

    @Test("F26: white space at the end is ignored", arguments: [" ", "\t", "\n", "\u{B}", "\u{C}", "\r", "\r\n  "])
    func trailingSpace(space: String) throws {
        #expect(try IPv4.Address(legacyText: "1.2.3.4" + space) == IPv4.Address(1, 2, 3, 4))
    }

    @Test("F26: text after white space is an error unless it is allowed")
    func trailingText() throws {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv4.Address(legacyText: "1.2.3.4  foo")
        }
        #expect(message.hasSuffix("only white space may follow the address, found text at offset 9"))
        #expect(
            try IPv4.Address(legacyText: "1.2.3.4 foo", allowingTrailingText: true) == IPv4.Address(1, 2, 3, 4)
        )
        #expect(throws: TransportError.self) { try IPv4.Address(legacyText: "1.2.3.4foo", allowingTrailingText: true) }
    }
}
