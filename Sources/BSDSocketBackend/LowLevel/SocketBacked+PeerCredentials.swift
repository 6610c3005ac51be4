internal import TransportCore

extension SocketBacked {
    /// Which process is at the other end of a Unix socket, as the system vouches for it (`SO_PEERCRED`; on Darwin
    /// `LOCAL_PEERCRED` and `LOCAL_PEERPID`).
    ///
    /// It is the process that connected, listened or made the pair, with the user and group that it had then. What it has
    /// given the socket to meanwhile is not known. Of a server's client: `connection.transport.peerCredentials`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/notConnected`` where the system knows of no such process, as on a socket
    ///   of another family; ``/TransportCore/TransportError/Kind/unsupported`` where the platform does not tell;
    ///   ``/TransportCore/TransportError/Kind/closed``.
    public var peerCredentials: ProcessCredentials {
        get throws(TransportError) {
            #if canImport(Darwin)
            // struct xucred: version, user, the count of groups, the groups. SOL_LOCAL is 0.
            let credentials = try rawOption(level: 0, name: 1, maximumLength: 76)
            let process = try rawOption(level: 0, name: 2, maximumLength: 4)
            guard credentials.count >= 16, process.count == 4 else { throw unknownPeer }
            return ProcessCredentials(
                process: Int32(bitPattern: Self.word(process, at: 0)), user: Self.word(credentials, at: 4),
                group: Self.word(credentials, at: 12))
            #else
            guard let name = SocketOptionName.peerCredentials else {
                throw TransportError(.unsupported, operation: .getOption)
                    .with(message: "this platform does not tell which process a socket is connected to")
            }
            let bytes = try rawOption(level: name.level.rawValue, name: name.number, maximumLength: 12)
            // Of a socket that knows nobody, the user is -1.
            guard bytes.count == 12, Self.word(bytes, at: 4) != .max else { throw unknownPeer }
            return ProcessCredentials(
                process: Int32(bitPattern: Self.word(bytes, at: 0)), user: Self.word(bytes, at: 4),
                group: Self.word(bytes, at: 8))
            #endif
        }
    }

    private var unknownPeer: TransportError {
        TransportError(.notConnected, operation: .getOption)
            .with(message: "the system knows of no process at the other end")
            .with(advice: "ask a Unix socket that is connected: others have no credentials")
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }
}
