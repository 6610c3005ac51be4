/// An endpoint for datagrams, as a backend provides it. Programs use ``DatagramSocket``.
///
/// The rules of ``Transport`` hold here too: steps never wait, and ``close()`` wakes whoever waits. Datagrams differ
/// from streams: there is no end, an empty datagram is a datagram, and what does not fit the buffer is lost and said to
/// be lost.
public protocol DatagramTransport<Family>: ReadinessSource, OptionHolder, Owned, Described {
    /// The family of the addresses.
    associatedtype Family: AddressFamily

    /// Receives one datagram.
    ///
    /// - Throws: ``TransportError/Kind/connectionRefused`` when an earlier datagram of a connected socket found nobody;
    ///   the socket stays usable. ``TransportError/Kind/closed`` after ``close()``.
    func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress>

    /// Sends one datagram, whole.
    ///
    /// - Parameters:
    ///   - bytes: The datagram; may be empty.
    ///   - address: Where it goes, or nil to send it to the peer of a connected socket.
    /// - Throws: ``TransportError/Kind/messageTooLarge``, ``TransportError/Kind/notConnected`` when there is neither an
    ///   address nor a peer, ``TransportError/Kind/connectionRefused`` as for receiving; the socket stays usable.
    func trySend(_ bytes: RawSpan, to address: Family.SocketAddress?) throws(TransportError) -> SendStep

    /// Chooses the peer: datagrams go there by default, and only those that come from there are received.
    ///
    /// - Parameter address: The peer, or nil to have none again.
    func connect(to address: Family.SocketAddress?) throws(TransportError)

    /// Receives one datagram, waiting until a deadline. The default tries and waits in turn.
    func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress>

    /// Sends one datagram, waiting for room until a deadline. The default tries and waits in turn.
    func send(
        _ bytes: RawSpan, to address: Family.SocketAddress?, until deadline: Deadline
    ) throws(TransportError) -> SendStep

    /// Receives datagrams into what room a batch has: as many as are there. The default receives one by one.
    ///
    /// - Returns: How many, or that there is none. An error that comes after some is for the next attempt.
    func tryReceive(into batch: inout DatagramBatch<Family.SocketAddress>) throws(TransportError) -> ReceiveStep

    /// Sends datagrams of a batch that have not been sent, in order: as many as there is room for. The default sends one
    /// by one.
    ///
    /// - Returns: How many, or that there is no room for the first. An error that comes after some is for the next
    ///   attempt, which meets it again.
    func trySend(_ batch: inout DatagramBatch<Family.SocketAddress>) throws(TransportError) -> SendStep

    /// Receives datagrams into a batch, waiting for the first until a deadline. The default tries and waits in turn.
    func receive(
        into batch: inout DatagramBatch<Family.SocketAddress>, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep

    /// Releases the endpoint. Never waits, never fails, and may be repeated.
    func close()

    /// The address of this end.
    var localAddress: Family.SocketAddress { get throws(TransportError) }

    /// The address of the peer of a connected socket.
    var remoteAddress: Family.SocketAddress { get throws(TransportError) }

    /// How the endpoint behaves where endpoints differ.
    var facts: TransportFacts { get }

    /// Answers a question about the endpoint, or nil when it has no answer. The default has none.
    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value?
}

extension DatagramTransport {
    /// Tries and waits in turn.
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        try drive(until: deadline) { () throws(TransportError) in try tryReceive(into: &buffer) }
    }

    /// Tries and waits in turn.
    public func send(
        _ bytes: RawSpan, to address: Family.SocketAddress?, until deadline: Deadline
    ) throws(TransportError) -> SendStep {
        try drive(until: deadline) { () throws(TransportError) in try trySend(bytes, to: address) }
    }

    /// Has no answers.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { nil }
}
