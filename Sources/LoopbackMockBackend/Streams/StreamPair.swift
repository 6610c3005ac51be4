internal import TransportCore

/// The two ends of a stream and what is on its way between them.
///
/// Behaves as the kernel's does, step by step, also where that is surprising: a reset is told once and then looks like
/// a clean end. Used with the network's lock held.
///
/// What every step looks at is exempt from the check for overlapping accesses, as in ``NetworkEngine``.
final class StreamPair: Waitable {
    let profile: NetworkProfile
    /// Whether the listener has room for the connection; until then it is being established.
    @exclusivity(unchecked) var isEstablished: Bool
    /// Why it could not be established.
    @exclusivity(unchecked) var refusal: TransportError?
    /// Why the stream was cut, where a script or a fault did it.
    var cause: (any Error)?
    /// What plays the second side, where no program does.
    @exclusivity(unchecked) var runner: ScriptRunner?
    /// What is written down about it.
    let record: StreamRecord
    /// The addresses of the two ends in words.
    var names = ("", "")
    /// The machines of the two ends.
    var route = Route()
    /// The address of the first side, which is its own until it closes.
    var outgoing: OutgoingAddress?
    /// The connect that is under way, where there are faults.
    var connecting: FaultableOperation?
    /// A fault has closed the stream for both ends.
    @exclusivity(unchecked) var isSevered = false

    private let first: StreamSide
    private let second: StreamSide
    @exclusivity(unchecked) var waiters: [Waiter] = []

    init(profile: NetworkProfile, seed: UInt64, record: StreamRecord, isEstablished: Bool = true) {
        self.profile = profile
        self.record = record
        self.isEstablished = isEstablished
        first = StreamSide(profile, seed: seed)
        second = StreamSide(profile, seed: seed &+ 1)
    }

    /// Whether nothing has come to a side that it has not received, as far as can be told without the lock.
    func seemsEmpty(_ side: Int) -> Bool { side == 0 ? !first.hadInput : !second.hadInput }

    /// The end with a number, 0 or 1.
    subscript(side: Int) -> StreamSide { side == 0 ? first : second }

    /// Has the script go on, and everyone who waits and can, after a change.
    func changed(_ engine: NetworkEngine) {
        if let runner {
            while runner.advance(engine) {}
            if first.isClosed, first.wire == nil { self.runner = nil }
        }
        engine.changed(self)
    }

    // MARK: Steps

    func receive(
        _ side: Int, into target: UnsafeMutableRawBufferPointer, _ engine: NetworkEngine
    ) throws(TransportError) -> ReceiveStep {
        if engine.hasFaults, let faults = engine.faults { return try receive(side, into: target, faults, engine) }
        // Two calls, not an end that is chosen before: that one would be counted as referred to.
        return side == 0 ? try take(first, into: target) : try take(second, into: target)
    }

