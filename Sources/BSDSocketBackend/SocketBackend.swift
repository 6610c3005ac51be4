internal import CSockets
public import TransportCore

/// Real sockets of the system, of one address family.
///
/// ```swift
/// let backend = SocketBackend<IP>()           // TCP and UDP over IPv4 and IPv6, with names
/// let local = SocketBackend<Unix>()           // Unix streams
/// ```
///
/// Descriptors are not inherited by child processes, and writing to a peer that is gone is an error, never a signal; the
/// process's signal handling is left alone. A backend is a value without state of its own: make as many as you like.
public struct SocketBackend<Family: SocketFamily>: Backend {
    /// The type of the streams.
    public typealias Stream = SocketTransport<Family>
    /// The type of the listeners.
    public typealias StreamListener = SocketListener<Family>

    /// The settings of what this backend makes.
    public var defaults: BackendDefaults

    package var syscalls: Syscalls

    /// Makes a backend.
    ///
    /// - Parameter defaults: The mode and the observer of what it makes. The default is blocking, and nobody.
    public init(defaults: BackendDefaults = BackendDefaults()) {
        self.init(defaults: defaults, syscalls: Syscalls())
    }

    /// Makes a backend with other system calls, for tests.
    package init(defaults: BackendDefaults = BackendDefaults(), syscalls: Syscalls) {
        self.defaults = defaults
        self.syscalls = syscalls
    }

    /// The system's monotonic clock.
    public var now: Instant { Instant(nanoseconds: syscalls.now()) }

    /// Blocks until an instant of the system's monotonic clock. Signals do not end it early.
    public func sleep(until instant: Instant) throws(TransportError) {
        // A poll of nothing: exact to the nanosecond on Linux, to the millisecond elsewhere.
        let result = syscalls.poll(-1, 0, wake: -1, untilNanoseconds: instant.nanoseconds)
        if result < 0 { throw TransportError(errno: -result, .wait) }
    }

    /// Suspends the task until an instant of the system's monotonic clock.
    public func sleep(until instant: Instant) async throws(TransportError) {
        // The language's timer follows a clock of its own: what is left is looked at again.
        repeat {
            let left = max(.zero, now.duration(to: instant))
            do {
                try await Task.sleep(for: left, tolerance: .zero)
            } catch {
                throw TransportError(.cancelled, operation: .wait)
            }
        } while now < instant
    }

    /// A number from the system's random number generator.
    public func randomNumber() -> UInt64 { .random(in: .min ... .max) }
}

// MARK: - Streams

extension SocketBackend {
    /// Begins to connect; the descriptor stays nonblocking until it is connected.
    public func beginOpen(
        to address: Family.SocketAddress, options: StreamOptions<Family>
    ) throws(TransportError) -> SocketTransport<Family> {
        let handle = try socket(for: address, options, nonblocking: true)
        let result = syscalls.connect(handle.descriptor, Family.bytes(of: address))
        guard result == 0 || ConnectProgress.goesOn(result) else { throw connectError(result, address) }
        if result == 0 { try handle.check(syscalls.setNonblocking(handle.descriptor, false), .connect) }
        let stream = SocketTransport<Family>(handle, peer: address, connecting: ConnectProgress(result: result))
        if result == 0 { try stream.refuseSelfConnect() }
        return stream
    }

    /// Connects. Without a deadline this is the system's blocking connect; with one, it begins, waits and finishes.
    public func open(
        to address: Family.SocketAddress, options: StreamOptions<Family>, until deadline: Deadline
    ) throws(TransportError) -> SocketTransport<Family> {
        if deadline == .never { return try openBlocking(to: address, options: options) }
        let stream = try beginOpen(to: address, options: options)
        var step = try stream.firstStep()
        while case .wouldBlock(let need) = step {
            guard try stream.wait(for: need, until: deadline) else {
                throw TransportError(.timedOut, operation: .connect).with(address: address)
            }
            step = try stream.nextStep(after: need)
        }
        return stream
    }

