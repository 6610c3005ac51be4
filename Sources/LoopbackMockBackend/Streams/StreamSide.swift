internal import TransportCore

/// What one end of a stream knows. Touched only with the network's lock held.
final class StreamSide {
    /// What the peer has sent and this end has not received.
    var inbox: BytePipe
    /// The peer has ended its sending direction, or closed.
    var peerHasFinished = false
    /// This end has ended its sending direction.
    var hasFinished = false
    /// This end was closed.
    var isClosed = false
    /// The error that the next operation tells, once.
    var pendingError: TransportError.Kind?
    /// The connection was cut: nothing can be sent any more.
    var isCut = false
    /// What the peer sent after this end was closed, for peers that look at it.
    var missed: [UInt8] = []

    /// How much a receive gives.
    var receives: Chunker
    /// How much a send takes.
    var sends: Chunker

    // MARK: Where there are faults

    /// What this end has sent and the other has not got yet, where that takes its time.
    var wire: Wire?
    /// The receive that is under way.
    var receiving: FaultableOperation?
    /// The send that is under way.
    var sending: FaultableOperation?

    init(_ profile: NetworkProfile, seed: UInt64) {
        inbox = BytePipe(capacity: profile.capacity)
        receives = Chunker(profile.receives, seed: seed)
        sends = Chunker(profile.sends, seed: ~seed)
    }

    /// Forgets an operation, which has failed.
    func forget(_ operation: FaultableOperation) {
        if receiving === operation { receiving = nil }
        if sending === operation { sending = nil }
    }

    /// What of an interest no fault holds back.
    func withoutHeldBack(_ interest: Need.Interest) -> Need.Interest {
        var interest = interest
        if let receiving, receiving.isHeldBack { interest.remove(.readable) }
        if let sending, sending.isHeldBack { interest.remove(.writable) }
        return interest
    }
}
