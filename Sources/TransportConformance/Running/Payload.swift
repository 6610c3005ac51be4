/// Bytes of a stream that tell where they are: any loss, repetition or exchange shows.
struct Payload: Sendable {
    /// Which stream; two streams have different bytes.
    let seed: UInt64

    init(_ seed: UInt64) { self.seed = seed }

    /// The bytes at some positions of the stream.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        // In words of eight bytes, for the sake of large transfers.
        let first = range.lowerBound / 8
        let last = (range.upperBound + 7) / 8
        guard first < last else { return [] }
        var words = [UInt64](repeating: 0, count: last - first)
        for index in words.indices { words[index] = word(UInt64(first + index)).littleEndian }
        return words.withUnsafeBytes { memory in
            [UInt8](memory[(range.lowerBound - first * 8)..<(range.upperBound - first * 8)])
        }
    }

    /// The first bytes of the stream.
    func bytes(_ count: Int) -> [UInt8] { bytes(0..<count) }

    private func word(_ index: UInt64) -> UInt64 {
        // SplitMix64.
        var mixed = seed &* 0xD134_2543_DE82_EF95 &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Sizes from 1 to `limit` that look random and sum up to `total`.
    func sizes(total: Int, limit: Int) -> [Int] {
        var sizes: [Int] = []
        var rest = total
        while rest > 0 {
            let size = min(rest, 1 + Int(word(UInt64(sizes.count)) % UInt64(max(1, limit))))
            sizes.append(size)
            rest -= size
        }
        return sizes
    }
}

extension [UInt8] {
    /// How some bytes differ from these; nil when they do not.
    func difference(from other: [UInt8]) -> String? {
        let common = Swift.min(count, other.count)
        if let index = firstDifference(from: other, within: common) {
            return "byte \(index) of \(count) is \(self[index]) in place of \(other[index])"
        }
        guard count != other.count else { return nil }
        return "\(count) bytes in place of \(other.count)\(count < other.count ? ", the rest is missing" : "")"
    }

    private func firstDifference(from other: [UInt8], within common: Int) -> Int? {
        withUnsafeBytes { mine in
            other.withUnsafeBytes { others in
                var index = 0
                // In words first, for the sake of large transfers.
                while index + 8 <= common,
                    mine.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                        == others.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                {
                    index += 8
                }
                while index < common {
                    if mine[index] != others[index] { return index }
                    index += 1
                }
                return nil
            }
        }
    }
}