    private func openBlocking(
        to address: Family.SocketAddress, options: StreamOptions<Family>
    ) throws(TransportError) -> SocketTransport<Family> {
        let handle = try socket(for: address, options, nonblocking: false)
        var result = syscalls.connect(handle.descriptor, Family.bytes(of: address))
        // A Unix stream that was interrupted has not begun to connect.
        while result == -EINTR, !Family.streamsAreTCP {
            result = syscalls.connect(handle.descriptor, Family.bytes(of: address))
        }
        if result == -EINTR {
            // The attempt goes on without us; calling again would be a second attempt.
            let stream = SocketTransport<Family>(handle, peer: address, connecting: ConnectProgress(result: result))
            _ = try stream.wait(for: .writable, until: .never)
            _ = try stream.nextStep(after: .writable)
            return stream
        }
        if result < 0 { throw connectError(result, address) }
        let stream = SocketTransport<Family>(handle, peer: address)
        try stream.refuseSelfConnect()
        return stream
    }

    /// A socket for a stream, with its options and its local address.
    private func socket(
        for address: Family.SocketAddress, _ options: StreamOptions<Family>, nonblocking: Bool
    ) throws(TransportError) -> SocketHandle {
        let handle = try SocketHandle(
            domain: Family.domain(for: address), type: csockets_stream, nonblocking: nonblocking, syscalls: syscalls
        )
        if options.noDelay, Family.streamsAreTCP { try handle.setNoDelay() }
        try handle.apply(options.settings)
        if let local = options.localAddress { try handle.bind(Family.self, to: local) }
        return handle
    }

    private func connectError(_ result: Int32, _ address: Family.SocketAddress) -> TransportError {
        TransportError(errno: -result, .connect).with(address: address).with(aftermath: .dead)
    }
}

// MARK: - Listeners

extension SocketBackend {
    /// Makes a socket, binds it and listens.
    public func beginListening(
        on address: Family.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> SocketListener<Family> {
        let domain = Family.domain(for: address)
        let handle = try SocketHandle(
            domain: domain, type: csockets_stream, nonblocking: true, wakesByShutdown: false, maybeShared: true,
            syscalls: syscalls
        )
        if options.reuseAddress, Family.streamsAreTCP { try handle.setOption(.reuseAddress, to: true) }
        if options.reusePort { try handle.setOption(.reusePort, to: true) }
        if domain == AF_INET6 { try handle.setOption(.v6Only, to: !options.dualStack) }
        try handle.apply(options.settings)
        try handle.bind(Family.self, to: address)
        // The system takes a negative length for a huge one.
        let backlog = Int32(clamping: max(0, options.backlog ?? Int(SOMAXCONN)))
        let result = syscalls.listen(handle.descriptor, backlog: backlog)
        if result < 0 { throw TransportError(errno: -result, .listen).with(address: address) }
        return SocketListener(handle, noDelay: options.noDelay, backlog: Int(min(backlog, Int32(SOMAXCONN))))
    }
}

// MARK: - Datagrams

extension SocketBackend: DatagramBackend {
    /// The type of the datagram endpoints.
    public typealias Datagrams = SocketDatagrams<Family>

    /// Makes a datagram socket.
    public func openDatagrams(
        boundTo local: Family.SocketAddress?, connectedTo remote: Family.SocketAddress?, options: [OptionSetting]
    ) throws(TransportError) -> SocketDatagrams<Family> {
        let known = (local ?? remote).map { [Family.domain(for: $0)] }
        let (handle, isGeneral) = try datagramSocket(known ?? Family.domainsWithoutAddress)
        try handle.apply(options)
        // As for listeners: whether IPv4 comes in too is said, not inherited from the system's settings.
        if let local, Family.isWildcard(local), handle.domain == AF_INET6,
            !options.contains(where: { $0.name == TransportOption<Bool>.v6Only.name })
        {
            try handle.setOption(.v6Only, to: true)
        }
        if let local { try handle.bind(Family.self, to: local) }
        let datagrams = SocketDatagrams<Family>(handle, isGeneral: isGeneral)
        if let remote { try datagrams.connect(to: remote) }
        return datagrams
    }

    /// A socket of the first family that the system has; and whether it is one for both kinds of IP addresses.
    private func datagramSocket(_ domains: [Int32]) throws(TransportError) -> (SocketHandle, Bool) {
        var failure = TransportError(errno: EAFNOSUPPORT, .open)
        for domain in domains {
            do throws(TransportError) {
                let handle = try SocketHandle(
                    domain: domain, type: csockets_datagram, wakesByShutdown: false, syscalls: syscalls
                )
                let isGeneral = domains.count > 1 && domain == AF_INET6
                if isGeneral { try handle.setOption(.v6Only, to: false) }
                return (handle, isGeneral)
            } catch {
                failure = error
                guard error.kind == .familyNotSupported else { break }
            }
        }
        throw failure
    }
}
