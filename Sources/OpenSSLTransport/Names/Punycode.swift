/// The encoding of host names in other scripts than ASCII's (RFC 3492).
enum Punycode {
    private static let base = 36
    private static let leastThreshold = 1
    private static let mostThreshold = 26
    private static let skew = 38
    private static let damp = 700
    private static let firstBias = 72
    private static let firstCode: UInt32 = 0x80

    /// Encodes a label; nil when it is longer than numbers hold.
    static func encode(_ scalars: [Unicode.Scalar]) -> String? {
        var output = scalars.filter { $0.isASCII }.map { UInt8(truncatingIfNeeded: $0.value) }
        let basicCount = output.count
        if basicCount > 0 { output.append(0x2d) }
        var code = firstCode
        var delta = 0
        var bias = firstBias
        var handled = basicCount
        while handled < scalars.count {
            guard let next = scalars.lazy.map(\.value).filter({ $0 >= code }).min() else { return nil }
            let (step, overflow) = Int(next - code).multipliedReportingOverflow(by: handled + 1)
            guard !overflow, delta <= Int.max - step - scalars.count else { return nil }
            delta += step
            code = next
            for scalar in scalars {
                if scalar.value < code { delta += 1 }
                guard scalar.value == code else { continue }
                append(delta, bias: bias, to: &output)
                bias = adapted(delta, among: handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ delta: Int, bias: Int, to output: inout [UInt8]) {
        var rest = delta
        var position = base
        while true {
            let threshold = min(max(position - bias, leastThreshold), mostThreshold)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            position += base
        }
        output.append(digit(rest))
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 26 ? value + 0x61 : value + 22)
    }

    private static func adapted(_ delta: Int, among count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / count
        var steps = 0
        while delta > ((base - leastThreshold) * mostThreshold) / 2 {
            delta /= base - leastThreshold
            steps += base
        }
        return steps + (base - leastThreshold + 1) * delta / (delta + skew)
    }
}
