internal import TransportCore

/// What the body of a case works with, for one run of it.
final class Scene: Sendable {
    let subject: ConformanceSubject
    let bench: ConformanceBench
    let driver: ConformanceDriver
    let trace = Trace()

    /// What has to be ended with the run.
    private struct Held {
        var pair: StreamPair?
        var idlePair: StreamPair?
        var ends: [any StreamEnd] = []
        var endings: [@Sendable () -> Void] = []
        var executor: CaseExecutor?
        var isCut = false
        var cause: (any Error)?
    }

    private let held = Locked(Held())

    init(_ subject: ConformanceSubject, _ bench: ConformanceBench, _ driver: ConformanceDriver) {
        self.subject = subject
        self.bench = bench
        self.driver = driver
    }

    // MARK: Streams

    /// The pair of the case.
    var pair: StreamPair {
        get throws {
            if let pair = held.withLock({ $0.pair }) { return pair }
            let pair = try makePair()
            held.withLock { $0.pair = pair }
            return pair
        }
    }

    /// One end of the pair of the case.
    var a: any StreamEnd { get throws { try pair.a } }

    /// The other end of the pair of the case.
    var b: any StreamEnd { get throws { try pair.b } }

    /// A further pair.
    func makePair(observer: (any OperationObserver)? = nil) throws -> StreamPair {
        let pair = try bench.makePair(observer)
        keep(pair.a)
        keep(pair.b)
        return pair
    }

    /// Has an end closed when the run is over.
    func keep(_ end: any StreamEnd) {
        let isCut = held.withLock { held in
            held.ends.append(end)
            return held.isCut
        }
        if isCut { end.abort() }
    }

    /// Has something ended when the run is over.
    func keep(_ ending: @escaping @Sendable () -> Void) {
        let isCut = held.withLock { held in
            held.endings.append(ending)
            return held.isCut
        }
        if isCut { ending() }
    }

    /// How many bytes are many here.
    var bulk: Int { subject.bulk }

    /// What the transport claims.
    var claims: TransportFacts { get throws { try subject.facts ?? a.facts } }

    /// A pair on which nothing is ever sent: to wait on it is to let time pass.
    var idlePair: StreamPair {
        get throws {
            if let pair = held.withLock({ $0.idlePair }) { return pair }
            let pair = try makePair()
            held.withLock { $0.idlePair = pair }
            return pair
        }
    }

    // MARK: Tasks

    /// What runs the case's tasks: the bench's own executor, or a thread of the case.
    var executor: any TaskExecutor {
        get throws {
            if let executor = bench.executor { return executor }
            if let executor = held.withLock({ $0.executor }) { return executor }
            let executor = try CaseExecutor()
            held.withLock { $0.executor = executor }
            return executor
        }
    }

    // MARK: The end

    /// Why everything was cut. Whatever fails afterwards may fail because of that, and says nothing.
    var cause: (any Error)? { held.withLock { $0.cause } }

    /// Cuts everything, so that whoever is blocked in it comes back.
    func cut(because error: (any Error)? = nil) {
        let (ends, endings) = held.withLock { held in
            held.isCut = true
            held.cause = held.cause ?? error
            return (held.ends, held.endings)
        }
        for end in ends { end.abort() }
        for ending in endings { ending() }
    }

    /// Ends everything after a run.
    func tearDown() {
        let (ends, endings, executor) = held.withLock { ($0.ends, $0.endings, $0.executor) }
        for end in ends { end.close() }
        for ending in endings { ending() }
        executor?.stop()
    }
}
