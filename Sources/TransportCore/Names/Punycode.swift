/// Labels of domain names that are not ASCII, as ASCII (RFC 3492).
enum Punycode {
    // The parameters of RFC 3492, section 5.
    private static let base: UInt32 = 36
    private static let lowestThreshold: UInt32 = 1
    private static let highestThreshold: UInt32 = 26
    private static let skew: UInt32 = 38
    private static let damp: UInt32 = 700

    /// The scalars as ASCII, without the prefix "xn--"; nil where the numbers become too large, which takes more characters
    /// than a label can have.
    static func encode(_ scalars: [UInt32]) -> [UInt8]? {
        var output = scalars.compactMap { $0 < 0x80 ? UInt8($0) : nil }
        let basicCount = UInt32(output.count)
        if basicCount > 0 { output.append(UInt8(ascii: "-")) }
        var handled = basicCount
        var (value, delta, bias): (UInt32, UInt32, UInt32) = (0x80, 0, 72)
        while handled < scalars.count {
            // All scalars below `value` are in the output; the next larger one comes now, at all of its places.
            guard let next = scalars.lazy.filter({ $0 >= value }).min() else { return nil }
            let (product, overflow) = (next - value).multipliedReportingOverflow(by: handled + 1)
            guard !overflow, case let (sum, overflow) = delta.addingReportingOverflow(product), !overflow else {
                return nil
            }
            (delta, value) = (sum, next)
            for scalar in scalars {
                if scalar < value { delta += 1 }
                guard scalar == value else { continue }
                append(delta, bias, to: &output)
                bias = adapt(delta, count: handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            value += 1
        }
        return output
    }

    /// A number in digits whose base depends on their place and on `bias`.
    private static func append(_ number: UInt32, _ bias: UInt32, to output: inout [UInt8]) {
        var rest = number
        var place = base
        while true {
            let threshold =
                place <= bias ? lowestThreshold : place >= bias + highestThreshold ? highestThreshold : place - bias
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            place += base
        }
        output.append(digit(rest))
    }

    private static func adapt(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / count
        var result: UInt32 = 0
        while delta > (base - lowestThreshold) * highestThreshold / 2 {
            delta /= base - lowestThreshold
            result += base
        }
        return result + (base - lowestThreshold + 1) * delta / (delta + skew)
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 26 ? value + 0x61 : value - 26 + 0x30)
    }
}
