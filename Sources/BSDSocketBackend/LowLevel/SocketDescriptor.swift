internal import CSockets
public import TransportCore

/// A socket of the system with its own calls, one to one: any family, any type, any protocol, any option.
///
/// For what connections, listeners and datagram sockets have no words for, and for descriptors that come from elsewhere.
/// Each call is one system call, in the system's order and with the system's rules, but typed: failures are
/// ``/TransportCore/TransportError``, children inherit nothing, and writing to a peer that is gone raises no signal.
///
/// ```swift
/// let socket = try SocketDescriptor(.ipv4, .stream)
/// try socket.bind(to: RawSocketAddress(IPv4.SocketAddress.any(port: 0)))
/// try socket.listen(backlog: 8)
/// let listener = try SocketBackend<IPv4>().listener(adopting: socket)
/// ```
///
/// Calls wait as the system's do, unless the descriptor is nonblocking or a call says ``MessageFlags/dontWait``.
/// ``close()`` may be called by any thread at any time and wakes whoever waits. Without being closed, the socket is
/// closed with its last owner: this object, and whatever has adopted it.
public final class SocketDescriptor: Sendable, SocketBacked {
    /// The owner of the descriptor.
    public let handle: SocketHandle

    /// The family, as the socket was made.
    public var domain: SocketDomain { SocketDomain(rawValue: handle.domain) }

    /// The type, as the socket was made.
    public let type: SocketType

    /// The protocol, as the socket was made: 0 stays 0.
    public let protocolNumber: SocketProtocol

    init(_ handle: SocketHandle, _ type: SocketType, _ protocolNumber: SocketProtocol) {
        self.handle = handle
        self.type = type
        self.protocolNumber = protocolNumber
    }

    // MARK: Making

    /// Makes a socket. The corresponding C function is `socket`.
    ///
    /// - Parameters:
    ///   - domain: The family. The default is IPv4; a number that this package has no name for will do.
    ///   - type: The type. The default is a stream.
    ///   - protocolNumber: The protocol. The default is the usual one of the family and type.
    ///   - nonblocking: Whether calls return at once in place of waiting. The default is no.
    /// - Throws: ``/TransportCore/TransportError/Kind/familyNotSupported`` when the system has no such sockets,
    ///   ``/TransportCore/TransportError/Kind/permissionDenied``, ``/TransportCore/TransportError/Kind/tooManyOpenFiles``.
    public convenience init(
        _ domain: SocketDomain = .ipv4, _ type: SocketType = .stream, _ protocolNumber: SocketProtocol = .unspecified,
        nonblocking: Bool = false
    ) throws(TransportError) {
        try self.init(domain, type, protocolNumber, nonblocking: nonblocking, syscalls: Syscalls())
    }

    package convenience init(
        _ domain: SocketDomain, _ type: SocketType, _ protocolNumber: SocketProtocol, nonblocking: Bool,
        syscalls: Syscalls
    ) throws(TransportError) {
        let descriptor = syscalls.socket(
            domain.rawValue, type.rawValue, protocolNumber.rawValue, nonblocking: nonblocking)
        guard descriptor >= 0 else { throw TransportError(errno: -descriptor, .open) }
        let handle = try SocketHandle(
            owning: descriptor, domain: domain.rawValue, syscalls: syscalls, wakesByShutdown: false)
        self.init(handle, type, protocolNumber)
    }

    /// Makes two connected sockets. The corresponding C function is `socketpair`.
    ///
    /// - Parameters:
    ///   - domain: The family. The default is Unix, the only one that most systems can do this with.
    ///   - type: The type. The default is a stream.
    ///   - protocolNumber: The protocol. The default is the usual one.
    /// - Throws: ``/TransportCore/TransportError/Kind/unsupported`` and
    ///   ``/TransportCore/TransportError/Kind/familyNotSupported`` when the system cannot do that with the family or
    ///   type, ``/TransportCore/TransportError/Kind/tooManyOpenFiles``.
    public static func pair(
        _ domain: SocketDomain = .unix, _ type: SocketType = .stream, _ protocolNumber: SocketProtocol = .unspecified
    ) throws(TransportError) -> (SocketDescriptor, SocketDescriptor) {
        let syscalls = Syscalls()
        let pair = syscalls.socketPair(domain.rawValue, type.rawValue, protocolNumber.rawValue)
        guard pair.result == 0 else { throw TransportError(errno: -pair.result, .open) }
        // Both are owned before anything can fail, so that neither leaks.
        let first = OwnedDescriptor(owning: pair.first)
        let second = OwnedDescriptor(owning: pair.second)
        func socket(_ owner: OwnedDescriptor) throws(TransportError) -> SocketDescriptor {
            let handle = try SocketHandle(owning: try owner.take(), domain: domain.rawValue, syscalls: syscalls)
            return SocketDescriptor(handle, type, protocolNumber)
        }
        return (try socket(first), try socket(second))
    }

