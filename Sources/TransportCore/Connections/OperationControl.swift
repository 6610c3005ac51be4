/// What connections, listeners and datagram sockets share: one operation per direction, the mode, and the observer.
///
/// Every operation passes here on its way in and out; tracing, counting and hygiene reports hang on it.
@usableFromInline
struct OperationControl: ~Copyable, Sendable {
    @usableFromInline let gate = OperationGate()
    /// Who still needs the object.
    @usableFromInline let shares = ConnectionShares()
    @usableFromInline let mode: ModeCell
    /// The observer, out of line: nearly nobody has one, and one word is quick to look at.
    @usableFromInline let observation: Observation?
    let origin: SourceSite
    /// The type of the transport, for reports.
    let layer: any Any.Type

    init(mode: IOMode, observer: (any OperationObserver)?, origin: SourceSite, layer: any Any.Type) {
        self.mode = ModeCell(mode)
        self.observation = observer.map(Observation.init)
        self.origin = origin
        self.layer = layer
    }

    /// Whether there is an observer.
    @inlinable var isObserved: Bool { observation != nil }

    var observer: (any OperationObserver)? { observation?.observer }

    @inlinable var isClosed: Bool { gate.state.contains(.closed) }

    @inlinable
    func ensureOpen(_ operation: TransportError.Operation) throws(TransportError) {
        if isClosed { throw .closed(operation) }
    }

    /// Works out how long a call may wait. Being closed comes first, then the deadline, then everything else.
    @inlinable
    func limit(
        _ timeout: Duration?, _ deadline: Deadline?, _ operation: TransportError.Operation, clock: some TimeSource
    ) throws(TransportError) -> WaitLimit {
        try ensureOpen(operation)
        return try mode.limit(timeout: timeout, deadline: deadline, clock: clock, operation: operation)
    }

    /// Works out how long a call of a task may wait, like ``limit(_:_:_:clock:)``. The call of a task that was cancelled
    /// has no effect, whatever there is to be had.
    @inlinable
    func taskLimit(
        _ timeout: Duration?, _ deadline: Deadline?, _ operation: TransportError.Operation, clock: some TimeSource
    ) throws(TransportError) -> WaitLimit {
        try ensureOpen(operation)
        try checkCancellation(operation)
        return try mode.limit(timeout: timeout, deadline: deadline, clock: clock, operation: operation)
    }

    /// Throws when the present task was cancelled.
    @inlinable
    func checkCancellation(_ operation: TransportError.Operation) throws(TransportError) {
        if PresentTask.isCancelled { throw .cancelled(operation) }
    }

    /// Works out how long a wait may take that is no operation of its own: with a deadline that has passed, it asks for
    /// the present state.
    func waitDeadline(
        _ timeout: Duration?, _ deadline: Deadline?, clock: some TimeSource
    ) throws(TransportError) -> Deadline {
        try ensureOpen(.wait)
        do throws(TransportError) {
            return try mode.limit(timeout: timeout, deadline: deadline, clock: clock, operation: .wait).deadline
        } catch {
            // Learnt from the error, not asked before: the deadline could pass between two looks at the clock.
            guard error.kind == .timedOut else { throw error }
            _ = try timeout?.checkedTimeoutNanoseconds(.wait)
            return .passed
        }
    }

    /// The deadline of a wait of a task, like ``waitDeadline(_:_:clock:)``.
    func taskWaitDeadline(
        _ timeout: Duration?, _ deadline: Deadline?, clock: some TimeSource
    ) throws(TransportError) -> Deadline {
        try ensureOpen(.wait)  // being closed comes before being cancelled
        try checkCancellation(.wait)
        return try waitDeadline(timeout, deadline, clock: clock)
    }

    /// Throws when a wait would have nothing to wait for.
    func checkInterest(_ interest: Need.Interest) throws(TransportError) {
        guard interest.isEmpty else { return }
        throw .invalidArgument(
            "a wait for nothing would never end: give .readable, .writable or both", operation: .wait
        )
    }

