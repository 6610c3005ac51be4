public import TransportCore

extension BufferedReader {
    /// Begins TLS as the client on the reader's connection (STARTTLS), and makes the handshake.
    ///
    /// For protocols in lines: it refuses what the reader holds. A peer, or somebody in between, may send plain text in one
    /// piece with the line that begins TLS; such bytes are in the reader then, where
    /// `Connection.startTLS(_:serverName:timeout:deadline:)` does not see them. The connection moves: reader
    /// and connection are closed from now on. Make another reader of what is returned.
    ///
    /// - Parameters:
    ///   - configuration: How.
    ///   - serverName: The host that the certificate must be for.
    ///   - timeout: How long the handshake may take. The default, nil, is what ``/TransportCore/Connection/mode`` says.
    ///   - deadline: Until when. The default, nil, is what the mode says.
    /// - Returns: The connection with TLS.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when the reader or the connection holds bytes that nobody
    ///   has read (CVE-2011-0411), and what the connection's form throws.
    public func startTLS(
        _ configuration: TLSConfiguration, serverName: String?, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Connection<TLSTransport<T>> {
        try refuseUnread()
        return try connection.startTLS(configuration, serverName: serverName, timeout: timeout, deadline: deadline)
    }

    /// Begins TLS as the client on the reader's connection, suspending the task. Like the blocking form.
    public func startTLS(
        _ configuration: TLSConfiguration, serverName: String?, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Connection<TLSTransport<T>> {
        try refuseUnread()
        return try await connection.startTLS(
            configuration, serverName: serverName, timeout: timeout, deadline: deadline)
    }

    /// Begins TLS as the server on the reader's connection (STARTTLS), and makes the handshake.
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
        try refuseUnread()
        return try connection.startTLS(acceptingWith: configuration, timeout: timeout, deadline: deadline)
    }

    /// Begins TLS as the server on the reader's connection, suspending the task. Like the blocking form.
    public func startTLS(
        acceptingWith configuration: TLSConfiguration, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Connection<TLSTransport<T>> {
        try refuseUnread()
        return try await connection.startTLS(acceptingWith: configuration, timeout: timeout, deadline: deadline)
    }

    private func refuseUnread() throws(TransportError) {
        if !isClosed, bufferedCount > 0 { throw .unreadBeforeTLS }
    }
}
