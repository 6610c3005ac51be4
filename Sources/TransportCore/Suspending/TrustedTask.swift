/// Asks what tasks wait with at the lowest transport.
package enum WaitingPlaceKey: MetadataKey {
    package typealias Value = any WaitingPlace
}

/// What tasks wait with at the lowest transport.
///
/// A task that waits has to be told of its being cancelled, and arranging that costs half of the wait. It is not needed for a
/// task of which it is known that whoever cancels it closes the transport at once, which wakes it, too.
package protocol WaitingPlace: Sendable {
    /// Takes note that the present task is never cancelled without the transport being closed.
    func trustPresentTask()

    /// Takes note of the connection that the task uses, as which nothing but the nearness of its memory depends.
    func note(connection: AnyObject)

    /// Takes note that this is so for no task any more.
    func trustNoTask()

    /// Has this thread wake those who wait here, if it is one that wakes tasks, and nobody has waited yet.
    func settleHere()

    /// Whether the present code runs on the thread that wakes those who wait here, and tasks that prefer no executor go on
    /// there.
    var isOnWakingThread: Bool { get }

    /// Has the present task, which prefers no executor, go on at the thread that wakes those who wait here, after whatever
    /// else is to be done there.
    func goToWakingThread() async
}

extension Connection {
    /// Takes note that the present task is never cancelled without the connection being closed or cut, as long as the
    /// connection is this one.
    ///
    /// Whoever waits is woken by this thread, if it is one that wakes tasks.
    package func trustPresentTask() {
        guard let place = query(WaitingPlaceKey.self) else { return }
        place.settleHere()
        place.trustPresentTask()
        place.note(connection: self)
    }

    /// To be called when another connection takes this one's place, of which whoever would close this one knows nothing.
    func trustNoTask() { query(WaitingPlaceKey.self)?.trustNoTask() }
}
