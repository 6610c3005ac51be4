import Synchronization

/// Who still needs a connection: its owner, until ``Connection/release()``, and its readers and writers.
@usableFromInline
struct ConnectionShares: ~Copyable, Sendable {
    private static var owner: UInt32 { 1 << 31 }

    private let word = Atomic<UInt32>(owner)

    init() {}

    /// Takes a share for a reader or writer.
    @usableFromInline
    func take() { word.add(1, ordering: .relaxed) }

    /// Gives the share of a reader or writer up.
    ///
    /// - Returns: Whether it was the last one.
    func giveUp() -> Bool { word.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }

    /// Gives the owner's share up; once is enough.
    ///
    /// - Returns: Whether it was the last one.
    func giveUpOwner() -> Bool {
        let (old, new) = word.bitwiseAnd(~Self.owner, ordering: .acquiringAndReleasing)
        return new == 0 && old != 0
    }
}
