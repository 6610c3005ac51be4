internal import TransportCore

/// The two ends of a stream and what is on its way between them.
///
/// Behaves as the kernel's does, step by step, also where that is surprising: a reset is told once and then looks like
/// a clean end. Used with the network's lock held.
final class StreamPair: Waitable {
    let profile: NetworkProfile
    /// Whether the listener has room for the connection; until then it is being established.
    var isEstablished: Bool
    /// Why it could not be established.
    var refusal: TransportError?
    /// Why the stream was cut, where a script or a fault did it.
    var cause: (any Error)?
    /// What plays the second side, where no program does.
    var runner: ScriptRunner?
    /// What is written down about it.
    let record: StreamRecord
    /// The addresses of the two ends in words.
    var names = ("", "")

    private let first: StreamSide
    private let second: StreamSide
    var waiters: [Waiter] = []

    init(profile: NetworkProfile, seed: UInt64, record: StreamRecord, isEstablished: Bool = true) {
        self.profile = profile
        self.record = record
        self.isEstablished = isEstablished
        first = StreamSide(profile, seed: seed)
        second = StreamSide(profile, seed: seed &+ 1)
    }

    /// The end with a number, 0 or 1.
    subscript(side: Int) -> StreamSide { side == 0 ? first : second }

    /// Has the script go on, and everyone who waits and can, after a change.
    func changed(_ engine: NetworkEngine) {
        if let runner {
            while runner.advance(engine) {}
            if first.isClosed { self.runner = nil }
        }
        engine.changed(self)
    }

    // MARK: Steps

    func receive(_ side: Int, into target: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReceiveStep {
        let end = self[side]
        if end.isClosed { throw .closed(.receive) }
        if !end.inbox.isEmpty {
            let limit = end.receives.limit(min(end.inbox.count, target.count))
            let count = end.inbox.read(into: target, atMost: limit)
            end.receives.moved(count)
            return .received(count)
        }
        if end.peerHasFinished, !profile.resetsAreToldToReceivesOnly { return .endOfStream }
        if let kind = end.pendingError {
            end.pendingError = nil
            throw failure(kind, .receive)
        }
        return end.peerHasFinished || end.isCut ? .endOfStream : .wouldBlock(.readable)
    }

    func send(_ side: Int, _ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SendStep {
        let end = self[side]
        if end.isClosed { throw .closed(.send) }
        if bytes.count == 0 { return .sent(0) }
        if let kind = end.pendingError, !profile.resetsAreToldToReceivesOnly {
            end.pendingError = nil
            throw failure(kind, .send)
        }
        if end.hasFinished || end.isCut { throw failure(.brokenPipe, .send) }
        let peer = self[1 - side]
        if peer.isClosed {
            peer.missed.append(contentsOf: bytes)
            if profile.firstSendAfterPeerCloseFails { throw failure(.brokenPipe, .send) }
            // The bytes reach nobody; the peer's machine answers with a reset.
            end.isCut = true
            return .sent(bytes.count)
        }
        let limit = end.sends.limit(min(peer.inbox.freeCapacity, bytes.count))
        let count = peer.inbox.write(bytes, atMost: limit)
        end.sends.moved(count)
        return count == 0 ? .wouldBlock(.writable) : .sent(count)
    }

    func finish(_ side: Int) throws(TransportError) {
        if self[side].isClosed { throw .closed(.shutdownWrite) }
        if !self[side].hasFinished { record.record(.shutdownWrite, side) }
        self[side].hasFinished = true
        self[1 - side].peerHasFinished = true
    }

    func close(_ side: Int, abort: Bool) {
        guard !self[side].isClosed else { return }
        self[side].isClosed = true
        record.closed(side, abort: abort, unread: self[side].inbox.count)
        let resets = (abort && profile.abortIsReset) || !self[side].inbox.isEmpty
        self[side].inbox.removeAll()
        if resets, profile.resetsAreVisible { tellReset(to: 1 - side) } else { self[1 - side].peerHasFinished = true }
    }

    /// Closes a side so that the peer sees a reset, whatever the profile says: for those who ask for one.
    func cut(_ side: Int) {
        guard !self[side].isClosed else { return }
        record.closed(side, abort: true, unread: 0)
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
        let end = self[side], peer = self[1 - side]
        if end.isClosed || refusal != nil { return true }
        guard isEstablished else { return false }
        if end.pendingError != nil || end.isCut { return true }
        if interest.contains(.readable), !end.inbox.isEmpty || end.peerHasFinished { return true }
        guard interest.contains(.writable) else { return false }
        return end.hasFinished || peer.isClosed
            || peer.inbox.freeCapacity >= min(profile.writableThreshold, peer.inbox.capacity)
    }

    func isReady(_ wish: Wish) -> Bool { isReady(wish.side, for: wish.interest) }

    func isClosed(_ wish: Wish) -> Bool { self[wish.side].isClosed }

    func describe(_ wish: Wish) -> String {
        let what = wish.interest.contains(.readable) ? "something to receive" : "room to send"
        let name = wish.side == 0 ? "\(names.0) ↔ \(names.1)" : "\(names.1) ↔ \(names.0)"
        return "\(what) on \(name) (\(summary(wish.side)))"
    }

    /// The state of a side in words, for reports.
    private func summary(_ side: Int) -> String {
        "\(self[side].inbox.count) bytes to receive, \(self[1 - side].inbox.count) of \(profile.capacity) sent and not received"
    }
}
