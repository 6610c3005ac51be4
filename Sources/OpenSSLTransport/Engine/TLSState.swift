public import TransportCore

/// What a TLS transport keeps under its lock.
struct TLSState {
    let engine: TLSEngine

    /// Whether the transport below is established.
    var isLowerEstablished = false
    /// Whether the stream below has ended.
    var lowerHasEnded = false
    /// Whether one receive is waiting below without the lock. Nobody else may receive there then: bytes would change
    /// their order.
    var isReceivingBelow = false
    /// How many are waiting for the peer's part of the handshake, or of the ending, without having received below.
    ///
    /// Both directions may be in the handshake at once. If one took the bytes that the other one waits for, that one would
    /// wait for ever; so whoever finds somebody waiting leaves receiving to them.
    var leaders = 0

    /// What ended each direction, to be told again by every later step.
    var receiveFailure: TransportError?
    var sendFailure: TransportError?

    init(engine: TLSEngine) { self.engine = engine }
}

extension Need {
    /// A need of the handshake or of the ending, which another direction's progress may meet, too.
    ///
    /// It is marked by a time that has always passed, which asks of nobody to wait for it.
    @usableFromInline
    func shared() -> Need { Need(interest, notBefore: Self.sharedMark, systemCode: systemCode) }

    /// Whether a need is marked so.
    var isShared: Bool { notBefore == Self.sharedMark }

    /// The need without the mark.
    var plain: Need { isShared ? Need(interest, systemCode: systemCode) : self }

    private static let sharedMark = Instant(nanoseconds: .min)
}
