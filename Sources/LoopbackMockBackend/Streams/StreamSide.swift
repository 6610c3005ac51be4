internal import Synchronization
internal import TransportCore

/// What one end of a stream knows. Touched only with the network's lock held.
///
/// What every step looks at is exempt from the check for overlapping accesses, as in ``NetworkEngine``.
final class StreamSide {
    /// What the peer has sent and this end has not received.
    @exclusivity(unchecked) var inbox: BytePipe
    private let publishedHasInput = Atomic<Bool>(false)
    /// The peer has ended its sending direction, or closed.
    @exclusivity(unchecked) var peerHasFinished = false
    /// This end has ended its sending direction.
    @exclusivity(unchecked) var hasFinished = false
    /// This end was closed.
    @exclusivity(unchecked) var isClosed = false
    /// The error that the next operation tells, once.
    @exclusivity(unchecked) var pendingError: TransportError.Kind?
    /// The connection was cut: nothing can be sent any more.
    @exclusivity(unchecked) var isCut = false
    /// What the peer sent after this end was closed, for peers that look at it.
    var missed: [UInt8] = []

    /// How much a receive gives.
    @exclusivity(unchecked) var receives: Chunker
    /// How much a send takes.
    @exclusivity(unchecked) var sends: Chunker

    // MARK: Where there are faults

    /// What this end has sent and the other has not got yet, where that takes its time.
    @exclusivity(unchecked) var wire: Wire?
    /// The receive that is under way.
    @exclusivity(unchecked) var receiving: FaultableOperation?
    /// The send that is under way.
    @exclusivity(unchecked) var sending: FaultableOperation?

    init(_ profile: NetworkProfile, seed: UInt64) {
        inbox = BytePipe(capacity: profile.capacity)
        receives = Chunker(profile.receives, seed: seed)
        sends = Chunker(profile.sends, seed: ~seed)
    }

    // MARK: Bytes

    /// Whether there is something to receive, as it was after the latest step. Needs no lock.
    var hadInput: Bool { publishedHasInput.load(ordering: .relaxed) }

    /// Puts bytes into the inbox, at most `limit`, as far as there is room for them.
    @inline(__always)
    func put(_ bytes: UnsafeRawBufferPointer, atMost limit: Int = .max) -> Int {
        let count = inbox.write(bytes, atMost: limit)
        if count > 0 { publishedHasInput.store(true, ordering: .relaxed) }
        return count
    }

    /// Takes bytes out of the inbox, at most `limit`.
    @inline(__always)
    func take(into target: UnsafeMutableRawBufferPointer, atMost limit: Int) -> Int {
        let count = inbox.read(into: target, atMost: limit)
        if inbox.isEmpty { publishedHasInput.store(false, ordering: .relaxed) }
        return count
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
