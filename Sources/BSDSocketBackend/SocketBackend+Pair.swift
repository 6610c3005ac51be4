internal import CSockets
public import TransportCore

extension SocketBackend where Family == Unix {
    /// Two connected Unix streams; what is sent on one is received on the other.
    ///
    /// The corresponding C function is `socketpair`.
    ///
    /// - Parameters:
    ///   - mode: The mode of both. The default, nil, is that of the backend's ``defaults``.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: ``/TransportCore/TransportError/Kind/tooManyOpenFiles``,
    ///   ``/TransportCore/TransportError/Kind/outOfResources``.
    public func connectedPair(
        mode: IOMode? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> (Connection<SocketTransport<Unix>>, Connection<SocketTransport<Unix>>) {
        let pair = syscalls.socketPair(AF_UNIX, csockets_stream)
        guard pair.result == 0 else { throw TransportError(errno: -pair.result, .open) }
        // Both are owned before anything can fail, so that neither leaks.
        let first = try SocketHandle(owning: pair.first, domain: AF_UNIX, syscalls: syscalls)
        let second = try SocketHandle(owning: pair.second, domain: AF_UNIX, syscalls: syscalls)
        let mode = mode ?? defaults.mode
        return (
            Connection(
                SocketTransport(first, peer: .unnamed), mode: mode, observer: defaults.observer, fileID: fileID,
                line: line),
            Connection(
                SocketTransport(second, peer: .unnamed), mode: mode, observer: defaults.observer, fileID: fileID,
                line: line)
        )
    }
}
