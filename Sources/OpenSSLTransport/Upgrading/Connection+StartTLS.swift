public import TransportCore

extension Connection {
    /// Begins TLS as the client on this connection (STARTTLS), and makes the handshake.
    ///
    /// Call it when the server has said that it is ready, and nothing more. The connection moves: this object is closed
    /// from now on. Where a ``TransportCore/BufferedReader`` has read what was said before, call that one's
    /// `BufferedReader.startTLS(_:serverName:timeout:deadline:)`: nobody else knows what it holds.
    ///
    /// - Parameters:
    ///   - configuration: How.
    ///   - serverName: The host that the certificate must be for.
    ///   - timeout: How long the handshake may take. The default, nil, is what ``/TransportCore/Connection/mode`` says.
    ///   - deadline: Until when. The default, nil, is what the mode says.
    /// - Returns: The connection with TLS. In nonblocking mode its handshake is under way: go on with `establish()`.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when bytes were received that nobody has read:
    ///   somebody may have put them there before TLS began (CVE-2011-0411).
    ///   ``/TransportCore/TransportError/Kind/invalidArgument``, ``/TransportCore/TransportError/Kind/busy``; after
    ///   these the connection is as it was. When the handshake fails, it is closed.
    public func startTLS(
        _ configuration: TLSConfiguration, serverName: String?, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Connection<TLSTransport<T>> {
        try moved(toClient: configuration, serverName).establishing(timeout, deadline)
    }

    /// Begins TLS as the client on this connection, suspending the task. Like the blocking form.
    public func startTLS(
        _ configuration: TLSConfiguration, serverName: String?, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Connection<TLSTransport<T>> {
        try await moved(toClient: configuration, serverName).establishing(timeout, deadline)
    }

    /// Begins TLS as the server on this connection (STARTTLS), and makes the handshake.
    ///
    /// Call it when the client was told that this end is ready. Otherwise like the form for clients.
    ///
    /// - Parameters:
    ///   - configuration: How; that of a server.
    ///   - timeout: How long the handshake may take. The default, nil, is what ``/TransportCore/Connection/mode`` says.
    ///   - deadline: Until when. The default, nil, is what the mode says.
    public func startTLS(
        acceptingWith configuration: TLSConfiguration, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Connection<TLSTransport<T>> {
        try moved(toServer: configuration).establishing(timeout, deadline)
    }

    /// Begins TLS as the server on this connection, suspending the task. Like the blocking form.
    public func startTLS(
        acceptingWith configuration: TLSConfiguration, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Connection<TLSTransport<T>> {
        try await moved(toServer: configuration).establishing(timeout, deadline)
    }

    private func moved(
        toClient configuration: TLSConfiguration, _ serverName: String?
    ) throws(TransportError) -> Connection<TLSTransport<T>> {
        try moved(for: .startTLS, keepsEnds: true) { (lower) throws(TransportError) in
            try Self.refuseBufferedBytes(lower)
            return try TLSTransport(client: lower, configuration: configuration, serverName: serverName)
        }
    }

    private func moved(toServer configuration: TLSConfiguration) throws(TransportError) -> Connection<TLSTransport<T>> {
        try moved(for: .startTLS, keepsEnds: true) { (lower) throws(TransportError) in
            try Self.refuseBufferedBytes(lower)
            return try TLSTransport(server: lower, configuration: configuration)
        }
    }

    private static func refuseBufferedBytes(_ lower: T) throws(TransportError) {
        if lower.hasBufferedInput { throw .unreadBeforeTLS }
    }
}

extension TransportError {
    /// The error of bytes that came before TLS and that nobody has read.
    static var unreadBeforeTLS: TransportError {
        TransportError(.invalidState, operation: .startTLS)
            .with(message: "bytes of the peer were received that nobody has read: they do not belong to TLS")
            .with(advice: "receive what the peer says before TLS; after that it must say nothing")
    }
}

extension Connection {
    /// Makes the handshake of a connection that has just been made, or closes it.
    fileprivate func establishing(_ timeout: Duration?, _ deadline: Deadline?) throws(TransportError) -> Connection {
        do throws(TransportError) {
            try establish(timeout: timeout, deadline: deadline)
        } catch {
            if mode == .nonblocking, error.kind == .wouldBlock { return self }
            close()
            throw error.with(operation: .startTLS)
        }
        return self
    }

    /// The same for tasks.
    fileprivate func establishing(
        _ timeout: Duration?, _ deadline: Deadline?
    ) async throws(TransportError) -> Connection {
        do throws(TransportError) {
            try await establish(timeout: timeout, deadline: deadline)
        } catch {
            if mode == .nonblocking, error.kind == .wouldBlock { return self }
            close()
            throw error.with(operation: .startTLS)
        }
        return self
    }
}
