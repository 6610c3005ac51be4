import TestSupport
import Testing
import TransportCore

@Suite("Hostile address texts")
struct AddressHostileTextTests {
    /// Every parser there is, as one that tells whether it accepted the text.
    private static let parsers: [@Sendable (String) -> Result<String, TransportError>] = [
        { text in Result { () throws(TransportError) in try IPv4.Address(parsing: text).description } },
        { text in Result { () throws(TransportError) in try IPv4.Address(legacyText: text).description } },
        { text in Result { () throws(TransportError) in try IPv4.SocketAddress(parsing: text).description } },
        { text in Result { () throws(TransportError) in try IPv4.SocketAddress(host: text, port: 1).description } },
        { text in Result { () throws(TransportError) in try IPv6.Address(parsing: text).description } },
        { text in Result { () throws(TransportError) in try IPv6.SocketAddress(parsing: text).description } },
        { text in Result { () throws(TransportError) in try IPv6.SocketAddress(host: text, port: 1).description } },
        { text in Result { () throws(TransportError) in try IP.Address(parsing: text).description } },
        { text in Result { () throws(TransportError) in try IP.SocketAddress(parsing: text).description } },
        { text in Result { () throws(TransportError) in try IP.SocketAddress(host: text, port: 1).description } },
    ]

    @Test(
        "a hundred thousand equal letters are refused in one pass, with a short message",
        arguments: Array("0:.[]%1f ~é\0")
    )
    func hugeTexts(letter: Character) {
        let text = String(repeating: letter, count: 100_000)
        for parse in Self.parsers {
            // A row of zeros is a number to inet_aton; everything else is an error.
            guard case .failure(let error) = parse(text) else {
                #expect(letter == "0")
                continue
            }
            #expect(error.message.utf8.count < 800)
        }
    }

    @Test("no random text makes a parser trap")
    func randomTexts() {
        var generator = SeededGenerator(seed: 11)
        let alphabet = Array("0123456789abcfxX:.[]%<> \u{0}é")
        for _ in 0..<5000 {
            let count = Int.random(in: 0..<24, using: &generator)
            let text = String((0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "0" })
            for parse in Self.parsers { _ = parse(text) }
        }
    }

    @Test("a message shows the text without anything that could deceive a reader")
    func quoting() {
        let message = invalidArgumentMessage { () throws(TransportError) in
            try IPv4.Address(parsing: "1\n\u{202E}\"\\é" + String(repeating: "x", count: 1_000))
        }
        let shown = #""1\n\u{202E}\"\\é"# + String(repeating: "x", count: 94) + "…\" (1009 bytes)"
        #expect(message == shown + " is not an IPv4 address: unexpected byte 0x0A at offset 1")
    }
}
