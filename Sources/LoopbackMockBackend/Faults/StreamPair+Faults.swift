internal import TransportCore

// The steps of a stream where faults may happen to them.
extension StreamPair {
    /// The way of what a side sends.
    func route(from side: Int) -> Route { side == 0 ? route : route.reversed }

    /// Like a receive without faults, and whatever they do to it.
    func receive(
        _ side: Int, into target: UnsafeMutableRawBufferPointer, _ faults: FaultTable, _ engine: NetworkEngine
    ) throws(TransportError) -> ReceiveStep {
        let end = self[side]
        if end.isClosed { throw .closed(.receive) }
        let operation = end.receiving ?? FaultableOperation(.receive, route(from: 1 - side), of: self)
        end.receiving = operation
        let attempt = try attempt(
            operation, on: side, offered: min(end.inbox.count, target.count), position: end.receives.position, faults,
            engine
        )
        let limit: Int
        switch attempt {
        case .wait: return .wouldBlock(.readable)
        case .end: return .endOfStream
        case .goOn(let most): limit = most
        }
        do throws(TransportError) {
            let step = try take(end, into: UnsafeMutableRawBufferPointer(rebasing: target.prefix(limit)))
            if case .received(let count) = step { finished(operation, count, faults) }
            if case .endOfStream = step { finished(operation, 0, faults) }
            if case .wouldBlock = step { return step }
            end.receiving = operation.isHalfDone ? operation : nil
            return step
        } catch {
            finished(operation, nil, faults)
            end.receiving = nil
            throw error
        }
    }

