public import TransportCore

extension SocketBackend {
    /// Listens with a socket that another program has made: what ``listener(adopting:noDelay:mode:fileID:line:)`` does with
    /// a socket that is shared.
    ///
    /// The socket becomes nonblocking, for everyone who has it.
    ///
    /// - Parameters:
    ///   - socket: A listener of the backend's family, which nobody has taken yet.
    ///   - noDelay: Whether accepted connections send small segments at once (`TCP_NODELAY`). The default is true.
    ///   - mode: The mode of the listener. The default, nil, is that of the backend's ``defaults``.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when it is no listener,
    ///   ``/TransportCore/TransportError/Kind/familyNotSupported`` when it is of another family,
    ///   ``/TransportCore/TransportError/Kind/invalidState`` when it was taken before.
    public func listen(
        on socket: InheritedSocket, noDelay: Bool = true, mode: IOMode? = nil, fileID: StaticString = #fileID,
        line: UInt = #line
    ) throws(TransportError) -> Listener<SocketListener<Family>> {
        try listener(
            adopting: try socket.take(as: .listener), noDelay: noDelay, mode: mode, fileID: fileID, line: line)
    }

    /// Receives and sends with a datagram socket that another program has made.
    ///
    /// Otherwise like ``listen(on:noDelay:mode:fileID:line:)``.
    public func datagramSocket(
        on socket: InheritedSocket, mode: IOMode? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> DatagramSocket<SocketDatagrams<Family>> {
        try datagramSocket(adopting: try socket.take(as: .datagrams), mode: mode, fileID: fileID, line: line)
    }
}
