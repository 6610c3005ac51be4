internal import CSockets
public import TransportCore

// Descriptors that come from elsewhere, and that go elsewhere.
extension SocketDescriptor {
    /// Takes a descriptor over that was made elsewhere: by another library, by systemd, by another process.
    ///
    /// The system is asked what it is. From now on children do not inherit it. Whether it is blocking stays as it is; see
    /// ``isNonblocking``.
    ///
    /// - Parameter number: The descriptor. It belongs to the new object; when this fails, it still belongs to the caller.
    /// - Throws: ``TransportError/Kind/invalidArgument`` for a negative number, ``TransportError/Kind/invalidState`` when
    ///   it is not open (`EBADF`) or not a socket (`ENOTSOCK`).
    public convenience init(adopting number: Int32) throws(TransportError) {
        let syscalls = Syscalls()
        let found = try Self.look(at: number, syscalls)
        let result = csockets_set_inheritable(number, 0)
        guard result >= 0 else { throw TransportError(errno: -result, .adopt) }
        _ = csockets_silence(number)
        // Owned last, so that a failure leaves the caller what it had. What may fail here is making a pipe of our own,
        // where shutting down does not wake everyone.
        let handle = try SocketHandle(
            owning: number, domain: found.domain.rawValue, syscalls: syscalls, wakesByShutdown: false)
        self.init(handle, found.type, found.protocolNumber)
    }

    /// Takes a descriptor over that came with a message.
    ///
    /// - Throws: As for numbers; then the descriptor stays its owner's.
    public convenience init(adopting owner: OwnedDescriptor) throws(TransportError) {
        guard let number = owner.number else { throw .closed(.adopt) }
        try self.init(adopting: number)
        _ = try owner.take()
    }

    /// Makes a socket of a copy of a descriptor that stays with its owner. The corresponding C function is `dup`.
    ///
    /// - Throws: As ``init(adopting:)-(Int32)`` does, and ``TransportError/Kind/tooManyOpenFiles``.
    public convenience init(duplicating number: Int32) throws(TransportError) {
        guard number >= 0 else { throw .invalidArgument("\(number) is no descriptor", operation: .duplicate) }
        let copy = csockets_duplicate(number)
        guard copy >= 0 else { throw TransportError(errno: -copy, .duplicate) }
        try self.init(adopting: OwnedDescriptor(owning: copy))
    }

    /// Makes another object for the socket that something has. Both are one socket: closing either closes it.
    ///
    /// - Throws: ``TransportError/Kind/closed``.
    public convenience init(of owner: some SocketBacked) throws(TransportError) {
        let handle = owner.handle
        let found = try handle.use(.adopt) { (number) throws(TransportError) in
            try Self.look(at: number, handle.syscalls)
        }
        self.init(handle, found.type, found.protocolNumber)
    }

    /// Makes a second descriptor of the socket, which can be closed by itself. The corresponding C function is `dup`.
    ///
    /// Children do not inherit it. Both are ends of the same socket: options, shutting down and being nonblocking are
    /// shared.
    public func duplicate() throws(TransportError) -> SocketDescriptor {
        let copy = try handle.use(.duplicate) { (number) throws(TransportError) in
            let copy = csockets_duplicate(number)
            try handle.check(copy, .duplicate)
            return copy
        }
        let second = try SocketHandle(
            owning: copy, domain: handle.domain, syscalls: handle.syscalls, wakesByShutdown: false)
        return SocketDescriptor(second, type, protocolNumber)
    }

    /// Gives the descriptor away, open as it is: closing it is the caller's from now on. This object is closed then.
    ///
    /// - Throws: ``TransportError/Kind/busy`` while a call uses the socket, ``TransportError/Kind/closed``.
    public func detach() throws(TransportError) -> Int32 { try handle.detach() }

    /// Family, type and protocol of a descriptor, as the system says.
    private static func look(
        at number: Int32, _ syscalls: Syscalls
    ) throws(TransportError) -> (domain: SocketDomain, type: SocketType, protocolNumber: SocketProtocol) {
        guard number >= 0 else { throw .invalidArgument("\(number) is no descriptor", operation: .adopt) }
        func ask(_ name: SocketOptionName) throws(TransportError) -> Int32 {
            var value: Int32 = 0
            var length = UInt32(MemoryLayout<Int32>.size)
            let result = syscalls.getOption(number, name.level.rawValue, name.number, &value, &length)
            guard result >= 0 else { throw TransportError(errno: -result, .adopt) }
            return value
        }
        let type = SocketType(rawValue: try ask(.socketType))
        let protocolNumber = try SocketOptionName.socketProtocol.map { (name) throws(TransportError) in try ask(name) }
        if let option = SocketOptionName.domain {
            return (SocketDomain(rawValue: try ask(option)), type, SocketProtocol(rawValue: protocolNumber ?? 0))
        }
        // Where the family is no option, the local address has it.
        var address = SocketAddressBytes()
        let result = syscalls.localAddress(number, &address)
        guard result >= 0 else { throw TransportError(errno: -result, .adopt) }
        let domain = RawSocketAddress(address).domain ?? .unspecified
        return (domain, type, SocketProtocol(rawValue: protocolNumber ?? 0))
    }
}
