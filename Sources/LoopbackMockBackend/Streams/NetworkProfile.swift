/// How the streams of a network behave where real transports differ.
public struct NetworkProfile: Hashable, Sendable {
    /// How many bytes each direction of a stream holds before sending would block, 1 or more.
    public var capacity: Int

    /// How much of the capacity must be free before a stream that was full counts as writable again, 1 or more.
    public var writableThreshold: Int

    /// How many bytes a receive gives, of those that are there.
    public var receives: ChunkPolicy

    /// How many bytes a send takes, of those that there is room for.
    public var sends: ChunkPolicy

    /// Whether the peer of an abort, or of a close with unread bytes, sees a reset.
    public var resetsAreVisible: Bool

    /// Whether an abort is a reset; otherwise it is a close.
    public var abortIsReset: Bool

    /// Whether the first send after the peer closed fails; otherwise it succeeds, and the next one fails.
    public var firstSendAfterPeerCloseFails: Bool

    /// Whether a reset is told to a receive alone, also after the end of the peer's stream; otherwise it is told to
    /// whichever call comes first, and not at all after the end.
    public var resetsAreToldToReceivesOnly: Bool

    /// Makes a profile.
    public init(
        capacity: Int, writableThreshold: Int, resetsAreVisible: Bool, abortIsReset: Bool,
        firstSendAfterPeerCloseFails: Bool, resetsAreToldToReceivesOnly: Bool = false,
        receives: ChunkPolicy = .whole, sends: ChunkPolicy = .whole
    ) {
        self.capacity = max(1, capacity)
        self.writableThreshold = max(1, min(writableThreshold, capacity))
        self.resetsAreVisible = resetsAreVisible
        self.abortIsReset = abortIsReset
        self.firstSendAfterPeerCloseFails = firstSendAfterPeerCloseFails
        self.resetsAreToldToReceivesOnly = resetsAreToldToReceivesOnly
        self.receives = receives
        self.sends = sends
    }

    /// The same profile with other chunks.
    public func with(receives: ChunkPolicy, sends: ChunkPolicy = .whole) -> NetworkProfile {
        var copy = self
        copy.receives = receives
        copy.sends = sends
        return copy
    }

    /// As TCP on Linux does: resets, a late broken pipe, writable when a third is free.
    public static let tcp = NetworkProfile(
        capacity: 64 << 10, writableThreshold: (64 << 10) / 3, resetsAreVisible: true, abortIsReset: true,
        firstSendAfterPeerCloseFails: false
    )

    /// As Unix streams on Linux do: a close with unread bytes is a reset, an abort is not; an early broken pipe.
    public static let unix = NetworkProfile(
        capacity: 64 << 10, writableThreshold: (64 << 10) * 3 / 4, resetsAreVisible: true, abortIsReset: false,
        firstSendAfterPeerCloseFails: true, resetsAreToldToReceivesOnly: true
    )

    /// Keeps every promise of a stream and breaks every habit: small buffers, and chunks of any size.
    public static let hostile = NetworkProfile(
        capacity: 1500, writableThreshold: 500, resetsAreVisible: true, abortIsReset: true,
        firstSendAfterPeerCloseFails: false, receives: .random, sends: .random
    )

    /// A buffer of one byte: what one end sends, the other must take before more goes.
    public static let lockstep = NetworkProfile(
        capacity: 1, writableThreshold: 1, resetsAreVisible: true, abortIsReset: true,
        firstSendAfterPeerCloseFails: false
    )
}
