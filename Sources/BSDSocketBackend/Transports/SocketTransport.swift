public import TransportCore

/// A stream over a socket of the system: TCP, or a Unix stream.
///
/// Comes from a ``SocketBackend``. The descriptor is blocking; a step that must not wait says so per call
/// (`MSG_DONTWAIT`), so that descriptors that are shared with other programs are not disturbed.
public final class SocketTransport<Family: SocketFamily>: Transport {
    /// The owner of the descriptor.
    public let handle: SocketHandle

    /// Where the connection goes or comes from, known without asking the system.
    private let peer: Family.SocketAddress

    /// How far connecting has come.
    private let connecting: ConnectProgress

    init(_ handle: SocketHandle, peer: Family.SocketAddress, connecting: consuming ConnectProgress = ConnectProgress())
    {
        self.handle = handle
        self.peer = peer
        self.connecting = connecting
    }

    // MARK: Steps

    /// Goes on connecting.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        guard connecting.isUnderWay else { return .done }
        return try handle.use(.connect) { (descriptor) throws(TransportError) in
            try connecting.advance(handle, descriptor, to: Family.bytes(of: peer), named: peer)
        }
    }

    /// Receives what is there. One system call.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        try handle.tryReceive(into: &buffer)
    }

    /// Sends as much as there is room for. One system call.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep { try handle.trySend(bytes) }

    /// Receives into several buffers. One system call.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        try handle.tryReceive(scatteringInto: segments)
    }

    /// Sends several runs of bytes. One system call.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        try handle.trySend(gathering: segments)
    }

    /// Ends the sending direction. One system call.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep { try handle.shutdownWrite() }

    // MARK: Waiting

    /// Blocks until a need may be met. One system call.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try handle.wait(for: need, until: deadline)
    }

    /// Suspends until a need may be met.
    public func ready(for need: Need) async throws(TransportError) {
        try await ReadinessPoller.shared.ready(handle, for: need)
    }

    /// Receives, waiting until a deadline. One system call without a deadline; with one, it waits first: two.
    public func receive(into buffer: inout OutputRawSpan, until deadline: Deadline) throws(TransportError)
        -> ReceiveStep
    {
        try handle.receive(into: &buffer, until: deadline)
    }

    /// Sends, waiting for room until a deadline. One system call while there is room, whatever the deadline.
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        try handle.send(bytes, until: deadline)
    }

    // MARK: Ending

    /// Closes the descriptor, or has the last user close it.
    public func close() { handle.close() }

    /// Closes with `SO_LINGER` on and zero: TCP sends a reset; a Unix peer just sees the end. Two system calls.
    public func abort() { handle.abort() }

    // MARK: Knowledge

    /// The address of this end. One system call.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) { try handle.localAddress(Family.self) }
    }

    /// The address of the peer, also after closing. No system call.
    ///
    /// - Throws: ``TransportError/Kind/notConnected`` until the connection is established.
    public var remoteAddress: Family.SocketAddress {
        get throws(TransportError) {
            if connecting.isUnderWay { throw TransportError(.notConnected, operation: .getAddress) }
            return peer
        }
    }

    /// Half-close, vectored calls, a descriptor; for TCP a visible abort, for Unix streams an early broken pipe.
    public var facts: TransportFacts {
        let common: TransportFacts = [.halfClose, .vectored, .exposesDescriptor]
        return Family.streamsAreTCP
            ? common.union([.abortIsVisible, .fullBacklogPends]) : common.union(.firstSendAfterPeerCloseFails)
    }

    /// Answers ``TransportCore/DescriptorNumber``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { handle.query(key) }

    /// The system's monotonic clock.
    public var now: Instant { handle.now }
}

extension SocketTransport: SocketBacked {}

extension SocketTransport {
    /// How a connect that has just begun goes on: while the system is connecting, there is nothing to ask it yet.
    func firstStep() throws(TransportError) -> ProgressStep {
        connecting.waitsForReadiness ? .wouldBlock(.writable) : try tryEstablish()
    }

    /// Goes on connecting after a need was met.
    func nextStep(after need: Need) throws(TransportError) -> ProgressStep {
        try handle.use(.connect) { (descriptor) throws(TransportError) in
            try connecting.advance(
                handle, descriptor, to: Family.bytes(of: peer), named: peer,
                assumeReady: need.interest.contains(.writable)
            )
        }
    }
}
