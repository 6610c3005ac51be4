internal import TransportCore

/// Somebody who is blocked in the network until something is ready or a time has come.
///
/// Used with the network's lock held, except for `continuation`, which is resumed once.
final class Waiter {
    /// Why a waiter goes on.
    enum Outcome {
        case ready
        case timedOut
        case failed(TransportError)
    }

    /// Who is blocked: the number of a participant, 0 for the test itself.
    let participant: UInt64

    /// Under which condition it goes on.
    let isReady: () -> Bool

    /// What it waits for, in words, for the report of a deadlock.
    let description: () -> String

    /// How a task is resumed; a thread looks at `outcome`.
    let continuation: CheckedContinuation<Outcome, Never>?

    var outcome: Outcome?

    init(
        participant: UInt64, continuation: CheckedContinuation<Outcome, Never>? = nil,
        isReady: @escaping () -> Bool, description: @escaping () -> String
    ) {
        self.participant = participant
        self.continuation = continuation
        self.isReady = isReady
        self.description = description
    }
}
