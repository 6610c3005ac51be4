internal import CSockets
public import TransportCore

/// A stream over a socket of the system: TCP, or a Unix stream.
///
/// Comes from a ``SocketBackend``. The descriptor is blocking; a step that must not wait says so per call
/// (`MSG_DONTWAIT`), so that descriptors that are shared with other programs are not disturbed.
public final class SocketTransport<Family: SocketFamily>: Transport {
    /// The owner of the descriptor.
    public let handle: SocketHandle

    /// How far connecting has come. Before the address, whose size is the family's: so it is at the same place in all.
    private let connecting: ConnectProgress

    /// Where the connection goes or comes from, known without asking the system.
    private let peer: Family.SocketAddress

    init(_ handle: SocketHandle, peer: Family.SocketAddress, connecting: consuming ConnectProgress = ConnectProgress())
    {
        self.handle = handle
        self.peer = peer
        self.connecting = connecting
        handle.footprint.note(transport: self)
    }

    // MARK: Steps

    /// Goes on connecting.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        guard connecting.isUnderWay else { return .done }
        return try nextStep(after: Need([]))
    }

    /// Receives what is there. One system call.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        if let need = try needBeforeUse() { return .wouldBlock(need) }
        return try handle.tryReceive(into: &buffer)
    }

    /// Sends as much as there is room for. One system call.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        if let need = try needBeforeUse() { return .wouldBlock(need) }
        return try handle.trySend(bytes)
    }

    /// Receives into several buffers. One system call.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        if let need = try needBeforeUse() { return .wouldBlock(need) }
        return try handle.tryReceive(scatteringInto: segments)
    }

    /// Sends several runs of bytes. One system call.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        if let need = try needBeforeUse() { return .wouldBlock(need) }
        return try handle.trySend(gathering: segments)
    }

    /// Sends from a file (`sendfile`). Six system calls, whatever the size: the call can neither be told not to wait nor not
    /// to raise `SIGPIPE`, so the descriptor is nonblocking and the thread's signal blocked meanwhile.
    public func trySendFile(
        _ descriptor: Int32, at offset: Int64, count: Int
    ) throws(TransportError) -> SendStep? {
        if let need = try needBeforeUse() { return .wouldBlock(need) }
        return try handle.trySendFile(descriptor, at: offset, count: count)
    }

    /// Ends the sending direction. One system call.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        if let need = try needBeforeUse() { return .wouldBlock(need) }
        return try handle.shutdownWrite()
    }

    /// What has to be waited for before the socket can be used; nil once it is connected.
    ///
    /// The system tells once why connecting failed. A receive that asked it too early would take that for itself.
    @inline(__always)
    private func needBeforeUse() throws(TransportError) -> Need? {
        connecting.isUnderWay ? try needOfConnecting() : nil
    }

    @inline(never)
    private func needOfConnecting() throws(TransportError) -> Need? {
        guard case .wouldBlock(let need) = try tryEstablish() else { return nil }
        return need
    }

    /// Waits until the socket is connected. Gives the need when the deadline passed first.
    private func needBeforeUse(until deadline: Deadline) throws(TransportError) -> Need? {
        while let need = try needBeforeUse() {
            guard try wait(for: need, until: deadline) else { return need }
        }
        return nil
    }

    // MARK: Waiting

    /// Blocks until a need may be met. One system call.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try handle.wait(for: need, until: deadline)
    }

    /// Suspends until a need may be met.
    @inlinable
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await handle.ready(for: need, until: deadline)
    }

    /// Blocks until an event has happened.
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try handle.wait(for: event, until: deadline)
    }

    /// Suspends until an event has happened.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await handle.ready(for: event, until: deadline)
    }

    /// Blocks until a need of any of several sockets may be met. One system call.
    public static func wait(
        forAny waits: [(source: SocketTransport, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        try SocketHandle.wait(forAny: waits.map { ($0.source.handle, $0.need) }, until: deadline)
    }

    /// Whether the system has told that nothing is there, and not yet that anything has come.
    public func isKnownUnready(for interest: Need.Interest) -> Bool { handle.isKnownUnready(for: interest) }

    /// Receives, waiting until a deadline. One system call without a deadline; with one, it waits first: two.
    public func receive(into buffer: inout OutputRawSpan, until deadline: Deadline) throws(TransportError)
        -> ReceiveStep
    {
        if connecting.isUnderWay, let need = try needBeforeUse(until: deadline) { return .wouldBlock(need) }
        return try handle.receive(into: &buffer, until: deadline)
    }

    /// Sends, waiting for room until a deadline. One system call while there is room, whatever the deadline.
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        if connecting.isUnderWay, let need = try needBeforeUse(until: deadline) { return .wouldBlock(need) }
        return try handle.send(bytes, until: deadline)
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

    /// The address of the peer, also after closing. No system call, except where it connected to the wildcard address.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/notConnected`` until the connection is established.
    public var remoteAddress: Family.SocketAddress {
        get throws(TransportError) {
            if connecting.isUnderWay { throw TransportError(.notConnected, operation: .getAddress) }
            return Family.isWildcard(peer) ? try handle.remoteAddress(Family.self) : peer
        }
    }

    /// Half-close, vectored calls, a descriptor; for TCP a visible abort, for Unix streams an early broken pipe.
    public var facts: TransportFacts {
        let common: TransportFacts = [.halfClose, .vectored, .exposesDescriptor, .fullBacklogPends]
        return Family.streamsAreTCP
            ? common.union(.abortIsVisible) : common.union(.firstSendAfterPeerCloseFails)
    }

    /// `TCP`, or what the family's streams are called.
    public static var kind: String { Family.streamKind }

    /// Answers ``/TransportCore/DescriptorNumber``.
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
        let step = try handle.use(.connect) { (descriptor) throws(TransportError) in
            try connecting.advance(
                handle, descriptor, to: Family.bytes(of: peer), named: peer,
                assumeReady: need.interest.contains(.writable)
            )
        }
        if step == .done { try refuseSelfConnect() }
        return step
    }

    /// Refuses a TCP connection of a socket to itself.
    ///
    /// Connecting to a port of this machine on which nobody listens succeeds when the system happens to choose that
    /// very port for this end. That can only be where ports are chosen from, which spares the usual connect a call.
    func refuseSelfConnect() throws(TransportError) {
        guard Family.mayMeetItself(at: peer) else { return }
        if try localAddress == peer {
            abort()
            throw TransportError(errno: ECONNREFUSED, .connect).with(address: peer).with(aftermath: .dead)
                .with(message: "nobody listens there: the socket had connected to itself")
        }
    }
}
