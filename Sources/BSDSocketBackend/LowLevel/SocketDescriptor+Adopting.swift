internal import CSockets
public import TransportCore

// Descriptors that come from elsewhere, and that go elsewhere.
extension SocketDescriptor {
    /// Takes a descriptor over that was made elsewhere: by another library, by systemd, by another process.
    ///
    /// The system is asked what it is. From now on children do not inherit it. Whether it is blocking stays as it is; see
    /// ``isNonblocking``.
    ///
    /// - Parameters:
    ///   - number: The descriptor. It belongs to the new object; when this fails, it still belongs to the caller.
    ///   - isShared: Whether somebody else has the socket too, such as the service manager that has made it. It is never
    ///     shut down then, only closed, and a listener that stops accepting leaves whoever is queued to the others; for
    ///     that it has a pipe of its own, two more descriptors. The default is false.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a negative number,
    ///   ``/TransportCore/TransportError/Kind/invalidState`` when it is not open (`EBADF`) or not a socket
    ///   (`ENOTSOCK`), ``/TransportCore/TransportError/Kind/tooManyOpenFiles``.
    public convenience init(adopting number: Int32, isShared: Bool = false) throws(TransportError) {
        let syscalls = Syscalls()
        let found = try Self.look(at: number, syscalls)
        let result = csockets_set_inheritable(number, 0)
        guard result >= 0 else { throw TransportError(errno: -result, .adopt) }
        _ = csockets_silence(number)
        // Owned last, so that a failure leaves the caller what it had.
        let handle = try SocketHandle(
            adopting: number, domain: found.domain.rawValue, syscalls: syscalls, isShared: isShared)
        self.init(handle, found.type, found.protocolNumber)
    }

    /// Takes a descriptor over that came with a message.
    ///
    /// - Parameters:
    ///   - owner: The descriptor; when this fails, it stays its owner's.
    ///   - isShared: Whether somebody else keeps the socket too, as for numbers. The default is false.
    /// - Throws: As for numbers.
    public convenience init(adopting owner: OwnedDescriptor, isShared: Bool = false) throws(TransportError) {
        guard let number = owner.number else { throw .closed(.adopt) }
        try self.init(adopting: number, isShared: isShared)
        _ = try owner.take()
    }

    /// Makes a socket of a copy of a descriptor that stays with its owner. The corresponding C function is `dup`.
    ///
    /// Closing the copy leaves the socket to its owner, also while a call waits on the copy.
    ///
    /// - Throws: As ``init(adopting:isShared:)-(Int32,_)`` does, and ``/TransportCore/TransportError/Kind/tooManyOpenFiles``.
    public convenience init(duplicating number: Int32) throws(TransportError) {
        guard number >= 0 else { throw .invalidArgument("\(number) is no descriptor", operation: .duplicate) }
        let copy = csockets_duplicate(number)
        guard copy >= 0 else { throw TransportError(errno: -copy, .duplicate) }
        try self.init(adopting: OwnedDescriptor(owning: copy), isShared: true)
    }

    /// Makes another object for the socket that something has. Both are one socket: closing either closes it.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``.
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
    /// shared. Closing the copy leaves this one as it is. Closing this one while a call waits on it shuts the socket down,
    /// which is the only way to wake that call: let it end before.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/tooManyOpenFiles``, ``/TransportCore/TransportError/Kind/closed``.
    public func duplicate() throws(TransportError) -> SocketDescriptor {
        let copy = try handle.use(.duplicate) { (number) throws(TransportError) in
            let copy = csockets_duplicate(number)
            try handle.check(copy, .duplicate)
            return copy
        }
        let second: SocketHandle
        do throws(TransportError) {
            second = try SocketHandle(
                adopting: copy, domain: handle.domain, syscalls: handle.syscalls, isShared: true)
        } catch {
            handle.syscalls.close(copy)
            throw error
        }
        return SocketDescriptor(second, type, protocolNumber)
    }

    /// Closes the descriptor and says what the system says to it, for programs in which something else may have closed it
    /// by its number: a mistake that by and by closes somebody else's. The corresponding C function is `close`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when it was not open any more (`EBADF`), and other
    ///   errors of the system, after which it is closed all the same; ``/TransportCore/TransportError/Kind/busy`` while
    ///   a call uses the socket, and ``/TransportCore/TransportError/Kind/closed`` after ``close()``.
    public func closeReportingErrors() throws(TransportError) {
        let result = handle.syscalls.close(try handle.detach(for: .close))
        if result < 0, result != -EINTR { throw TransportError(errno: -result, .close) }
    }

    /// Gives the descriptor away, open as it is: closing it is the caller's from now on. This object is closed then.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/busy`` while a call uses the socket,
    ///   ``/TransportCore/TransportError/Kind/closed``.
    public func detach() throws(TransportError) -> Int32 { try handle.detach(for: .detach) }

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
