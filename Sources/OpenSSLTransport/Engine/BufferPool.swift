internal import Synchronization
internal import TransportCore

/// Memory for ciphertext, in pieces of one size, that the connections of a configuration take turns in using.
///
/// A connection has a piece only while there is something in it, so that idle connections hold none and busy ones
/// allocate none.
@usableFromInline
final class BufferPool: Sendable {
    /// The size of a piece: four records of the greatest size with their overhead, which is what one send takes.
    static let size = 68 << 10

    /// How many pieces are kept for later.
    private static let mostKept = 16

    private let kept = Locked<[UnsafeMutableRawPointer]>([])
    /// The address of one more, for which nobody has to lock; 0 when there is none.
    private let next = Atomic<UInt>(0)

    init() {}

    deinit {
        kept.withLock { $0.forEach { $0.deallocate() } }
        UnsafeMutableRawPointer(bitPattern: next.load(ordering: .acquiring))?.deallocate()
    }

    /// Gives a piece, which is the caller's until it gives it back.
    func take() -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(bitPattern: next.exchange(0, ordering: .acquiring))
            ?? kept.withLock { $0.popLast() } ?? .allocate(byteCount: Self.size, alignment: 16)
    }

    /// Takes a piece back.
    func giveBack(_ piece: UnsafeMutableRawPointer) {
        let address = UInt(bitPattern: piece)
        if next.compareExchange(expected: 0, desired: address, ordering: .releasing).exchanged { return }
        let isKept = kept.withLock { kept in
            guard kept.count < Self.mostKept else { return false }
            kept.append(piece)
            return true
        }
        if !isKept { piece.deallocate() }
    }
}
