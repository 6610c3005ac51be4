/// What makes a network's time go on.
public struct NetworkClock: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case virtual, manual, real
    }

    let kind: Kind

    /// Time stands still while anyone works, and jumps to the next timer when everyone is blocked in the network.
    ///
    /// A timeout of 30 seconds takes microseconds and ends at exactly 30 seconds. The default.
    public static let virtual = NetworkClock(kind: .virtual)

    /// Time moves only when the test says so, with `LoopbackNetwork.advance(by:)`.
    public static let manual = NetworkClock(kind: .manual)

    /// Time is the machine's.
    public static let real = NetworkClock(kind: .real)
}
