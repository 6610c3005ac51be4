internal import CSockets
internal import TransportCore

extension SocketBacked {
    /// Which process is at the other end of a Unix socket, as the system vouches for it (`SO_PEERCRED`; on Darwin
    /// `LOCAL_PEERCRED` and `LOCAL_PEERPID`).
    ///
    /// It is the process that connected, listened or made the pair, with the user and group that it had then. What it has
    /// given the socket to meanwhile is not known. Of a server's client: `connection.transport.peerCredentials`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/notConnected`` where the system knows of no such process, as on a socket
    ///   of another family; ``/TransportCore/TransportError/Kind/closed``.
    public var peerCredentials: ProcessCredentials {
        get throws(TransportError) {
            var (process, user, group) = (Int32(0), UInt32(0), UInt32(0))
            let result = try handle.use(.getOption) { (descriptor) throws(TransportError) in
                csockets_peer_credentials(descriptor, &process, &user, &group)
            }
            guard result >= 0 else {
                let error = handle.failure(Int(result), .getOption)
                guard error.kind == .notConnected else { throw error }
                throw error.with(message: "the system knows of no process at the other end")
                    .with(advice: "ask a Unix socket that is connected: others have no credentials")
            }
            return ProcessCredentials(process: process, user: user, group: group)
        }
    }
}
