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

    /// Takes note that this is so for no task any more.
    func trustNoTask()
}

extension Connection {
    /// Takes note that the present task is never cancelled without the connection being closed or cut, as long as the
    /// connection is this one.
    package func trustPresentTask() { query(WaitingPlaceKey.self)?.trustPresentTask() }

    /// To be called when another connection takes this one's place, of which whoever would close this one knows nothing.
    func trustNoTask() { query(WaitingPlaceKey.self)?.trustNoTask() }
}
