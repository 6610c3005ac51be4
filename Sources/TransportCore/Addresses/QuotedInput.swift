/// Text from outside, made fit for an error message: in quotes, cut to a bounded length, nothing invisible in it.
///
/// Input is often hostile or simply the wrong thing; a megabyte of it, a line break or a text-direction mark must not
/// reach somebody's log.
struct QuotedInput: CustomStringConvertible {
    /// The most Unicode scalars that are shown; longer than any valid address.
    static let scalarLimit = 64

    let description: String

    init(_ text: some StringProtocol) {
        var quoted = "\""
        var shown = 0
        for scalar in text.unicodeScalars {
            guard shown < Self.scalarLimit else {
                quoted += "…"
                break
            }
            quoted += Self.visible(scalar)
            shown += 1
        }
        description = quoted + "\""
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
