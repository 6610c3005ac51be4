/// Times as people read them.
enum TimeText {
    /// Nanoseconds as seconds, with as many digits as are needed: `20 s`, `0.0015 s`.
    static func seconds(_ nanoseconds: Int64) -> String { digits(nanoseconds, trimmed: true) + " s" }

    /// Nanoseconds as seconds with nine decimals, or only as many as are needed.
    static func digits(_ nanoseconds: Int64, trimmed: Bool) -> String {
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        var fraction = String(rest)
        fraction = String(repeating: "0", count: 9 - fraction.count) + fraction
        if trimmed { while fraction.last == "0" { fraction.removeLast() } }
        return (nanoseconds < 0 ? "-" : "") + "\(whole)" + (fraction.isEmpty ? "" : ".\(fraction)")
    }
}