    /// Like a send without faults, and whatever they do to it.
    func send(
        _ side: Int, _ bytes: UnsafeRawBufferPointer, _ faults: FaultTable, _ engine: NetworkEngine
    ) throws(TransportError) -> SendStep {
        let end = self[side]
        if end.isClosed { throw .closed(.send) }
        if bytes.count == 0 { return .sent(0) }
        let operation = end.sending ?? FaultableOperation(.send, route(from: side), of: self)
        end.sending = operation
        // What is on its way already must not be overtaken.
        end.wire?.way = Way()
        guard
            case .goOn(let limit) = try attempt(
                operation, on: side, offered: bytes.count, position: end.sends.position, faults, engine)
        else { return .wouldBlock(.writable) }
        defer { if end.wire?.isEmpty == true { end.wire = nil } }
        do throws(TransportError) {
            let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(limit))
            let step =
                if let wire = end.wire {
                    try give(end, to: wire, part, engine)
                } else {
                    try give(end, to: self[1 - side], part)
                }
            guard case .sent(let count) = step else { return step }
            finished(operation, count, faults)
            end.sending = operation.isHalfDone ? operation : nil
            return step
        } catch {
            finished(operation, nil, faults)
            end.sending = nil
            throw error
        }
    }

    /// Sends some bytes over a wire.
    private func give(
        _ end: StreamSide, to wire: Wire, _ bytes: UnsafeRawBufferPointer, _ engine: NetworkEngine
    ) throws(TransportError) -> SendStep {
        try checkSending(end)
        let count = end.sends.limit(min(wire.room, bytes.count))
        wire.send(bytes, count: count, engine)
        end.sends.moved(count)
        return count == 0 ? .wouldBlock(.writable) : .sent(count)
    }

    private func finished(_ operation: FaultableOperation, _ count: Int?, _ faults: FaultTable) {
        operation.isHalfDone = operation.isBeingHalved
        operation.isBeingHalved = false
        faults.exploration?.finished(operation, count)
    }

    // MARK: Verdicts

    /// What becomes of an attempt.
    private enum Attempt {
        /// It moves so many bytes at most.
        case goOn(Int)
        /// It would block.
        case wait
        /// It finds the end of the stream.
        case end
    }

    private func attempt(
        _ operation: FaultableOperation, on side: Int, offered: Int, position: Int, _ faults: FaultTable,
        _ engine: NetworkEngine
    ) throws(TransportError) -> Attempt {
        operation.letGo()
        operation.isBeingHalved = false
        try faults.exploration?.begin(operation, engine)
        let judgement = faults.judge(operation, at: position, time: engine.currentTime)
        guard let (kind, rule) = judgement.verdict else { return .goOn(judgement.limit) }
        var verdict = kind
        if case .midway(let inner) = kind {
            if !operation.isHalfDone {
                operation.isBeingHalved = offered > 1
                return .goOn(offered > 1 ? offered / 2 : judgement.limit)
            }
            verdict = inner
        }
        if case .shortCount(let count) = verdict {
            if offered > count { operation.hit(by: rule, count: offered) }
            return .goOn(min(count, judgement.limit))
        }
        operation.hit(by: rule, count: offered > 0 ? offered : nil)
        switch verdict {
        case .reset, .error:
            operation.isHalfDone = false
            self[side].forget(operation)
            if verdict == .reset { breakOff(side, engine) }
            faults.exploration?.finished(operation, nil)
            let kind = if case .error(let kind) = verdict { kind } else { TransportError.Kind.connectionReset }
            throw TransportError(kind, operation: operation.kind == .send ? .send : .receive)
        case .close:
            operation.isHalfDone = false
            isSevered = true
            for end in [self[0], self[1]] {
                end.wire?.cut(engine)
                end.peerHasFinished = true
            }
            self[side].inbox.removeAll()
            tell(side, engine)
            guard operation.kind == .receive else { return .goOn(judgement.limit) }
            self[side].forget(operation)
            faults.exploration?.finished(operation, 0)
            return .end
        case .stall, .timeOut, .cancel:
            operation.holdBack()
            faults.hold(operation)
            return .wait
        case .coalesce:
            operation.holdBack()
            // Time moves when nobody can go on: at the same time is after everybody else.
            engine.schedule(after: 0) { [self] engine in
                operation.endFault()
                changed(engine)
            }
            return .wait
        default:
            if let way = faults.way(by: rule), !way.isDirect {
                let wire = self[side].wire ?? Wire(of: self, from: side)
                wire.way = way
                self[side].wire = wire
            }
            return .goOn(judgement.limit)
        }
    }

    /// Cuts the stream for both ends. This one has been told; what the other has received it still gets.
    func breakOff(_ side: Int, _ engine: NetworkEngine) {
        self[0].wire?.cut(engine)
        self[1].wire?.cut(engine)
        self[side].inbox.removeAll()
        self[side].isCut = true
        arrive(.reset, at: 1 - side)
        tell(side, engine)
    }

    /// Has everybody go on after a fault has happened to a side. A script that this has happened to is at work already.
    private func tell(_ side: Int, _ engine: NetworkEngine) {
        if side == 0 { changed(engine) } else { engine.changed(self) }
    }

    // MARK: On the way

    /// Has something reach the other end, behind what is on its way.
    func post(_ item: Wire.Item, from side: Int, _ engine: NetworkEngine) {
        guard let faults = engine.faults else { return arrive(item, at: 1 - side) }
        let way = faults.way(along: route(from: side), at: self[side].sends.position, time: engine.currentTime)
        guard self[side].wire != nil || !way.isDirect else { return arrive(item, at: 1 - side) }
        let wire = self[side].wire ?? Wire(of: self, from: side)
        wire.way = way
        self[side].wire = wire
        wire.post(item, engine)
    }

    /// Has something come off a wire.
    func arrive(_ item: Wire.Item, from bytes: inout BytePipe, at side: Int, _ engine: NetworkEngine) {
        guard case .bytes(let count) = item else { return arrive(item, at: side) }
        var piece = [UInt8](repeating: 0, count: count)
        piece.withUnsafeMutableBytes { memory in _ = bytes.read(into: memory) }
        if self[side].isClosed {
            // The bytes reach nobody; the machine answers with a reset.
            self[side].missed += piece
            post(.answer, from: side, engine)
        } else {
            piece.withUnsafeBytes { memory in _ = self[side].put(memory) }
        }
    }

    // MARK: Waiting

    /// Whether somebody who waits may be in an operation that a fault is for.
    func waiter(_ wish: Wish, mayMeet match: FaultMatch) -> Bool {
        let receive = FaultableOperation(.receive, route(from: 1 - wish.side), of: nil)
        let send = FaultableOperation(.send, route(from: wish.side), of: nil)
        return wish.interest.contains(.readable) && match.covers(receive)
            || wish.interest.contains(.writable) && match.covers(send)
    }

    func failure(ofWaitingFor wish: Wish, until deadline: Deadline, _ engine: NetworkEngine) -> TransportError? {
        let end = self[wish.side]
        let candidates = isEstablished ? [end.receiving, end.sending] : [connecting]
        for case let operation? in candidates where operation.isHeldBack && operation.isMeant(by: wish.interest) {
            if let error = operation.failure(ofWaitingUntil: deadline, engine) {
                if error.kind == .peerUnresponsive { breakOff(wish.side, engine) }
                return error
            }
        }
        return nil
    }

    /// What a fault does to a wish, in words; empty when there is none.
    func describeFaults(_ wish: Wish) -> String {
        let end = self[wish.side]
        let operations = isEstablished ? [end.receiving, end.sending] : [connecting]
        let causes = operations.compactMap { operation in
            operation.flatMap { $0.isHeldBack && $0.isMeant(by: wish.interest) ? $0.cause?.description : nil }
        }
        return causes.map { ", held up by the fault \"\($0)\"" }.joined() + describeWire(wish.side, "sent")
            + describeWire(1 - wish.side, "to receive")
    }

    private func describeWire(_ side: Int, _ what: String) -> String {
        guard let wire = self[side].wire else { return "" }
        return ", \(wire.byteCount) bytes \(what) on the way" + (wire.obstacle.map { " (\($0))" } ?? "")
    }
}
