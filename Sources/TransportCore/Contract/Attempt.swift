/// What one attempt at a step came to, seen by whoever waits until the step can be done.
@usableFromInline
package protocol Attempt {
    /// What to wait for before the next attempt; nil when this one did something.
    var need: Need? { get }

    /// An attempt that did nothing.
    static func wouldBlock(_ need: Need) -> Self
}

extension ReceiveStep: Attempt {
    @inlinable package var need: Need? { if case .wouldBlock(let need) = self { need } else { nil } }
}

extension SendStep: Attempt {
    @inlinable package var need: Need? { if case .wouldBlock(let need) = self { need } else { nil } }
}

extension ProgressStep: Attempt {
    @inlinable package var need: Need? { if case .wouldBlock(let need) = self { need } else { nil } }
}

extension AcceptStep: Attempt {
    @inlinable package var need: Need? { if case .wouldBlock(let need) = self { need } else { nil } }
}

extension DatagramStep: Attempt {
    @inlinable package var need: Need? { if case .wouldBlock(let need) = self { need } else { nil } }
}

extension ReadinessSource {
    /// Tries a step and waits in turn, until the step did something or the deadline has passed.
    ///
    /// - Returns: What the last attempt came to; it has a need when the deadline passed.
    @inlinable @inline(__always)
    package func drive<Step: Attempt>(
        until deadline: Deadline, _ step: () throws(TransportError) -> Step
    ) throws(TransportError) -> Step {
        var waited = false  // readiness is a hint: one that is never true must not outlast the deadline
        while true {
            let result = try step()
            guard let need = result.need else { return result }
            guard try wait(for: need, until: deadline), !waited || !deadline.hasPassed(at: now) else { return result }
            waited = true
        }
    }

    /// Tries a step and suspends in turn, until the step did something or the deadline has passed.
    ///
    /// - Parameters:
    ///   - first: What the first attempt came to, where the caller has made it. The default is nothing.
    ///   - isGuess: Whether that is only what it would have come to, so that there is to be one in any case. The default is
    ///     no.
    /// - Returns: What the last attempt came to; it has a need when the deadline passed.
    @inlinable
    package func drive<Step: Attempt>(
        until deadline: Deadline, after first: Step? = nil, isGuess: Bool = false,
        _ step: () throws(TransportError) -> Step
    ) async throws(TransportError) -> Step {
        var waited = false  // as above
        var result = first
        var isLast = false
        // One place to try in and one to wait in: each has its own part of what is kept of a suspended task.
        while true {
            let last = if let result { result } else { try step() }
            guard let need = last.need, !isLast else { return last }
            if try await ready(for: need, until: deadline), !waited || !deadline.hasPassed(at: now) {
                waited = true
            } else {
                guard isGuess, !waited else { return last }
                isLast = true
            }
            result = nil
        }
    }
}
