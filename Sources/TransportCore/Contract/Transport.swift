/// A connected byte stream: the one protocol that a backend for streams must implement.
///
/// Its operations are *steps*: each does what can be done at once and returns, saying what would let it go on if that
/// was not everything. Blocking, timed, nonblocking and asynchronous behaviour are written once, above the steps, in
/// ``Connection``; a backend never has to think about modes.
///
/// What an implementation must keep:
/// - A step never waits. The two waits, `ReadinessSource.wait(for:until:)` and `ReadinessSource.ready(for:until:)`,
///   are the only calls that do, besides the combined forms that take a deadline.
/// - One reader and one writer may be active at the same time, and ``close()`` and ``abort()`` may be called at any time,
///   from any thread. A pending operation then ends at once with ``TransportError/Kind/closed``.
/// - The end of the stream is ``ReceiveStep/endOfStream``, never an error and never a count of 0.
/// - The caller's memory is not touched after a call has returned.
///
/// Program against ``Connection``; use the steps themselves to write layers and backends.
public protocol Transport<Family>: ReadinessSource, OptionHolder, Owned, Described {
    /// The family of the addresses of the two ends.
    associatedtype Family: AddressFamily

    // MARK: Steps

    /// Goes on establishing the connection: finishes a connect that is under way, performs a handshake.
    ///
    /// Calling it again after it is done costs nothing and is done again. The default is done at once.
    ///
    /// - Throws: The failure of the connection attempt, such as ``TransportError/Kind/connectionRefused``.
    func tryEstablish() throws(TransportError) -> ProgressStep

    /// Receives what is there, into the free capacity of a buffer.
    ///
    /// - Throws: ``TransportError/Kind/connectionReset`` and other ends of the connection,
    ///   ``TransportError/Kind/closed`` after ``close()``.
    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep

    /// Sends as much as there is room for now.
    ///
    /// - Throws: ``TransportError/Kind/brokenPipe``, ``TransportError/Kind/connectionReset`` and other ends of the
    ///   connection, ``TransportError/Kind/closed`` after ``close()``.
    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep

    /// Receives into several buffers, in order. The default fills only the first that has room.
    func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep

    /// Sends several runs of bytes, in order, as one. The default sends only the first that is not empty.
    func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep

    /// Sends from a file as much as there is room for now, without reading it into the program.
    ///
    /// Not forwarded by ``TransportLayer``: it would send the file past the layer.
    ///
    /// - Parameters:
    ///   - descriptor: The file's descriptor.
    ///   - offset: The place of the first byte.
    ///   - count: How many bytes at most, 1 or more.
    /// - Returns: How many bytes were taken, 0 at the file's end; nil, the default, when the transport cannot do this, or
    ///   not with this file: then it is read and sent.
    func trySendFile(_ descriptor: Int32, at offset: Int64, count: Int) throws(TransportError) -> SendStep?

    /// Hands bytes that were accepted to the lower transport. The default is done at once.
    func tryFlush() throws(TransportError) -> ProgressStep

    /// Ends the sending direction after everything that was sent; receiving goes on.
    ///
    /// Done again when repeated, and when the peer is gone already.
    ///
    /// - Throws: ``TransportError/Kind/unsupported`` without the fact ``TransportFacts/halfClose``.
    func tryShutdownWrite() throws(TransportError) -> ProgressStep

    /// Ends the connection in the way its protocol asks for, where that takes more than closing: a TLS transport sends
    /// its `close_notify` and awaits the peer's. The default flushes.
    func tryFinish() throws(TransportError) -> ProgressStep

    // MARK: Step and wait in one

    /// Receives what is there, waiting for something until a deadline.
    ///
    /// The default tries and waits in turn. A transport overrides it where the system has one call for both.
    ///
    /// - Returns: ``ReceiveStep/wouldBlock(_:)`` when the deadline passed.
    func receive(into buffer: inout OutputRawSpan, until deadline: Deadline) throws(TransportError) -> ReceiveStep

    /// Sends what there is room for, waiting for some until a deadline. Like ``receive(into:until:)``.
    func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep

    // MARK: Ending

    /// Releases the connection. Never waits, never fails, and may be repeated.
    ///
    /// What the system has accepted it still delivers, except where the transport documents otherwise. Every pending
    /// operation ends at once with ``TransportError/Kind/closed``, as does every later one.
    func close()

    /// Cuts the connection: nothing more is delivered, and the peer sees a reset where there is such a thing.
    ///
    /// Otherwise like ``close()``, which is also the default.
    func abort()

    // MARK: Knowledge

    /// The address of this end.
    var localAddress: Family.SocketAddress { get throws(TransportError) }

    /// The address of the peer.
    var remoteAddress: Family.SocketAddress { get throws(TransportError) }

    /// How the transport behaves where transports differ.
    var facts: TransportFacts { get }

    /// Whether received bytes are already held here, so that a step will give some although the lower transport is
    /// silent. The default is false.
    var hasBufferedInput: Bool { get }

    /// Answers a question about the transport, or nil when it has no answer. The default has none.
    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value?
}
