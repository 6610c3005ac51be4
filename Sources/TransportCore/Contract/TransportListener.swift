/// A source of incoming connections, as a backend provides it. Programs use ``Listener``.
///
/// The rules of ``Transport`` hold here too: steps never wait, and ``close()`` wakes whoever waits.
public protocol TransportListener<Accepted>: ReadinessSource, OptionHolder, Owned, Described {
    /// The type of the connections.
    associatedtype Accepted: Transport

    /// Takes a connection from the queue.
    ///
    /// Connections that failed while they were queued are passed over silently.
    ///
    /// - Throws: ``TransportError/Kind/tooManyOpenFiles`` and ``TransportError/Kind/outOfResources`` when there is no
    ///   room for one more (the connection stays queued; close something and call again),
    ///   ``TransportError/Kind/closed`` after ``close()``, or after ``stopAccepting()`` when the queue is empty.
    func tryAccept() throws(TransportError) -> AcceptStep<Accepted>

    /// Takes a connection from the queue, waiting for one until a deadline. The default tries and waits in turn.
    ///
    /// - Returns: ``AcceptStep/wouldBlock(_:)`` when the deadline passed.
    func accept(until deadline: Deadline) throws(TransportError) -> AcceptStep<Accepted>

    /// Takes no further connections; those that are queued can still be accepted.
    ///
    /// Peers that connect from now on are refused.
    ///
    /// - Throws: The system's error when queued connections could not be kept.
    func stopAccepting() throws(TransportError)

    /// Releases the listener; queued connections are cut. Never waits, never fails, and may be repeated.
    func close()

    /// The address that is listened on, with the real port where port 0 was asked for.
    var localAddress: Accepted.Family.SocketAddress { get throws(TransportError) }

    /// How the listener behaves where listeners differ.
    var facts: TransportFacts { get }

    /// Answers a question about the listener, or nil when it has no answer. The default has none.
    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value?
}

extension TransportListener {
    /// Tries and waits in turn.
    public func accept(until deadline: Deadline) throws(TransportError) -> AcceptStep<Accepted> {
        try drive(until: deadline) { () throws(TransportError) in try tryAccept() }
    }

    /// Has no answers.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { nil }
}
