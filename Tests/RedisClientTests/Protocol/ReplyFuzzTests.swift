import RedisClient
import TestSupport
import Testing

@Suite("Replies of any bytes")
struct ReplyFuzzTests {
    private let limits = ReplyLimits(lineLength: 40, bulkLength: 60, elementCount: 30, depth: 4)

    /// Parses whole and in random pieces; both must come to the same, and to nothing impossible.
    private func check(_ bytes: [UInt8], _ random: inout SeededGenerator) {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...min(9, rest.count), using: &random)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        let whole = ReplyParserTests.parse([bytes[...]], limits: limits)
        #expect(ReplyParserTests.parse(pieces, limits: limits) == whole, "\(bytes)")
        if let violation = whole.violation { #expect(bytes.indices.contains(violation.offset)) }
        // A reply takes at least three bytes, a type and the end of its line.
        #expect(whole.replies.count * 3 <= bytes.count)
    }

    @Test("Random bytes, and random bytes of the protocol's own", arguments: 0..<8)
    func random(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("+-:$*\r\n\r\n\r\n0123-1a".utf8)
        for round in 0..<200 {
            let count = Int.random(in: 0...80, using: &random)
            check(
                (0..<count).map { _ in
                    round % 2 == 0
                        ? alphabet.randomElement(using: &random) ?? 0 : .random(in: .min ... .max, using: &random)
                }, &random)
        }
    }

    @Test("Good streams with a few bytes changed, lost, or doubled", arguments: 0..<8)
    func mutations(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 1000)
        for _ in 0..<100 {
            var bytes = ReplyParserTests.stream.bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = .random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[place], at: place)
                default: bytes[place] ^= 1 << Int.random(in: 0..<8, using: &random)
                }
            }
            check(bytes, &random)
        }
    }
}