    /// Receives from an end.
    func take(_ end: StreamSide, into target: UnsafeMutableRawBufferPointer) throws(TransportError) -> ReceiveStep {
        if end.isClosed { throw .closed(.receive) }
        if !end.inbox.isEmpty {
            let limit = end.receives.limit(min(end.inbox.count, target.count))
            let count = end.take(into: target, atMost: limit)
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

    func send(
        _ side: Int, _ bytes: UnsafeRawBufferPointer, _ engine: NetworkEngine
    ) throws(TransportError) -> SendStep {
        if engine.hasFaults, let faults = engine.faults { return try send(side, bytes, faults, engine) }
        return side == 0 ? try give(first, to: second, bytes) : try give(second, to: first, bytes)
    }

    /// Sends some bytes from an end.
    func give(
        _ end: StreamSide, to peer: StreamSide, _ bytes: UnsafeRawBufferPointer
    ) throws(TransportError) -> SendStep {
        if end.isClosed { throw .closed(.send) }
        if bytes.count == 0 { return .sent(0) }
        try checkSending(end)
        if peer.isClosed || isSevered {
            if peer.isClosed { peer.missed.append(contentsOf: bytes) }
            if profile.firstSendAfterPeerCloseFails { throw failure(.brokenPipe, .send) }
            // The bytes reach nobody; the peer's machine answers with a reset.
            end.isCut = true
            return .sent(bytes.count)
        }
        let limit = end.sends.limit(min(peer.inbox.freeCapacity, bytes.count))
        let count = peer.put(bytes, atMost: limit)
        end.sends.moved(count)
        return count == 0 ? .wouldBlock(.writable) : .sent(count)
    }

    /// Throws what an end knows that keeps it from sending.
    @inline(__always)
    func checkSending(_ end: StreamSide) throws(TransportError) {
        if let kind = end.pendingError, !profile.resetsAreToldToReceivesOnly {
            end.pendingError = nil
            throw failure(kind, .send)
        }
        if end.hasFinished || end.isCut { throw failure(.brokenPipe, .send) }
    }

    func finish(_ side: Int, _ engine: NetworkEngine) throws(TransportError) {
        if self[side].isClosed { throw .closed(.shutdownWrite) }
        guard !self[side].hasFinished else { return }
        record.record(.shutdownWrite, side)
        self[side].hasFinished = true
        post(.end, from: side, engine)
    }

    func close(_ side: Int, abort: Bool, _ engine: NetworkEngine) {
        guard !self[side].isClosed else { return }
        self[side].isClosed = true
        record.closed(side, abort: abort, unread: self[side].inbox.count)
        let resets = (abort && profile.abortIsReset) || !self[side].inbox.isEmpty
        self[side].inbox.removeAll()
        if side == 0 { giveBackAddress() }
        post(resets && profile.resetsAreVisible ? .reset : .end, from: side, engine)
    }

    /// Closes a side so that the peer sees a reset, whatever the profile says: for those who ask for one.
    func cut(_ side: Int, _ engine: NetworkEngine) {
        guard !self[side].isClosed else { return }
        record.closed(side, abort: true, unread: 0)
        self[side].isClosed = true
        self[side].inbox.removeAll()
        if side == 0 { giveBackAddress() }
        post(.reset, from: side, engine)
    }

    /// Lets others go out from the address of the first side.
    func giveBackAddress() {
        outgoing?.giveBack()
        outgoing = nil
    }

    /// Has an end see what the other did.
    func arrive(_ item: Wire.Item, at side: Int) {
        switch item {
        case .bytes: break
        case .end: self[side].peerHasFinished = true
        case .reset: tellReset(to: side)
        case .answer: self[side].isCut = true
        }
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
        if end.isClosed { return true }
        guard !interest.isEmpty else { return false }  // a wait for a time
        if refusal != nil { return true }
        guard isEstablished else { return false }
        let interest = end.withoutHeldBack(interest)
        if interest.isEmpty { return false }
        if end.pendingError != nil || end.isCut { return true }
        if interest.contains(.readable), !end.inbox.isEmpty || end.peerHasFinished { return true }
        guard interest.contains(.writable) else { return false }
        // Not 0, or who waits for room would be told that there is some, again and again.
        let threshold = max(1, min(profile.writableThreshold, peer.inbox.capacity))
        if let wire = end.wire { return end.hasFinished || wire.room >= threshold }
        return end.hasFinished || peer.isClosed || isSevered || peer.inbox.freeCapacity >= threshold
    }

    func isReady(_ wish: Wish) -> Bool { isReady(wish.side, for: wish.interest) }

    func isClosed(_ wish: Wish) -> Bool { self[wish.side].isClosed }

    func describe(_ wish: Wish) -> String {
        let what =
            switch wish.interest {
            case []: "a time, or the end of this side,"
            case let interest where interest.contains(.readable): "something to receive"
            default: "room to send"
            }
        let name = wish.side == 0 ? "\(names.0) ↔ \(names.1)" : "\(names.1) ↔ \(names.0)"
        return "\(what) on \(name) (\(summary(wish.side))\(describeFaults(wish)))"
    }

    /// The state of a side in words, for reports.
    private func summary(_ side: Int) -> String {
        "\(self[side].inbox.count) bytes to receive, \(self[1 - side].inbox.count) of \(profile.capacity) sent and not received"
    }
}
