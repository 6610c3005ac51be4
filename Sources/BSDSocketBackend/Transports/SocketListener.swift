internal import CSockets
public import TransportCore

/// A listening socket of the system.
///
/// Comes from a ``SocketBackend``. Its descriptor is nonblocking: a connection that was announced may be gone, or taken
/// by another thread, by the time it is accepted.
public final class SocketListener<Family: SocketFamily>: TransportListener, SocketBacked {
    /// The type of the connections.
    public typealias Accepted = SocketTransport<Family>

    /// The owner of the descriptor.
    public let handle: SocketHandle

    private let noDelay: Bool
    private let backlog: Int

    /// What was taken from the system's queue in order to stop accepting.
    private struct Kept {
        var connections: [SocketTransport<Family>] = []
        var isStopped = false
    }

    private let kept = Locked(Kept())

    package init(_ handle: SocketHandle, noDelay: Bool, backlog: Int) {
        self.handle = handle
        self.backlog = backlog
        self.noDelay = noDelay
    }

    deinit { close() }

    /// Takes a connection from the queue. One system call, and one more where `TCP_NODELAY` is set.
    public func tryAccept() throws(TransportError) -> AcceptStep<SocketTransport<Family>> {
        if let step = try keptConnection() { return step }
        do throws(TransportError) {
            return try handle.use(.accept) { (descriptor) throws(TransportError) in
                try acceptFromSystem(descriptor)
            }
        } catch {
            // Accepting may have been stopped at this moment.
            if let step = try keptConnection() { return step }
            throw error
        }
    }

    private func acceptFromSystem(
        _ descriptor: Int32
    ) throws(TransportError) -> AcceptStep<SocketTransport<Family>> {
        while true {
            var bytes = SocketAddressBytes()
            let accepted = handle.attempt(.readable) { handle.syscalls.accept(descriptor, &bytes) }
            guard accepted < 0 else { return .accepted(try transport(owning: accepted, peer: bytes)) }
            switch -accepted {
            case EAGAIN: return .wouldBlock(Need(.readable, systemCode: EAGAIN))
            // The connection, not the listener, is broken; Linux passes its network errors on (accept(2)).
            case ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENOPROTOOPT, EOPNOTSUPP: continue
            #if os(Linux)
            case ENONET: continue
            #endif
            default: throw handle.failure(Int(accepted), .accept)
            }
        }
    }

    private func transport(
        owning descriptor: Int32, peer: SocketAddressBytes
    ) throws(TransportError) -> SocketTransport<Family> {
        let handle = try SocketHandle(owning: descriptor, domain: handle.domain, syscalls: handle.syscalls)
        // A client that is gone already makes this fail on some systems; that shows when the connection is used.
        if noDelay, Family.streamsAreTCP { try? handle.setNoDelay() }
        return SocketTransport(handle, peer: try Family.address(from: peer))
    }

    /// Accepts what is queued and keeps it, then has the system refuse everyone.
    ///
    /// When that fails for want of descriptors, nothing is lost and the listener goes on. A socket that other programs have
    /// too is left to them, with those who are queued.
    public func stopAccepting() throws(TransportError) {
        try handle.use(.accept) { (descriptor) throws(TransportError) in
            try kept.withLock { (kept) throws(TransportError) in
                guard !kept.isStopped else { return }
                guard !handle.isShared else {
                    kept.isStopped = true
                    return
                }
                // No more than the queue had room for: under load each one that is accepted makes room for another.
                for _ in 0...backlog {
                    guard case .accepted(let transport) = try acceptFromSystem(descriptor) else { break }
                    kept.connections.append(transport)
                }
                kept.isStopped = true
            }
            // Whoever waits is woken, and finds what was kept or the end.
            handle.wakeUsers()
            // Where shutting down does nothing to a listener, only closing it has the system refuse anyone.
            if !handle.syscalls.shutdownWakesAll, !handle.isShared { handle.letGo() }
        }
    }

    /// The next connection that was kept; nil while there is none and accepting has not been stopped.
    private func keptConnection() throws(TransportError) -> AcceptStep<SocketTransport<Family>>? {
        try kept.withLock { (kept) throws(TransportError) in
            guard kept.connections.isEmpty else { return .accepted(kept.connections.removeFirst()) }
            guard kept.isStopped else { return nil }
            throw .closed(.accept).with(message: "the listener has stopped accepting")
        }
    }

    private var hasKept: Bool { kept.withLock { $0.isStopped || !$0.connections.isEmpty } }

    /// Blocks until a connection may be there.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        if !need.interest.isEmpty, hasKept { return true }
        return try handle.wait(for: need, until: deadline)
    }

    /// Suspends until a connection may be there.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        if !need.interest.isEmpty, hasKept { return true }
        return try await handle.ready(for: need, until: deadline)
    }

    /// Blocks until an event has happened.
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try handle.wait(for: event, until: deadline)
    }

    /// Suspends until an event has happened.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await handle.ready(for: event, until: deadline)
    }

    /// Closes the descriptor, or has the last user close it, and the connections that were kept.
    public func close() {
        handle.close()
        let rest = kept.withLock { kept -> [SocketTransport<Family>] in
            defer { kept.connections = [] }
            return kept.connections
        }
        for transport in rest { transport.abort() }
    }

    /// The address that is listened on. One system call.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) { try handle.localAddress(Family.self) }
    }

    /// A descriptor; a full queue makes connects wait, those of Unix sockets because connecting tries again.
    public var facts: TransportFacts { [.exposesDescriptor, .fullBacklogPends] }

    /// Answers ``/TransportCore/DescriptorNumber``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { handle.query(key) }

    /// The system's monotonic clock.
    public var now: Instant { handle.now }
}
