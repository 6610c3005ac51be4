import TransportCore

// Transports that wait in the wrong way.

/// Waits as long as it takes.
struct IgnoresDeadlines<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try lower.wait(for: need, until: deadline == .passed ? .passed : .never)
    }
}

/// Gives up after half the time.
struct GivesUpEarly<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let left = deadline.remaining(at: now).map { $0 / 2 }
        return try lower.wait(for: need, until: left.map { .at(now.advanced(by: $0)) } ?? .never)
    }
}

/// Is broken after a timeout.
final class IsPoisonedByATimeout<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let isPoisoned = Locked(false)

    init(lower: Lower) { self.lower = lower }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        if isPoisoned.withLock({ $0 }) { throw TransportError(.peerUnresponsive, operation: .receive) }
        return try lower.tryReceive(into: &buffer)
    }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let isReady = try lower.wait(for: need, until: deadline)
        if !isReady { isPoisoned.withLock { $0 = true } }
        return isReady
    }
}

/// Takes the deadline of the first wait for that of every later one.
final class KeepsTheFirstDeadline<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let first = Locked<Deadline?>(nil)

    init(lower: Lower) { self.lower = lower }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let kept = first.withLock { first in
            if first == nil, deadline != .never { first = deadline }
            return first ?? .never
        }
        return try lower.wait(for: need, until: min(kept, deadline))
    }
}

/// Says "ready" whenever it is asked to wait.
struct IsAlwaysReady<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool { true }
}

/// Names the wrong direction as what a receive needs.
struct NamesTheWrongNeed<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let step = try lower.tryReceive(into: &buffer)
        if case .wouldBlock = step { return .wouldBlock(.writable) }
        return step
    }
}

/// Names nothing that could be waited for.
struct NamesNoNeed<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let step = try lower.tryReceive(into: &buffer)
        if case .wouldBlock = step { return .wouldBlock(Need([])) }
        return step
    }
}

/// Would block for ever after it would have blocked once.
final class BlocksForGood<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let isStuck = Locked(false)

    init(lower: Lower) { self.lower = lower }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        if isStuck.withLock({ $0 }) { return .wouldBlock(.readable) }
        let step = try lower.tryReceive(into: &buffer)
        if case .wouldBlock = step { isStuck.withLock { $0 = true } }
        return step
    }
}

/// Waits in a step.
struct WaitsInASendStep<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep { try lower.send(bytes, until: .never) }
}

/// Says "not ready" in place of being closed.
struct WaitsInVainWhenClosed<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        (try? lower.wait(for: need, until: deadline)) ?? false
    }
}

/// Takes being cancelled for being ready.
struct IsReadyWhenCancelled<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        do throws(TransportError) {
            return try await lower.ready(for: need, until: deadline)
        } catch {
            if error.kind != .cancelled { throw error }
            return true
        }
    }
}

/// Closes when a wait is cancelled.
struct ClosesWhenCancelled<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        do throws(TransportError) {
            return try await lower.ready(for: need, until: deadline)
        } catch {
            lower.close()
            throw error
        }
    }
}

/// Suspends tasks as long as it takes.
struct IgnoresDeadlinesInTasks<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await lower.ready(for: need, until: deadline == .passed ? .passed : .never)
    }
}

/// Does not close while a task is suspended.
final class ClosesWithoutWakingTasks<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let waiting = Locked(0)

    init(lower: Lower) { self.lower = lower }

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        waiting.withLock { $0 += 1 }
        defer { waiting.withLock { $0 -= 1 } }
        return try await lower.ready(for: need, until: deadline)
    }

    func close() {
        if waiting.withLock({ $0 == 0 }) { lower.close() }
    }
}
