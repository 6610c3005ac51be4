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

    init(_ profile: NetworkProfile, seed: UInt64) {
        inbox = BytePipe(capacity: profile.capacity)
        receives = Chunker(profile.receives, seed: seed)
        sends = Chunker(profile.sends, seed: ~seed)
    }
}