    // MARK: Knowledge

    /// The descriptor's number, for use with `poll` and the like, or -1 after closing. The socket keeps it.
    public var number: Int32 { handle.isClosed ? -1 : handle.descriptor }

    /// Whether the socket was closed or given away.
    public var isClosed: Bool { handle.isClosed }

    /// Whether calls return at once in place of waiting (`O_NONBLOCK`), as the system says now.
    ///
    /// The flag is shared with every copy of the descriptor, in other processes too. One system call (`fcntl`).
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``.
    public var isNonblocking: Bool {
        get throws(TransportError) { try flag(.getOption) { csockets_is_nonblocking($0) } }
    }

    /// Has calls return at once in place of waiting, or not (`O_NONBLOCK`). Two system calls (`fcntl`).
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``.
    public func setNonblocking(_ nonblocking: Bool) throws(TransportError) {
        try check(.setOption) { handle.syscalls.setNonblocking($0, nonblocking) }
    }

    /// Whether children inherit the descriptor, as the system says now: not `FD_CLOEXEC`. One system call (`fcntl`).
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``.
    public var isInheritable: Bool {
        get throws(TransportError) { try flag(.getOption) { csockets_is_inheritable($0) } }
    }

    /// Has children inherit the descriptor, or not: until then they do not. Two system calls (`fcntl`).
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``.
    public func setInheritable(_ inheritable: Bool) throws(TransportError) {
        try check(.setOption) { csockets_set_inheritable($0, inheritable ? 1 : 0) }
    }

    // MARK: Ending

    /// Closes the socket. Never fails, and may be repeated. The corresponding C function is `close`.
    public func close() { handle.close() }

    /// Ends a direction or both. The corresponding C function is `shutdown`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/notConnected``;
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for another number.
    public func shutdown(_ direction: ShutdownDirection) throws(TransportError) {
        try check(.shutdown) { handle.syscalls.shutdown($0, direction.rawValue) }
    }

    /// Waits until receiving or sending may be possible. The corresponding C function is `poll`.
    ///
    /// - Parameters:
    ///   - interest: What to wait for.
    ///   - timeout: For how long. The default, nil, is for ever; zero asks for the present state.
    /// - Returns: Whether it may be possible now.
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``, also when the socket is closed meanwhile;
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` when there is nothing to wait for, and for a timeout
    ///   that is negative or longer than 292 years.
    public func wait(for interest: Need.Interest, timeout: Duration? = nil) throws(TransportError) -> Bool {
        guard !interest.isEmpty else { throw .invalidArgument("there is nothing to wait for", operation: .wait) }
        let deadline: Deadline =
            if let timeout {
                .at(handle.now.advanced(by: .nanoseconds(try timeout.checkedTimeoutNanoseconds(.wait))))
            } else {
                .never
            }
        return try handle.wait(for: Need(interest), until: deadline)
    }

    /// Makes a call that gives a negated `errno` or nothing.
    func check(_ operation: TransportError.Operation, _ call: (Int32) -> Int32) throws(TransportError) {
        try handle.use(operation) { (descriptor) throws(TransportError) in
            try handle.check(call(descriptor), operation)
        }
    }

    /// Makes a call that gives 0, 1 or a negated `errno`.
    private func flag(_ operation: TransportError.Operation, _ call: (Int32) -> Int32) throws(TransportError) -> Bool {
        try handle.use(operation) { (descriptor) throws(TransportError) in
            let result = call(descriptor)
            try handle.check(result, operation)
            return result == 1
        }
    }
}
