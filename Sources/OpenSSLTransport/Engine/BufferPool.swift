internal import TransportCore

/// Memory for ciphertext, in pieces of one size, that the connections of a configuration take turns in using.
///
/// A connection has a piece only while there is something in it, so that idle connections hold none and busy ones
/// allocate none.
final class BufferPool: Sendable {
    /// The size of a piece: four records of the greatest size with their overhead, which is what one send takes.
    static let size = 68 << 10

    /// How many pieces are kept for later.
    private static let mostKept = 16

    private let kept = Locked<[UnsafeMutableRawPointer]>([])

    init() {}

    deinit { kept.withLock { $0.forEach { $0.deallocate() } } }

    /// Gives a piece, which is the caller's until it gives it back.
    func take() -> UnsafeMutableRawPointer {
        kept.withLock { $0.popLast() } ?? .allocate(byteCount: Self.size, alignment: 16)
    }

    /// Takes a piece back.
    func giveBack(_ piece: UnsafeMutableRawPointer) {
        let isKept = kept.withLock { kept in
            guard kept.count < Self.mostKept else { return false }
            kept.append(piece)
            return true
        }
        if !isKept { piece.deallocate() }
    }
}
