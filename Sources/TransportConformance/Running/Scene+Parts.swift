internal import TransportCore

// Acts of the ends, in the way of the driver.
extension Scene {
    /// Has both ends do something at the same time.
    func run(a: [Act] = [], b: [Act] = []) throws {
        let pair = try pair
        try run([Part(pair.a, a), Part(pair.b, b)])
    }

    /// Has several parts go on at the same time, until all are done.
    func run(_ parts: [Part]) throws {
        let parts = parts.filter { !$0.acts.isEmpty }
        switch driver {
        case .blocking: try BlockingDriver(scene: self).run(parts)
        case .stepping: try SteppingDriver(scene: self).run(parts)
        case .async: try AsyncDriver(scene: self).run(parts)
        }
    }

    /// Begins an act that will be blocked until something else happens.
    ///
    /// Not for the stepping driver, which has nobody to block.
    ///
    /// - Parameters:
    ///   - end: The end.
    ///   - act: The act.
    ///   - watch: Knows when an operation of the end has begun. By default, a little time has to do.
    func pend(_ end: any StreamEnd, _ act: Act, watch: StartObserver? = nil) throws -> Pending {
        let label = "\(end.name), pending"
        trace.begin(label, act)
        let outcome = Locked<Outcome?>(nil)
        let join: () throws -> Void
        if driver == .async {
            let task = try start {
                let value = await AsyncDriver.outcome(of: act.operation, at: end)
                outcome.withLock { $0 = value }
            }
            try letGoOn(task)
            join = { [self] in try waitForEnd(of: task) }
        } else {
            join = try bench.spawn {
                outcome.withLock { $0 = BlockingDriver.outcome(of: act.operation, at: end) }
            }
            // In virtual time, a pause is over when everyone is blocked.
            if !bench.isVirtual { watch?.waitForStart() }
            try pause()
        }
        return Pending { [self] in
            try ended(join)
            guard let outcome = outcome.withLock({ $0 }) else { return }
            try trace.end(label, act, outcome)
        }
    }

    /// A pair of which it is known when an operation has begun.
    func makeWatchedPair() throws -> (pair: StreamPair, watch: StartObserver) {
        let watch = StartObserver()
        return (try makePair(observer: watch), watch)
    }

    /// An act that was begun.
    struct Pending {
        /// Waits for its end, and throws when it is not what was expected.
        let finish: () throws -> Void
    }

    /// Starts something on a thread of its own, and gives what waits for its end and throws what it threw.
    func background(_ body: @escaping @Sendable () throws -> Void) throws -> () throws -> Void {
        let failure = FirstFailure(self)
        let join = try bench.spawn { failure.catching(body) }
        return { [self] in
            try ended(join)
            try failure.rethrow()
        }
    }

    /// Waits for a thread that has to come to its end.
    func ended(_ join: () throws -> Void) throws {
        do {
            try join()
        } catch {
            throw error is Mismatch
                ? error : Mismatch(expected: "every thread to come to its end", found: "\(error)")
        }
    }

    /// Lets a little of the transports' time pass, so that threads that were started get to where they block.
    ///
    /// Cases are right in either order; without the pause they would just see less.
    func pause(_ duration: Duration = .milliseconds(5)) throws {
        let idle = try idlePair.a
        _ = try idle.waitStep(for: .readable, until: idle.deadline(after: duration))
    }
}
