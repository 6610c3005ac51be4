/// How many bytes one step of a stream moves, of those that it could.
///
/// Real networks cut a stream anywhere. A client that takes one receive for one message works on a quiet machine and
/// fails in production; with ``oneByte`` it fails in its first test.
public struct ChunkPolicy: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case whole
        case fixed(Int)
        case cuts([Int])
        case random
    }

    let kind: Kind

    /// Everything that there is.
    public static let whole = ChunkPolicy(kind: .whole)

    /// One byte.
    public static let oneByte = ChunkPolicy.fixed(1)

    /// At most so many bytes; at least one.
    public static func fixed(_ count: Int) -> ChunkPolicy { ChunkPolicy(kind: .fixed(max(1, count))) }

    /// Never across one of these positions of the stream, counted in bytes from its beginning.
    public static func cut(at positions: [Int]) -> ChunkPolicy { ChunkPolicy(kind: .cuts(positions.sorted())) }

    /// Any number, from the network's seed.
    public static let random = ChunkPolicy(kind: .random)
}

/// A policy at work on one direction of one stream.
struct Chunker {
    private let kind: ChunkPolicy.Kind
    /// How many bytes were moved.
    private(set) var position = 0
    private var random: SeededGenerator

    init(_ policy: ChunkPolicy, seed: UInt64) {
        kind = policy.kind
        random = SeededGenerator(seed: seed)
    }

    /// How many of `available` bytes the next step may move.
    mutating func limit(_ available: Int) -> Int {
        guard available > 0 else { return 0 }
        switch kind {
        case .whole: return available
        case .fixed(let count): return min(count, available)
        case .cuts(let positions):
            let next = positions.first { $0 > position } ?? .max
            return min(next - position, available)
        case .random: return Int.random(in: 1...available, using: &random)
        }
    }

    /// Counts bytes that were moved.
    mutating func moved(_ count: Int) { position += count }
}
