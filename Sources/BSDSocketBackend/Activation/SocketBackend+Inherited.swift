internal import CSockets
public import TransportCore

extension SocketBackend {
    /// Listens with a socket that another program has made.
    ///
    /// The socket becomes nonblocking, for everyone who has it.
    ///
    /// - Parameters:
    ///   - socket: A listener of the backend's family, which nobody has taken yet.
    ///   - noDelay: Whether accepted connections send small segments at once (`TCP_NODELAY`). The default is true.
    ///   - mode: The mode of the listener. The default, nil, is that of the backend's ``defaults``.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: ``TransportCore/TransportError/Kind/invalidArgument`` when it is no listener,
    ///   ``TransportCore/TransportError/Kind/familyNotSupported`` when it is of another family,
    ///   ``TransportCore/TransportError/Kind/invalidState`` when it was taken before.
    public func listen(
        on socket: InheritedSocket, noDelay: Bool = true, mode: IOMode? = nil, fileID: StaticString = #fileID,
        line: UInt = #line
    ) throws(TransportError) -> Listener<SocketListener<Family>> {
        let handle = try handle(of: socket, .listener)
        try handle.check(syscalls.setNonblocking(handle.descriptor, true), .listen)
        return Listener(
            SocketListener<Family>(handle, noDelay: noDelay, backlog: Int(SOMAXCONN)), mode: mode ?? defaults.mode,
            connectionMode: defaults.mode, observer: defaults.observer, fileID: fileID, line: line
        )
    }

    /// Receives and sends with a datagram socket that another program has made.
    ///
    /// Otherwise like ``listen(on:noDelay:mode:fileID:line:)``.
    public func datagramSocket(
        on socket: InheritedSocket, mode: IOMode? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> DatagramSocket<SocketDatagrams<Family>> {
        let handle = try handle(of: socket, .datagrams)
        return DatagramSocket(
            SocketDatagrams<Family>(handle, isGeneral: false), mode: mode ?? defaults.mode,
            observer: defaults.observer, fileID: fileID, line: line
        )
    }

    private func handle(
        of socket: InheritedSocket, _ kind: InheritedSocket.Kind
    ) throws(TransportError) -> SocketHandle {
        let handle = try SocketHandle(
            owning: try socket.take(as: kind), domain: socket.domain, syscalls: syscalls, maybeShared: true
        )
        handle.share()
        // The address can be read when it is one of the family.
        _ = try handle.localAddress(Family.self)
        return handle
    }
}
