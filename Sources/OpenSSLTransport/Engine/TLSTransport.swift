internal import COpenSSL
internal import Synchronization
public import TransportCore

/// TLS over any transport: sockets, the in-memory network, another TLS.
///
/// Usually made by a ``TLSBackend``, or by `startTLS` of a live connection. The handshake is done by
/// ``tryEstablish()``, or with the first bytes in either direction.
///
/// Bytes are encrypted in records of up to 16 KiB, and the records of one step are handed down together, so that 64 KiB
/// are one system call over sockets. Ciphertext that the transport below does not take at once is kept, 64 KiB of bytes
/// at most, and handed down by the next step of either direction; ``tryFlush()`` waits for that. Received ciphertext is
/// read ahead in pieces of up to 68 KiB.
///
/// The end is announced to the peer (`close_notify`) by ``tryShutdownWrite()``, after which receiving goes on, and by
/// ``tryFinish()``, which also awaits the peer's. An end that the peer has not announced is
/// ``/TransportCore/TransportError/Kind/truncated``, unless the settings say otherwise.
public final class TLSTransport<Lower: Transport>: TransportLayer {
    /// The family of the addresses.
    public typealias Family = Lower.Family

    /// The transport below. Bytes that are received or sent there directly break the connection.
    public let lower: Lower

    /// The state; held during steps, which never wait, and never while waiting.
    let state: SteppedState<TLSState>
    let isClosed = Atomic<Bool>(false)
    /// Whether an end that the peer has not announced is an error.
    let rejectsTruncation: Bool
    /// Memory for ciphertext.
    let pool: BufferPool

    /// Makes the client's end.
    ///
    /// - Parameters:
    ///   - lower: The transport to the server.
    ///   - configuration: How; made by ``TLSConfiguration/client(_:)``.
    ///   - serverName: The host that the server's certificate must be for, or its IP address; what is sent to the server
    ///     is this name, too, unless it is an address. Nil is only taken where the configuration verifies no name.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a name that is none, for a missing one, and for the
    ///   configuration of a server. Nothing has been sent then, and the transport is still the caller's.
    public convenience init(
        client lower: Lower, configuration: TLSConfiguration, serverName: String?
    ) throws(TransportError) {
        try self.init(
            client: lower, configuration: configuration,
            peerName: try serverName.map { (name) throws(TransportError) in try TLSPeerName(name) })
    }

    /// Makes the client's end for a server whose name has been read already.
    convenience init(
        client lower: Lower, configuration: TLSConfiguration, peerName: TLSPeerName?
    ) throws(TransportError) {
        try configuration.require(.client)
        let context = configuration.context
        if peerName == nil, context.settings.verification == .full {
            throw .invalidArgument(
                "a client needs the name of the server, to verify that its certificate is for that host",
                operation: .connect
            )
        }
        let engine = try TLSEngine(context: context, peerName: peerName)
        if let cache = context.sessionCache {
            engine.resume(Self.sessionKey(lower, host: peerName?.text, context), from: cache)
        }
        self.init(lower: lower, engine: engine)
    }

    /// What sessions with a server are good for.
    private static func sessionKey(_ lower: Lower, host: String?, _ context: TLSContext) -> TLSSessionKey {
        do throws(TransportError) {
            return TLSSessionKey(Family.self, try lower.remoteAddress, host: host, configuration: context.identifier)
        } catch {
            return TLSSessionKey(host: host, configuration: context.identifier)
        }
    }

    /// Makes the server's end.
    ///
    /// - Parameters:
    ///   - lower: The transport to the client.
    ///   - configuration: How; made by ``TLSConfiguration/server(identity:_:)``.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for the configuration of a client.
    public convenience init(server lower: Lower, configuration: TLSConfiguration) throws(TransportError) {
        try configuration.require(.server)
        self.init(lower: lower, engine: try TLSEngine(context: configuration.context, peerName: nil))
    }

    private init(lower: Lower, engine: TLSEngine) {
        self.lower = lower
        pool = engine.context.pool
        rejectsTruncation = engine.context.settings.missingCloseNotify == .reject
        state = SteppedState(TLSState(engine: engine), mayAsk: engine.context.settings.asksProgram)
    }

    /// Does a step, unless the transport is closed.
    @inline(__always)
    func step<Step: Attempt>(
        _ operation: TransportError.Operation, _ body: (inout TLSState) throws(TransportError) -> Step
    ) throws(TransportError) -> Step {
        if isClosed.load(ordering: .acquiring) { throw .closed(operation) }
        return try state.step(body)
    }

    // MARK: Passed on

    // Written out: what a protocol's extension does for a generic type looks up each time that it is one of the protocol.

    /// The clock of the transport below.
    public var now: Instant { lower.now }

    /// Hands the note to the transport below.
    public func take(_ note: OwnerNote) { lower.take(note) }

    // MARK: Ending without waiting

    /// Closes the transport below. Whoever waits there ends at once.
    ///
    /// A closure of the settings that is asked something at the moment is not waited for: its handshake ends when it returns.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return lower.close() }
        // In the midst of a handshake there is nothing of the program's to be lost.
        if let lost = state.unlessBusy({ $0.engine.output.count }), lost > 0 {
            lower.take(.outputLost(byteCount: lost))
        }
        lower.close()
    }

    /// Cuts the transport below.
    public func abort() {
        isClosed.store(true, ordering: .releasing)
        lower.abort()
    }
}
