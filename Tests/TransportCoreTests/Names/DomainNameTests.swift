import TestSupport
import Testing
import TransportCore

/// Host names that are not ASCII.
@Suite("Domain names")
struct DomainNameTests {
    @Test(
        "B-13: labels that are not ASCII become A-labels",
        arguments: [
            ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.Example", "xn--bcher-kva.example"),
            ("straße.de", "xn--strae-oqa.de"), ("日本語。jp", "xn--wgv71a119e.jp"), ("☃.net", "xn--n3h.net"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
            ("παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"), ("실례.테스트", "xn--9n2bp8q.xn--9t4b11yi5a"),
            ("a.ü.", "a.xn--tda."), ("مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"),
            // Typed in parts, they are the same names.
            ("bu\u{308}cher.example", "xn--bcher-kva.example"), ("παρα\u{301}δειγμα.gr", "xn--hxajbheg2az3al.gr"),
            // Joiners where they belong: behind a virama, and between letters that would join.
            ("ශ්\u{200D}රී.com", "xn--10cl1a0b660p.com"), ("نامه\u{200C}ای.com", "xn--mgba3gch31f060k.com"),
            ("क्\u{200C}ष", "xn--11b2ezcs70k"), ("_tcp.ü", "_tcp.xn--tda"), ("_ü", "xn--_-eha"),
        ])
    func labels(_ name: String, _ ascii: String) throws {
        #expect(try DomainName.ascii(name) == ascii)
    }

    @Test(
        "a name that is ASCII stays as it is, whatever it is",
        arguments: [
            "", "localhost", "EXAMPLE.org", "a..b", "-x-", "fe80::1%eth0", "xn--bcher-kva.example", "a b", "127.0.0.1",
        ])
    func asciiNames(_ name: String) throws {
        #expect(try DomainName.ascii(name) == name)
    }

    @Test(
        "what cannot be a label is an argument error that says why",
        arguments: [
            ("ü..de", "nothing between two dots"), (".ü", "nothing between two dots"), ("-ü.de", "hyphen"),
            ("ü-.de", "hyphen"), ("ü x.de", "U+0020"), ("ü\u{200B}.de", "U+200B"), ("a\u{202E}ü.de", "U+202E"),
            ("\u{200D}", "U+200D where it joins nothing"), ("\u{200C}", "U+200C where it joins nothing"),
            ("\u{200D}\u{200D}.example", "U+200D"), ("a\u{200D}b.example", "U+200D"), ("ü\u{200C}ü", "U+200C"),
            ("نامه\u{200C}", "U+200C"), ("\u{200C}ای", "U+200C"), ("نامه\u{200D}ای", "U+200D"),
            ("\u{FE0F}", "U+FE0F"), ("ü\u{FE0F}.de", "U+FE0F"), ("\u{115F}", "nobody sees"),
            ("\u{3164}", "nobody sees"),
            ("ü\u{34F}", "nobody sees"), ("\u{E0100}", "U+E0100"),
            // A dot or hyphen is one, whatever is written over it.
            ("a.\u{301}ü.de", "begins with U+0301"), ("a.\u{200D}b", "U+200D"), ("-\u{301}ü", "hyphen"),
            ("ü/x.de", "\"/\""), ("ü@x.de", "\"@\""), ("ü:x", "\":\""),
            (String(repeating: "ü", count: 64), "longer than 63"),
            (String(repeating: "ü", count: 1_000_000), "longer than 63"),
            (String(repeating: "ü😀", count: 30), "longer than 63"),
            ("ü." + String(repeating: "a", count: 64), "longer than 63"),
        ])
    func refused(_ name: String, _ reason: String) {
        let error = caught { try DomainName.ascii(name) }
        #expect(
            error?.kind == .invalidArgument && error?.message.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("B-13: a resolver is asked for the A-label")
    func query() throws {
        let query = try ResolverQuery(host: "bücher.example", service: .port(80))
        #expect(query.host == "xn--bcher-kva.example")
        #expect(caught { try ResolverQuery(host: "bü cher.example", service: .port(80)) }?.kind == .invalidArgument)
    }

    @Test("F06: the first name with a dot in it is the complete one")
    func fullNames() {
        #expect(HostEntry(name: "a", aliases: ["b", "c.d", "e.f"]).fullyQualifiedName == "c.d")
        #expect(HostEntry(name: "a.b", aliases: ["c.d"]).fullyQualifiedName == "a.b")
        #expect(HostEntry(name: "a", aliases: ["b"]).fullyQualifiedName == "a")
    }
}
