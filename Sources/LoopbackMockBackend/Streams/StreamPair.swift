internal import TransportCore

/// The two ends of a stream and what is on its way between them.
///
/// Behaves as the kernel's does, step by step, also where that is surprising: a reset is told once and then looks like
/// a clean end. Used with the network's lock held.
final class StreamPair {
    /// What one end knows.
    struct End {
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

    let profile: NetworkProfile
    /// Why the stream was cut, where a script or a fault did it.
    var cause: (any Error)?
    private var first: End
    private var second: End

    init(profile: NetworkProfile, seed: UInt64) {
        self.profile = profile
        first = End(profile, seed: seed)
        second = End(profile, seed: seed &+ 1)
    }

    /// The end with a number, 0 or 1.
    subscript(side: Int) -> End {
        _read {
            if side == 0 { yield first } else { yield second }
        }
        _modify {
            if side == 0 { yield &first } else { yield &second }
        }
    }

    // MARK: Steps

    func receive(_ side: Int, into target: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReceiveStep {
        if self[side].isClosed { throw .closed(.receive) }
        if !self[side].inbox.isEmpty {
            let limit = self[side].receives.limit(min(self[side].inbox.count, target.count))
            let count = self[side].inbox.read(into: target, atMost: limit)
            self[side].receives.moved(count)
            return .received(count)
        }
        if self[side].peerHasFinished, !profile.resetsAreToldToReceivesOnly { return .endOfStream }
        if let kind = self[side].pendingError {
            self[side].pendingError = nil
            throw failure(kind, .receive)
        }
        return self[side].peerHasFinished || self[side].isCut ? .endOfStream : .wouldBlock(.readable)
    }

    func send(_ side: Int, _ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SendStep {
        if self[side].isClosed { throw .closed(.send) }
        if bytes.count == 0 { return .sent(0) }
        if let kind = self[side].pendingError, !profile.resetsAreToldToReceivesOnly {
            self[side].pendingError = nil
            throw failure(kind, .send)
        }
        if self[side].hasFinished || self[side].isCut { throw failure(.brokenPipe, .send) }
        if self[1 - side].isClosed {
            self[1 - side].missed.append(contentsOf: bytes)
            if profile.firstSendAfterPeerCloseFails { throw failure(.brokenPipe, .send) }
            // The bytes reach nobody; the peer's machine answers with a reset.
            self[side].isCut = true
            return .sent(bytes.count)
        }
        let limit = self[side].sends.limit(min(self[1 - side].inbox.freeCapacity, bytes.count))
        let count = self[1 - side].inbox.write(bytes, atMost: limit)
        self[side].sends.moved(count)
        return count == 0 ? .wouldBlock(.writable) : .sent(count)
    }

    func finish(_ side: Int) throws(TransportError) {
        if self[side].isClosed { throw .closed(.shutdownWrite) }
        self[side].hasFinished = true
        self[1 - side].peerHasFinished = true
    }

    func close(_ side: Int, abort: Bool) {
        guard !self[side].isClosed else { return }
        self[side].isClosed = true
        let resets = (abort && profile.abortIsReset) || !self[side].inbox.isEmpty
        self[side].inbox.removeAll()
        if resets, profile.resetsAreVisible { tellReset(to: 1 - side) } else { self[1 - side].peerHasFinished = true }
    }

    /// Closes a side so that the peer sees a reset, whatever the profile says: for those who ask for one.
    func cut(_ side: Int) {
        guard !self[side].isClosed else { return }
        self[side].isClosed = true
        self[side].inbox.removeAll()
        tellReset(to: 1 - side)
    }

    /// What that side has received already it still gets; on TCP, an end that it was told of stays one.
    private func tellReset(to side: Int) {
        if !self[side].peerHasFinished || profile.resetsAreToldToReceivesOnly {
            self[side].pendingError = .connectionReset
        }
        self[side].isCut = true
    }

    private func failure(_ kind: TransportError.Kind, _ operation: TransportError.Operation) -> TransportError {
        let error = TransportError(kind, operation: operation)
        return cause.map { error.with(underlying: $0) } ?? error
    }

    // MARK: Readiness

    func isReady(_ side: Int, for interest: Need.Interest) -> Bool {
        if self[side].isClosed || self[side].pendingError != nil || self[side].isCut { return true }
        if interest.contains(.readable), !self[side].inbox.isEmpty || self[side].peerHasFinished { return true }
        guard interest.contains(.writable) else { return false }
        return self[side].hasFinished || self[1 - side].isClosed
            || self[1 - side].inbox.freeCapacity >= min(profile.writableThreshold, self[1 - side].inbox.capacity)
    }

    /// The state of a side in words, for reports.
    func summary(_ side: Int) -> String {
        "\(self[side].inbox.count) bytes to receive, \(self[1 - side].inbox.count) of \(profile.capacity) sent and not received"
    }
}
