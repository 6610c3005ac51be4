internal import Synchronization
public import TransportCore

/// What a transport keeps under its lock, where a step may ask the program something: whether a certificate is to be
/// accepted, which identity to show.
///
/// libssl asks in the midst of a step, with the lock held, and a closure of the program may take its time, or close the very
/// connection. So nobody waits for the lock while there may be such questions: a step that finds another one under way would
/// block, until the other one has ended. Where there are none, or none any more, it is a plain lock, which is held for as
/// long as a step takes.
@usableFromInline
struct SteppedState<Value>: ~Copyable, Sendable {
    @usableFromInline let value: Locked<Value>
    /// What those wait for who have found another step under way.
    private let end = Locked<WakeEvent?>(nil)
    private let asks: Atomic<Bool>

    /// Makes a state.
    ///
    /// - Parameter mayAsk: Whether steps may ask the program.
    init(_ value: Value, mayAsk: Bool) {
        self.value = Locked(value)
        asks = Atomic(mayAsk)
    }

    @usableFromInline var mayAsk: Bool { asks.load(ordering: .acquiring) }

    /// Takes note that steps ask the program nothing any more.
    func stopAsking() { asks.store(false, ordering: .releasing) }

    /// Does something with the value, after whatever is under way. For what does not happen while the program is asked, or
    /// may wait for it.
    @inlinable @inline(__always)
    func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard mayAsk else { return try value.withLock(body) }
        defer { stepHasEnded() }
        return try value.withLock(body)
    }

    /// Does something with the value, unless a step is under way that may have asked the program: nil then.
    @discardableResult @inlinable @inline(__always)
    func unlessBusy<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        mayAsk ? try whileFree(body) : try value.withLock(body)
    }

    @usableFromInline
    func whileFree<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        var isFree = false
        defer { if isFree { stepHasEnded() } }
        return try value.withLockIfFree { (value) throws(Failure) in
            isFree = true
            return try body(&value)
        }
    }

    /// Does a step.
    @inlinable @inline(__always)
    func step<Step: Attempt>(
        _ body: (inout Value) throws(TransportError) -> Step
    ) throws(TransportError) -> Step {
        try unlessBusy(body) ?? .wouldBlock(.untilFree)
    }

    /// What to wait for when a step is under way: an event that is set when it has ended. Nil when none is, or none any more.
    func awaitedEnd() -> WakeEvent? {
        guard mayAsk else { return nil }
        let event = end.withLock { end in
            let event = end ?? WakeEvent()
            end = event
            return event
        }
        // Who was at it may have ended before it could know of the event. And steps that begin when nobody is asked any more
        // do not look for one.
        return whileFree { _ in } == nil && mayAsk ? event : nil
    }

    @usableFromInline
    func stepHasEnded() {
        let event = end.withLock { end in
            defer { end = nil }
            return end
        }
        event?.set()
    }
}
