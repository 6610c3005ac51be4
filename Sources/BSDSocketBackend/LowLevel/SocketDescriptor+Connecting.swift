internal import CSockets
public import TransportCore

extension SocketDescriptor {
    /// Gives the socket its local address. The corresponding C function is `bind`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/addressInUse``,
    ///   ``/TransportCore/TransportError/Kind/addressNotAvailable``,
    ///   ``/TransportCore/TransportError/Kind/permissionDenied``;
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` when it is bound already.
    public func bind(to address: RawSocketAddress) throws(TransportError) {
        try naming(address) { () throws(TransportError) in
            try check(.bind) { handle.syscalls.bind($0, address.system) }
        }
    }

    /// Begins to listen. The corresponding C function is `listen`.
    ///
    /// - Parameter backlog: How many connections may wait to be accepted; the system caps it, and takes 0 and less for
    ///   little. The default is the most that the headers name.
    /// - Throws: ``/TransportCore/TransportError/Kind/unsupported`` when the socket is of a type that does not listen,
    ///   ``/TransportCore/TransportError/Kind/addressInUse``, ``/TransportCore/TransportError/Kind/closed``.
    public func listen(backlog: Int = SocketPlatform.maximumBacklog) throws(TransportError) {
        try check(.listen) { handle.syscalls.listen($0, backlog: Int32(clamping: backlog)) }
    }

    /// Takes the next connection from the queue. The corresponding C function is `accept`.
    ///
    /// - Returns: The new socket, which children do not inherit and which is blocking, and the peer's address, empty
    ///   where it has none.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when the socket does not listen;
    ///   ``/TransportCore/TransportError/Kind/wouldBlock`` when it is nonblocking and nobody is there.
    public func accept() throws(TransportError) -> (socket: SocketDescriptor, peer: RawSocketAddress) {
        let (accepted, peer) = try handle.use(.accept) { (descriptor) throws(TransportError) in
            try waitWhereCallsAreNotWoken(.readable)
            var address = SocketAddressBytes()
            let accepted = handle.attempt(.readable) { handle.syscalls.accept(descriptor, &address) }
            try handle.check(accepted, .accept)
            return (accepted, address)
        }
        let owner = try SocketHandle(owning: accepted, domain: handle.domain, syscalls: handle.syscalls)
        return (SocketDescriptor(owner, type, protocolNumber), RawSocketAddress(peer))
    }

    /// Connects, or chooses the peer of a datagram socket. The corresponding C function is `connect`.
    ///
    /// - Throws: The failures of connecting; ``/TransportCore/TransportError/Kind/wouldBlock`` when the socket is
    ///   nonblocking and the system goes on connecting: the socket is writable then when that has ended, and
    ///   ``takeError()`` says how.
    public func connect(to address: RawSocketAddress) throws(TransportError) {
        try naming(address) { () throws(TransportError) in
            let code = try connectReturningCode(to: address)
            if code != 0 { throw handle.failure(-Int(code), .connect) }
        }
    }

    /// Connects, and gives the system's code for what came of it in place of throwing: 0 when the socket is connected.
    ///
    /// `EINPROGRESS` says that a nonblocking socket goes on connecting. The call can be repeated: a socket that is
    /// connecting gives `EALREADY`, one that is connected `EISCONN`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``.
    public func connectReturningCode(to address: RawSocketAddress) throws(TransportError) -> Int32 {
        try handle.use(.connect) { (descriptor) throws(TransportError) in
            let result = handle.syscalls.connect(descriptor, address.system)
            if handle.isClosed { throw .closed(.connect) }
            // Interrupted, the attempt goes on without us; calling again would be a second one.
            guard result == -EINTR else { return -result }
            if csockets_is_nonblocking(descriptor) == 1 { return EINPROGRESS }
            _ = try handle.poll(.writable, until: .never)
            return try error(of: descriptor)
        }
    }

    /// Dissolves the association of a datagram socket with its peer. The corresponding C idiom is `connect` with
    /// `AF_UNSPEC`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``, and the system's error.
    public func disconnect() throws(TransportError) {
        try check(.connect) { descriptor in
            let result = handle.syscalls.connect(descriptor, .unspecified)
            // Darwin reports the family of the dissolving address, having done what was asked.
            return result == -EAFNOSUPPORT ? 0 : result
        }
    }

    /// The error that is pending on the socket, which asking clears: 0 when there is none (`SO_ERROR`).
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``.
    public func takeError() throws(TransportError) -> Int32 {
        try handle.use(.getOption) { (descriptor) throws(TransportError) in try error(of: descriptor) }
    }

    /// The address of this end. The corresponding C function is `getsockname`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed``.
    public var localAddress: RawSocketAddress {
        get throws(TransportError) {
            var address = SocketAddressBytes()
            try check(.getAddress) { handle.syscalls.localAddress($0, &address) }
            return RawSocketAddress(address)
        }
    }

    /// The address of the peer. The corresponding C function is `getpeername`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/notConnected``.
    public var remoteAddress: RawSocketAddress {
        get throws(TransportError) {
            var address = SocketAddressBytes()
            try check(.getAddress) { handle.syscalls.remoteAddress($0, &address) }
            return RawSocketAddress(address)
        }
    }

    // MARK: Options

    /// Reads an option that is a C `int`. The corresponding C function is `getsockopt`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/unknownOption``.
    public func option(_ name: SocketOptionName) throws(TransportError) -> Int32 {
        try rawIntOption(level: name.level.rawValue, name: name.number)
    }

    /// Reads an option as bytes, of which the system gives at most so many. The corresponding C function is
    /// `getsockopt`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/unknownOption``;
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for a size that is not within 0 to 1,024.
    public func option(_ name: SocketOptionName, maximumLength: Int) throws(TransportError) -> [UInt8] {
        try rawOption(level: name.level.rawValue, name: name.number, maximumLength: maximumLength)
    }

    /// Changes an option that is a C `int`. The corresponding C function is `setsockopt`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/unknownOption``, and the system's error for a value that it does
    ///   not take.
    public func setOption(_ name: SocketOptionName, to value: Int32) throws(TransportError) {
        try setRawIntOption(level: name.level.rawValue, name: name.number, value)
    }

    /// Changes an option to some bytes. The corresponding C function is `setsockopt`.
    ///
    /// - Throws: As for numbers, and ``/TransportCore/TransportError/Kind/invalidArgument`` for more than 1 MiB.
    public func setOption(_ name: SocketOptionName, to bytes: [UInt8]) throws(TransportError) {
        try setRawOption(level: name.level.rawValue, name: name.number, bytes: bytes)
    }

    // MARK: Parts

    private func error(of descriptor: Int32) throws(TransportError) -> Int32 {
        var code: Int32 = 0
        var length = UInt32(MemoryLayout<Int32>.size)
        let result = handle.syscalls.getOption(
            descriptor, OptionLevel.socket.rawValue, SocketOptionName.error.number, &code, &length)
        try handle.check(result, .getOption)
        return code
    }

    private func naming(
        _ address: RawSocketAddress, _ body: () throws(TransportError) -> Void
    ) throws(TransportError) {
        do throws(TransportError) { try body() } catch { throw error.with(address: address) }
    }

    /// Where closing does not wake a blocked call, waiting comes before the call. To be called by a user.
    func waitWhereCallsAreNotWoken(
        _ interest: Need.Interest, _ flags: MessageFlags = []
    ) throws(TransportError) {
        guard !handle.mayBlockInCalls, !flags.contains(.dontWait), csockets_is_nonblocking(handle.descriptor) == 0
        else {
            return
        }
        _ = try handle.poll(Need(interest), until: .never)
    }
}
