internal import CSockets
public import TransportCore

// Streams, listeners and datagram endpoints of sockets that were made elsewhere. `transport.handle` leads back: see
// `SocketDescriptor(of:)`.

extension SocketTransport {
    /// Makes a stream of a connected socket. Both are one socket: closing either closes it.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when it is no stream,
    ///   ``/TransportCore/TransportError/Kind/notConnected`` when it is not connected,
    ///   ``/TransportCore/TransportError/Kind/familyNotSupported`` when it is one of another family.
    public convenience init(adopting socket: SocketDescriptor) throws(TransportError) {
        try socket.checkType(.stream, for: "a stream")
        // An unnamed end of a pair is connected too, and its address is empty.
        self.init(socket.handle, peer: try socket.remoteAddress.address(in: Family.self))
    }
}

extension SocketListener {
    /// Makes a listener of a socket that listens already. Both are one socket: closing either closes it.
    ///
    /// The descriptor becomes nonblocking, for everyone who shares it: a connection that was announced may be gone, or
    /// taken by somebody else, by the time it is accepted.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - noDelay: Whether accepted connections send small segments at once. The default is yes.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when it does not listen, or is no stream;
    ///   ``/TransportCore/TransportError/Kind/familyNotSupported`` when it is one of another family.
    public convenience init(adopting socket: SocketDescriptor, noDelay: Bool = true) throws(TransportError) {
        try socket.checkType(.stream, for: "a listener")
        guard try socket.option(.acceptsConnections) != 0 else {
            throw .invalidArgument("the socket does not listen: call listen before", operation: .adopt)
        }
        _ = try socket.localAddress.address(in: Family.self)
        try socket.setNonblocking(true)
        self.init(socket.handle, noDelay: noDelay, backlog: SocketPlatform.maximumBacklog)
    }
}

extension SocketDatagrams {
    /// Makes a datagram endpoint of a socket. Both are one socket: closing either closes it.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when it is not for datagrams,
    ///   ``/TransportCore/TransportError/Kind/familyNotSupported`` when it is one of another family.
    public convenience init(adopting socket: SocketDescriptor) throws(TransportError) {
        try socket.checkType(.datagram, for: "a datagram endpoint")
        _ = try socket.localAddress.address(in: Family.self)
        self.init(socket.handle, isGeneral: false)
    }
}

extension SocketDescriptor {
    func checkType(_ wanted: SocketType, for purpose: String) throws(TransportError) {
        guard type == wanted else {
            throw .invalidArgument(
                "a socket of type \(type.rawValue) cannot become \(purpose): that takes type \(wanted.rawValue)",
                operation: .adopt)
        }
    }
}

extension SocketBackend {
    /// Makes a connection of a connected socket that was made elsewhere.
    ///
    /// - Parameters:
    ///   - socket: The socket; see ``SocketDescriptor/init(adopting:isShared:)-(Int32,_)``. The connection closes it.
    ///   - mode: The mode of the connection. The default, nil, is that of the backend's ``defaults``.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: As ``SocketTransport/init(adopting:)`` does.
    public func connection(
        adopting socket: SocketDescriptor, mode: IOMode? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> Connection<SocketTransport<Family>> {
        Connection(
            try SocketTransport(adopting: socket), mode: mode ?? defaults.mode, observer: defaults.observer,
            fileID: fileID, line: line)
    }

    /// Makes a listener of a socket that listens already, such as one that the service manager made.
    ///
    /// - Throws: As ``SocketListener/init(adopting:noDelay:)`` does.
    public func listener(
        adopting socket: SocketDescriptor, noDelay: Bool = true, mode: IOMode? = nil, fileID: StaticString = #fileID,
        line: UInt = #line
    ) throws(TransportError) -> Listener<SocketListener<Family>> {
        Listener(
            try SocketListener(adopting: socket, noDelay: noDelay), mode: mode ?? defaults.mode,
            connectionMode: defaults.mode, observer: defaults.observer, fileID: fileID, line: line)
    }

    /// Makes a datagram socket of a socket that was made elsewhere.
    ///
    /// - Throws: As ``SocketDatagrams/init(adopting:)`` does.
    public func datagramSocket(
        adopting socket: SocketDescriptor, mode: IOMode? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> DatagramSocket<SocketDatagrams<Family>> {
        DatagramSocket(
            try SocketDatagrams(adopting: socket), mode: mode ?? defaults.mode, observer: defaults.observer,
            fileID: fileID, line: line)
    }
}
