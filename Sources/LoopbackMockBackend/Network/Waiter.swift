internal import CThreads
internal import TransportCore

/// Somebody who is blocked in a network until something is ready or a time has come.
///
/// A waiter is used again and again: waiting allocates nothing in the long run. Touched only with the network's lock
/// held, except for `condition`, which waits with that lock, and `continuation`, which is resumed once for each wait.
///
/// What every wait looks at is exempt from the check for overlapping accesses, as in ``NetworkEngine``.
final class Waiter: NetworkTimer {
    /// Why a waiter goes on.
    enum Outcome {
        case ready
        case timedOut
        case failed(TransportError)
    }

    /// How a task that is blocked goes on.
    enum Continuation {
        /// It is told how its wait has ended. For tasks that are resumed by the thread that they run on.
        case told(UnsafeContinuation<Swift.Result<Bool, TransportError>, Never>)
        /// It looks that up: the thread sanitizer does not see that a continuation hands something to another thread.
        case plain(UnsafeContinuation<Void, Never>)
    }

    /// Who is blocked.
    @exclusivity(unchecked) var participant: Participant
    /// What it waits for; nil when it waits for a time only.
    @exclusivity(unchecked) var subject: (any Waitable)?
    /// What about the subject it waits for.
    @exclusivity(unchecked) var wish = Wish()
    /// What else it waits for, any of which is enough.
    @exclusivity(unchecked) var others: [(subject: any Waitable, wish: Wish)] = []
    /// Where it is among everyone who is blocked; nil when it is not blocked.
    @exclusivity(unchecked) var blockedIndex: Int?
    @exclusivity(unchecked) var outcome: Outcome?
    /// Its thread may go on.
    @exclusivity(unchecked) var isLetGo = false
    /// Who else goes on when it is the same participant's turn; only the test can be several.
    @exclusivity(unchecked) var next: Waiter?
    /// How a task goes on; nil for a thread, which sleeps until it is woken.
    @exclusivity(unchecked) var continuation: Continuation?
    /// Which wait of a task it is used for; 0 for none. A task that is cancelled late must not end the wait of another.
    @exclusivity(unchecked) var ticket: UInt64 = 0
    /// The latest wait whose task was cancelled, maybe before it waited.
    @exclusivity(unchecked) var cancelledTicket: UInt64 = 0

    /// How many times in a row its thread has slept for long while nothing at all happened.
    @exclusivity(unchecked) var sleptInVain: Int64 = 0

    private let condition = cthreads_condition_create()

    init(_ participant: Participant) { self.participant = participant }

    deinit { cthreads_condition_destroy(condition) }

    /// The time it waits for has come.
    override func fire(_ engine: NetworkEngine) { engine.resume(self, .timedOut) }

    /// What it waits for, in words.
    var description: String {
        guard let subject else { return "a time" }
        return ([subject.describe(wish)] + others.map { $0.subject.describe($0.wish) }).joined(separator: ", or for ")
    }

    /// Whether a subject, which is one of those it waits for, has what it waits for.
    @inline(__always)
    func isSatisfied(by subject: some Waitable) -> Bool {
        others.isEmpty
            ? subject.isReady(wish)
            : self.subject?.isReady(wish) ?? false || others.contains { $0.subject.isReady($0.wish) }
    }

    /// Whether a subject was closed by whoever waits.
    var isClosed: Bool {
        subject?.isClosed(wish) ?? false || others.contains { $0.subject.isClosed($0.wish) }
    }

    /// Sleeps until it is woken, maybe for nothing; the lock is held before and after.
    func sleep(_ lock: OpaquePointer) { cthreads_condition_wait(condition, lock) }

    /// Sleeps until it is woken or a time of the machine's clock has come; false when that has.
    @discardableResult
    func sleep(_ lock: OpaquePointer, until time: Int64) -> Bool {
        cthreads_condition_wait_until(condition, lock, time)
    }

    /// Wakes the thread that sleeps.
    func wake() { cthreads_condition_signal(condition) }
}

extension [Waiter] {
    /// Takes out a waiter, if it is in: mostly it is alone.
    mutating func remove(_ waiter: Waiter) {
        if let index = firstIndex(where: { $0 === waiter }) { remove(at: index) }
    }
}

/// What somebody waits for at a subject.
struct Wish {
    /// Which of its sides, where it has several.
    var side = 0
    /// Which readiness, where there are several.
    var interest: Need.Interest = []
}

/// Something in a network that can be waited for.
protocol Waitable: AnyObject {
    /// Those who wait for it, in the order in which they came.
    var waiters: [Waiter] { get set }

    /// Whether a wish is fulfilled.
    func isReady(_ wish: Wish) -> Bool

    /// Whether what was wished for will never be, because whoever wished it has closed it.
    func isClosed(_ wish: Wish) -> Bool

    /// What a wish is, in words, for the report of a deadlock.
    func describe(_ wish: Wish) -> String

    /// What is usually wrong when everyone waits for ever, and somebody for this; nil when there is nothing to say.
    func explainDeadlock() -> String?

    /// Somebody is going to wait with no end in sight.
    func waitsWithoutDeadline(_ wish: Wish)

    /// The error with which a wait that is about to begin fails because of a fault, or nil.
    func failure(ofWaitingFor wish: Wish, until deadline: Deadline, _ engine: NetworkEngine) -> TransportError?
}

extension Waitable {
    /// Nothing to be said about it.
    func waitsWithoutDeadline(_ wish: Wish) {}

    func explainDeadlock() -> String? { nil }

    func isClosed(_ wish: Wish) -> Bool { false }
    func failure(ofWaitingFor wish: Wish, until deadline: Deadline, _ engine: NetworkEngine) -> TransportError? { nil }
}
