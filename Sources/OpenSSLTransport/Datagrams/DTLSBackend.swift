public import TransportCore

/// DTLS over a backend's datagrams: what is opened in place of a plain endpoint protects what it sends.
///
/// ```swift
/// let backend = try DTLSBackend(over: SocketBackend<IP>(), serverName: "sensors.example")
/// let socket = try backend.datagramSocket(connectedTo: address)
/// try socket.send("ping", timeout: .seconds(5))
/// ```
///
/// The handshake comes with the first datagram, within the limits of that call, or with
/// `DatagramSocket.establish(with:timeout:deadline:)`. An endpoint with the configuration of a server answers those of
/// others; see ``DTLSTransport``.
public struct DTLSBackend<Base: Backend & DatagramBackend>: DatagramBackend {
    /// The family of the addresses.
    public typealias Family = Base.Family
    /// The type of the endpoints.
    public typealias Datagrams = DTLSTransport<Base.Datagrams>

    /// The backend below.
    public let base: Base
    /// How associations are begun; nil when this backend begins none.
    public let client: DTLSConfiguration?
    /// How those of others are answered; nil when this backend answers none.
    public let server: DTLSConfiguration?
    /// The host that certificates of servers must be for.
    public let serverName: String?
    /// How much an endpoint takes on.
    public let limits: DTLSLimits

    /// Makes a backend.
    ///
    /// - Parameters:
    ///   - base: The backend below.
    ///   - client: How associations are begun. The default, nil, is not at all when there is a server, and otherwise with all
    ///     defaults: everything is verified, with the roots of the system.
    ///   - server: How those of others are answered. The default, nil, is not at all.
    ///   - serverName: The host that certificates of servers must be for. The default is nil, which only clients can have
    ///     that verify no name.
    ///   - limits: How much an endpoint takes on.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a configuration of the wrong side, and for
    ///   a name that is none or is missing; when the system has no roots,
    ///   ``TransportCore/TransportError/Kind/tlsUnusableMaterial``.
    public init(
        over base: Base, client: DTLSConfiguration? = nil, server: DTLSConfiguration? = nil,
        serverName: String? = nil, limits: DTLSLimits = DTLSLimits()
    ) throws(TransportError) {
        let client = if client == nil, server == nil { try DTLSConfiguration.client() } else { client }
        try Datagrams.check(client: client, server: server, serverName: serverName, limits: limits)
        self.base = base
        self.client = client
        self.server = server
        self.serverName = serverName
        self.limits = limits
    }

    /// Opens an endpoint. Nothing is sent yet.
    public func openDatagrams(
        boundTo local: Base.Family.SocketAddress?, connectedTo remote: Base.Family.SocketAddress?,
        options: [OptionSetting]
    ) throws(TransportError) -> DTLSTransport<Base.Datagrams> {
        let lower = try base.openDatagrams(boundTo: local, connectedTo: remote, options: options)
        let base = base
        do throws(TransportError) {
            return try DTLSTransport(
                over: lower, client: client, server: server, serverName: serverName, limits: limits,
                randomNumber: { base.randomNumber() }
            )
        } catch {
            lower.close()
            throw error
        }
    }

    /// The base's settings.
    public var defaults: BackendDefaults { base.defaults }

    /// The base's clock.
    public var now: Instant { base.now }

    /// Lets others go on in the base's way.
    public func letOthersGoOn() { base.letOthersGoOn() }
}
