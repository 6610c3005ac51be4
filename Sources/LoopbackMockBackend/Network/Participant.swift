/// One of those who take turns in a network: the test, a thread, or the tasks together.
final class Participant {
    enum Kind: Equatable {
        /// Every thread and task that the network does not know: it cannot tell them apart, nor see them end.
        case test
        /// A thread that the network has started.
        case thread(Int)
        /// The tasks of ``LoopbackNetwork/run(_:)``, which share one thread.
        case tasks
    }

    // Looked at by every wait; each access ends before the next one begins.
    let kind: Kind
    /// It is among those who could go on.
    @exclusivity(unchecked) var isQueued = false
    /// It has ended, or could not be started.
    @exclusivity(unchecked) var isGone = false
    /// Whom to wake when it is its turn, and with it others.
    @exclusivity(unchecked) var sleeper: Waiter?

    init(_ kind: Kind) { self.kind = kind }

    var name: String {
        switch kind {
        case .test: "the test"
        case .thread(let number): "thread \(number)"
        case .tasks: "a task"
        }
    }
}
