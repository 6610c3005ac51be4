public import TransportCore

/// TLS over any backend: what connects, connects with TLS, and what listens, accepts with TLS.
///
/// ```swift
/// let backend = try TLSBackend(over: SocketBackend<IP>())
/// let connection = try backend.connect(host: "example.org", port: 443, timeout: .seconds(5))
/// ```
///
/// Connecting includes the handshake, under the same deadline. The server's name is that of the call: the `host:` of
/// `connect(host:port:)`, or ``/TransportCore/StreamOptions/peerName``; otherwise ``serverName`` of this backend.
/// Connecting to an address without any name is an error, as there would be nothing to verify.
///
/// An accepted connection makes its handshake with its first bytes, or with `establish()`: accepting does not wait for
/// clients that say nothing.
public struct TLSBackend<Base: Backend>: BackendLayer {
    /// The family of the addresses.
    public typealias Family = Base.Family
    /// The type of the streams.
    public typealias Stream = TLSTransport<Base.Stream>
    /// The type of the listeners.
    public typealias StreamListener = LayeredListener<Base.StreamListener, TLSTransport<Base.Stream>>

    /// How clients are made.
    public let client: TLSConfiguration

    /// How servers are made; nil when this backend does not listen.
    public let server: TLSConfiguration?

    /// The name of the server where a call gives none. The default is nil.
    public var serverName: String?

    /// The backend below.
    public let base: Base

    /// Makes a backend.
    ///
    /// - Parameters:
    ///   - base: The backend below.
    ///   - client: How clients are made. The default, nil, is with all defaults: everything is verified, with the roots of
    ///     the system.
    ///   - server: How servers are made. The default, nil, is not at all.
    ///   - serverName: The name of the server where a call gives none. The default is nil.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a configuration of the wrong side, and when
    ///   the system has no roots ``TransportCore/TransportError/Kind/tlsUnusableMaterial``.
    public init(
        over base: Base, client: TLSConfiguration? = nil, server: TLSConfiguration? = nil, serverName: String? = nil
    ) throws(TransportError) {
        self.base = base
        if let client { self.client = client } else { self.client = try .client() }
        self.server = server
        self.serverName = serverName
        guard self.client.role == .client, server?.role != .client else {
            throw .invalidArgument(
                "the configurations of client and server are in each other's place", operation: .open)
        }
    }

    /// Begins to connect; the handshake follows.
    public func beginOpen(
        to address: Base.Family.SocketAddress, options: StreamOptions<Base.Family>
    ) throws(TransportError) -> TLSTransport<Base.Stream> {
        let name = try client.nameToVerify(options.peerName ?? serverName)
        return try wrapped(try base.beginOpen(to: address, options: options), name)
    }

    /// Connects and makes the handshake.
    public func open(
        to address: Base.Family.SocketAddress, options: StreamOptions<Base.Family>, until deadline: Deadline
    ) throws(TransportError) -> TLSTransport<Base.Stream> {
        let name = try client.nameToVerify(options.peerName ?? serverName)
        let stream = try wrapped(try base.open(to: address, options: options, until: deadline), name)
        do throws(TransportError) {
            guard try stream.establish(until: deadline) else { throw TransportError.handshakeTimeout }
            return stream
        } catch {
            throw Self.abandoned(stream, "\(address)", error)
        }
    }

    /// Connects and makes the handshake, suspending the task.
    public func open(
        to address: Base.Family.SocketAddress, options: StreamOptions<Base.Family>, until deadline: Deadline
    ) async throws(TransportError) -> TLSTransport<Base.Stream> {
        let name = try client.nameToVerify(options.peerName ?? serverName)
        let stream = try wrapped(try await base.open(to: address, options: options, until: deadline), name)
        do throws(TransportError) {
            let step = try await stream.drive(until: deadline) { () throws(TransportError) in
                try stream.tryEstablish()
            }
            guard step == .done else { throw TransportError.handshakeTimeout }
            return stream
        } catch {
            throw Self.abandoned(stream, "\(address)", error)
        }
    }

    /// Puts TLS over a listener of the base.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when there is no certificate to show.
    public func listener(over lower: Base.StreamListener) throws(TransportError) -> StreamListener {
        guard let server else {
            throw .invalidArgument(
                "a TLS listener needs a certificate: give TLSBackend the configuration of a server", operation: .listen
            )
        }
        return LayeredListener(over: lower) { (stream) throws(TransportError) in
            try TLSTransport(server: stream, configuration: server)
        }
    }

    // MARK: Parts

    private func wrapped(
        _ stream: Base.Stream, _ name: TLSPeerName?
    ) throws(TransportError) -> TLSTransport<Base.Stream> {
        do throws(TransportError) {
            return try TLSTransport(client: stream, configuration: client, peerName: name)
        } catch {
            stream.close()
            throw error
        }
    }

    /// Closes a stream that could not be established, and gives the error that says so.
    private static func abandoned(_ stream: Stream, _ address: String, _ error: TransportError) -> TransportError {
        stream.close()
        let error = error.with(operation: .handshake)
        return error.address == nil ? error.with(address: address) : error
    }
}

extension TLSBackend: ResolvingBackend where Base: ResolvingBackend {}

extension TLSConfiguration {
    /// The name to verify, checked before anything is sent.
    fileprivate func nameToVerify(_ name: String?) throws(TransportError) -> TLSPeerName? {
        if let name { return try TLSPeerName(name) }
        guard settings.verification != .full else {
            throw .invalidArgument(
                "an address alone cannot be verified: connect by name, or give the name of the server "
                    + "(StreamOptions.peerName, TLSBackend.serverName)", operation: .connect
            )
        }
        return nil
    }
}