    /// Reports an operation that takes no direction, before and after it.
    func observing<Result>(
        _ operation: TransportError.Operation, of owner: AnyObject, _ body: () throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        guard isObserved else { return try body() }
        willBegin(operation, of: owner)
        do throws(TransportError) {
            let result = try body()
            didEnd(operation, of: owner, .done(bytes: 0))
            return result
        } catch {
            didEnd(operation, of: owner, .failed(error))
            throw error
        }
    }

    /// Reports an operation of a task that takes no direction, before and after it.
    func observing<Result>(
        _ operation: TransportError.Operation, of owner: AnyObject,
        _ body: () async throws(TransportError) -> Result
    ) async throws(TransportError) -> Result {
        guard isObserved else { return try await body() }
        willBegin(operation, of: owner)
        do throws(TransportError) {
            let result = try await body()
            didEnd(operation, of: owner, .done(bytes: 0))
            return result
        } catch {
            didEnd(operation, of: owner, .failed(error))
            throw error
        }
    }

    /// Takes a direction for an operation.
    ///
    /// - Returns: What keeps the operation out; empty when it may go on, and then ``end(_:_:of:isActivity:_:)`` must follow.
    @inlinable
    func begin(
        _ direction: OperationGate.State, unless obstacles: OperationGate.State = .closed,
        _ operation: TransportError.Operation, of owner: AnyObject
    ) -> OperationGate.State {
        let found = gate.enter(direction, unless: obstacles)
        if isObserved, found.isEmpty { willBegin(operation, of: owner) }
        return found
    }

    /// Gives a direction back and reports what the operation came to.
    ///
    /// - Parameter isActivity: Whether the operation has done something, so that its object is not idle. The default is
    ///   true.
    @inlinable
    func end(
        _ direction: OperationGate.State, _ operation: TransportError.Operation, of owner: AnyObject,
        isActivity: Bool = true, _ outcome: @autoclosure () -> OperationOutcome
    ) {
        if isActivity { gate.leaveHavingDone(direction) } else { gate.leave(direction) }
        if isObserved { didEnd(operation, of: owner, outcome()) }
    }

    /// Reports an operation that is about to begin.
    ///
    /// Never inlined: what it needs for that would be a part of every suspended task.
    @usableFromInline @inline(never)
    func willBegin(_ operation: TransportError.Operation, of owner: AnyObject) {
        observer?.operationWillBegin(operation, on: subject(owner))
    }

    /// Reports what an operation came to.
    @usableFromInline @inline(never)
    func didEnd(_ operation: TransportError.Operation, of owner: AnyObject, _ outcome: OperationOutcome) {
        observer?.operationDidEnd(operation, on: subject(owner), outcome: outcome)
    }

    /// The error for a direction that is taken, or for an object that is closed.
    @usableFromInline
    func refusal(_ found: OperationGate.State, _ operation: TransportError.Operation) -> TransportError {
        if found.contains(.closed) { return .closed(operation) }
        return TransportError(.busy, operation: operation).with(
            message: "another operation is \(found.contains(.sending) ? "sending" : "receiving") on this object"
        )
    }

    /// Marks the object closed.
    ///
    /// - Returns: Whether this was the first time.
    func close() -> Bool { !gate.set(.closed).contains(.closed) }

    /// To be called when the owner goes away.
    ///
    /// - Returns: Whether the owner was never closed and its transport has to be closed now.
    func ownerWasDropped(_ owner: AnyObject) -> Bool {
        guard close() else { return false }
        observer?.droppedWithoutClosing(subject(owner))
        return true
    }

    private func subject(_ owner: AnyObject) -> ObservedSubject {
        ObservedSubject(identifier: ObjectIdentifier(owner), layer: "\(layer)", origin: origin)
    }
}

/// Who observes an object.
@usableFromInline
final class Observation: Sendable {
    let observer: any OperationObserver

    init(_ observer: any OperationObserver) { self.observer = observer }
}
