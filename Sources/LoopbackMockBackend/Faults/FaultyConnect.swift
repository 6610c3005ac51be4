internal import TransportCore

/// A connect that faults may keep from reaching the listener.
///
/// Used with the network's lock held.
final class FaultyConnect {
    private let operation: FaultableOperation
    private let pair: StreamPair
    /// Has the connection reach the listener.
    private let reach: (NetworkEngine) throws(TransportError) -> Void

    init(_ pair: StreamPair, _ reach: @escaping (NetworkEngine) throws(TransportError) -> Void) {
        self.pair = pair
        self.reach = reach
        operation = FaultableOperation(.connect, pair.route, of: pair)
        pair.connecting = operation
    }

    /// Connects, unless a fault is in the way.
    func attempt(_ faults: FaultTable, _ engine: NetworkEngine) throws(TransportError) {
        operation.letGo()
        guard !pair[0].isClosed else { return }
        try faults.exploration?.begin(operation, engine)
        let judgement = faults.judge(operation, at: 0, time: engine.currentTime)
        guard let (verdict, rule) = judgement.verdict else { return try reach(engine) }
        operation.hit(by: rule, count: nil)
        switch verdict {
        case .refuse: throw failure(.connectionRefused)
        case .error(let kind): throw failure(kind)
        case .delay:
            let delay = faults.way(by: rule)?.delay ?? 0
            operation.holdBack()
            engine.schedule(after: delay) { [self] engine in
                operation.letGo()
                guard !pair[0].isClosed else { return }
                settle(engine) { () throws(TransportError) in try reach(engine) }
            }
        default:
            operation.holdBack()
            faults.hold(self)
        }
    }

    private func failure(_ kind: TransportError.Kind) -> TransportError {
        TransportError(kind, operation: .connect).with(address: pair.names.1).with(aftermath: .dead)
    }

    /// Goes on later; what fails then is found out by whoever waits.
    private func settle(_ engine: NetworkEngine, _ body: () throws(TransportError) -> Void) {
        do throws(TransportError) {
            try body()
        } catch {
            pair.refusal = error
            pair.changed(engine)
        }
    }
}

extension FaultyConnect: HeldByFaults {
    func reconsider(_ engine: NetworkEngine) {
        guard let faults = engine.faults else { return }
        settle(engine) { () throws(TransportError) in try attempt(faults, engine) }
    }

    func abandon() {}
}
