/// What a transport can do and how it behaves where transports differ.
///
/// Facts are promises: the conformance kit tests that a claimed one holds and that an unclaimed one is absent. A layer
/// passes on the facts of the transport below it, less what it cannot keep.
public struct TransportFacts: OptionSet, Hashable, Sendable {
    /// The bits of the set.
    public let rawValue: UInt32

    /// Makes a set from its bits; unknown bits survive.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// One direction can be ended while the other goes on (`shutdown(SHUT_WR)`).
    public static let halfClose = TransportFacts(rawValue: 1 << 0)
    /// The peer sees an `abort()` as a reset, not as a normal end.
    public static let abortIsVisible = TransportFacts(rawValue: 1 << 1)
    /// The first send after the peer closed fails; otherwise one or more sends may still succeed.
    public static let firstSendAfterPeerCloseFails = TransportFacts(rawValue: 1 << 2)
    /// An end that the protocol did not announce is told apart from a proper one.
    public static let detectsTruncation = TransportFacts(rawValue: 1 << 3)
    /// The transport keeps received bytes itself, so that readiness below it does not tell everything.
    public static let buffersInput = TransportFacts(rawValue: 1 << 4)
    /// Bytes that were accepted may need `tryFlush()` to reach the lower transport.
    public static let needsFlush = TransportFacts(rawValue: 1 << 5)
    /// Vectored calls are one operation of the lowest transport.
    public static let vectored = TransportFacts(rawValue: 1 << 6)
    /// There is a descriptor of the system below.
    public static let exposesDescriptor = TransportFacts(rawValue: 1 << 7)
    /// The local and remote address can still be asked for after closing.
    public static let addressesSurviveClose = TransportFacts(rawValue: 1 << 8)
    /// Messages keep their boundaries (datagrams, sequenced packets).
    public static let preservesBoundaries = TransportFacts(rawValue: 1 << 9)
    /// A listener whose queue is full makes further connects wait; otherwise they fail at once.
    public static let fullBacklogPends = TransportFacts(rawValue: 1 << 10)
}
