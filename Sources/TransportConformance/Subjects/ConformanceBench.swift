public import TransportCore

/// What one case works with: pairs of streams and, where the subject has them, listeners and datagrams.
///
/// A bench is made for every case anew.
public struct ConformanceBench: Sendable {
    /// Starts something at the same time as what the caller does, and gives what waits for its end.
    public typealias Spawn = @Sendable (_ body: @escaping @Sendable () -> Void) throws -> @Sendable () throws -> Void

    /// Starts a thread. The default is a plain one.
    ///
    /// A network in virtual time has to know who works in it, and starts its threads itself:
    ///
    /// ```swift
    /// bench.spawn = { body in
    ///     let thread = try network.spawn(body)
    ///     return { try thread.join() }
    /// }
    /// ```
    public var spawn: Spawn = plainThread

    /// What runs tasks. The default, nil, is a thread of the suite's.
    ///
    /// A network in virtual time has to know its tasks, too, and runs them itself:
    ///
    /// ```swift
    /// bench.executor = network.executor
    /// ```
    ///
    /// The suite then waits for tasks by waiting in the network.
    public var executor: (any TaskExecutor)?

    /// Whether the transports' time goes on only when everyone is blocked, and then to exactly the next deadline.
    public var isVirtual = false

    /// Makes the two ends of a stream.
    let makePair: @Sendable ((any OperationObserver)?) throws -> StreamPair

    var backend: (any BackendBench)?
    var datagrams: (any DatagramBench)?
    var names: (any NameBench)?
    var layer: (any LayerBench)?

    /// Makes a bench that has pairs of streams alone.
    ///
    /// - Parameter makePair: Makes the two connected ends of a new stream. It is called from one thread at a time, and
    ///   may be called often.
    public init<T: Transport>(makePair: @escaping @Sendable () throws -> ConformancePair<T>) {
        self.makePair = { observer in try StreamPair(makePair(), observer: observer) }
    }

    init(makeStreams: @escaping @Sendable ((any OperationObserver)?) throws -> StreamPair) {
        self.makePair = makeStreams
    }

    var offers: Set<ConformanceRequirement.Offer> {
        var offers: Set<ConformanceRequirement.Offer> = []
        if let backend {
            offers.insert(.backend)
            if backend.hasDeadAddress { offers.insert(.deadAddress) }
        }
        if datagrams != nil { offers.insert(.datagrams) }
        if names != nil { offers.insert(.resolver) }
        if layer != nil { offers.insert(.layer) }
        if isVirtual { offers.insert(.virtualTime) }
        return offers
    }
}

/// Starts a plain thread.
private let plainThread: ConformanceBench.Spawn = { body in
    let isDone = Locked(false)
    let started = startThread {
        body()
        isDone.withLock { $0 = true }
        isDone.wakeAll()
    }
    guard started else {
        throw TransportError(.outOfResources, operation: .open).with(message: "the system could not start a thread")
    }
    return { isDone.wait { $0 ? () : nil } }
}
