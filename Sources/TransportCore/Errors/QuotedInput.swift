/// Text from outside, made fit for an error message: in quotes, cut to a bounded length, nothing invisible in it.
///
/// Input is often hostile or simply the wrong thing; a megabyte of it, a line break, an escape sequence of a terminal or a
/// text-direction mark must not reach somebody's log.
package struct QuotedInput: CustomStringConvertible {
    /// The most Unicode scalars that are shown; longer than any valid address.
    package static let scalarLimit = 100

    /// The text in quotes, such as `"a\n"`, with its length behind it when it was cut.
    package let description: String

    /// Quotes a text.
    package init(_ text: some StringProtocol) {
        let (shown, isWhole) = Self.shown(text, limit: Self.scalarLimit, quote: "\"")
        description = isWhole ? "\"\(shown)\"" : "\"\(shown)…\" (\(text.utf8.count) bytes)"
    }

    /// Quotes bytes that are text, or were to be.
    package init(bytes: some Collection<UInt8>) {
        // A scalar has up to four bytes, and one that is cut in two is behind those that are shown.
        let start = String(decoding: bytes.prefix(4 * (Self.scalarLimit + 1)), as: UTF8.self)
        let (shown, isWhole) = Self.shown(start, limit: Self.scalarLimit, quote: "\"")
        description = isWhole ? "\"\(shown)\"" : "\"\(shown)…\" (\(bytes.count) bytes)"
    }

    /// A text without quotes around it, such as the name of a host in the middle of a sentence.
    ///
    /// - Parameter limit: The most Unicode scalars that are shown. The default is that of quoted text.
    package static func bare(_ text: some StringProtocol, limit: Int = scalarLimit) -> String {
        let (shown, isWhole) = shown(text, limit: limit, quote: nil)
        return isWhole ? shown : "\(shown)… (\(text.utf8.count) bytes)"
    }

    private static func shown(
        _ text: some StringProtocol, limit: Int, quote: Unicode.Scalar?
    ) -> (text: String, isWhole: Bool) {
        var shown = ""
        for (number, scalar) in text.unicodeScalars.enumerated() {
            guard number < limit else { return (shown, false) }
            shown += scalar == "\"" && quote == nil ? "\"" : visible(scalar)
        }
        return (shown, true)
    }

    /// Returns the scalar itself, or an escape if it would be invisible, or would change how its neighbours look.
    static func visible(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            scalar.escaped(asASCII: true)
        default:
            scalar == "\"" || scalar == "\\" ? scalar.escaped(asASCII: true) : String(scalar)
        }
    }
}
