extension PeerScript {
    /// Expects text that a pattern matches next.
    ///
    /// ```swift
    /// peer.expect(pattern: /HELLO (\w+)\n/)
    /// peer.replyText { captures in "GREETING good morning, \(captures[1])\n" }
    /// ```
    ///
    /// The pattern is tried each time that something has come, on everything that no earlier step took, as UTF-8. It
    /// takes what it matches at once: let it end with whatever ends a message, or `\d+` takes the first digit alone.
    /// `.` and `\n` stand for one Unicode scalar each, so that a pattern can tell a carriage return from a line feed.
    ///
    /// - Parameters:
    ///   - pattern: The pattern, from the first byte that no earlier step took.
    ///   - name: What is expected, in words, for the report of a failure. The default is "text of a pattern".
    public mutating func expect(pattern: some RegexComponent, _ name: String = "text of a pattern") {
        // Not Sendable, because it may hold closures for parsing: they are called with the network's lock held only, and
        // the pattern itself does not change.
        nonisolated(unsafe) let regex = Regex<AnyRegexOutput>(pattern.regex).matchingSemantics(.unicodeScalar)
        steps.append(
            .expectMatching(name) { bytes in
                guard let text = Self.text(bytes), let match = try? regex.prefixMatch(in: text) else { return nil }
                return Match(
                    count: text.utf8.distance(from: text.startIndex, to: match.range.upperBound),
                    captures: match.output.map { $0.substring.map(String.init) ?? "" }
                )
            }
        )
    }

    /// The text that the bytes are, as far as the last character is there whole; nil when they are no UTF-8.
    private static func text(_ bytes: [UInt8]) -> String? {
        for missing in 0...min(3, bytes.count) {
            if let text = String(validating: bytes.dropLast(missing), as: UTF8.self) { return text }
        }
        return nil
    }
}
