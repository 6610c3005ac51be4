public import TransportCore

/// What a TLS transport keeps under its lock.
struct TLSState {
    let engine: TLSEngine

    /// Whether the transport below is established.
    var isLowerEstablished = false
    /// Whether the stream below has ended.
    var lowerHasEnded = false
    /// Who waits below, without the lock, for the peer's part of the handshake or of the ending, or to receive. Nobody else
    /// may receive there then.
    var turn = Turn()

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

    /// The need of a step that has found another one under way, which may have asked the program.
    @usableFromInline static let untilFree = Need(.readable, notBefore: busyMark)

    /// Whether a need is that one.
    var isUntilFree: Bool { notBefore == Self.busyMark }

    /// The need without the mark.
    var plain: Need { isShared || isUntilFree ? Need(interest, systemCode: systemCode) : self }

    private static let sharedMark = Instant(nanoseconds: .min)
    private static let busyMark = Instant(nanoseconds: .min + 1)
}
