internal import TransportCore

extension FaultTable {
    /// What becomes of an attempt to accept.
    enum Acceptance {
        /// The connection is there.
        case goOn
        /// There seems to be none.
        case wait
        /// The connection was cut meanwhile.
        case aborted
    }

    /// Judges an attempt to accept a connection.
    ///
    /// - Parameters:
    ///   - operation: The operation that is under way at the queue, if one is; what is under way afterwards.
    ///   - pair: The connection at the front of the queue.
    ///   - queue: The queue.
    func accept(
        _ operation: inout FaultableOperation?, _ pair: StreamPair, from queue: any Waitable, _ engine: NetworkEngine
    ) throws(TransportError) -> Acceptance {
        let present = operation ?? FaultableOperation(.accept, pair.route, of: queue)
        operation = present
        present.letGo()
        try exploration?.begin(present, engine)
        let judgement = judge(present, at: 0, time: engine.currentTime)
        if let (verdict, rule) = judgement.verdict {
            present.hit(by: rule, count: nil)
            switch verdict {
            case .reset:
                operation = nil
                exploration?.finished(present, nil)
                pair.cut(1, engine)
                pair.changed(engine)
                return .aborted
            case .error(let kind):
                operation = nil
                exploration?.finished(present, nil)
                throw TransportError(kind, operation: .accept)
            default:
                present.holdBack()
                hold(present)
                return .wait
            }
        }
        operation = nil
        exploration?.finished(present, nil)
        exploration?.opened(pair, side: 1, seed: engine.seed &+ engine.streamCount)
        return .goOn
    }
}
