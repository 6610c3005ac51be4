public import TransportCore

/// How TLS connections are made: an immutable value, made once and shared by many connections.
///
/// Making one reads all files, checks keys against certificates and builds what OpenSSL needs (an `SSL_CTX`), so that
/// mistakes show here and not with the first connection.
public struct TLSConfiguration: Sendable {
    /// Which side of a connection it is for.
    public enum Role: Hashable, Sendable {
        /// The side that connects.
        case client
        /// The side that accepts.
        case server
    }

    let context: TLSContext

    /// Which side it is for.
    public var role: Role { context.role }

    /// What it was made of.
    public var settings: TLSSettings { context.settings }

    /// Where a client's sessions are kept; nil on a server, or when nothing is resumed.
    public var sessionCache: TLSSessionCache? { context.sessionCache }

    /// The configuration of a client.
    ///
    /// - Parameter settings: Everything that differs from the defaults. The default verifies the server in every respect.
    /// - Throws: ``TransportCore/TransportError/Kind/tlsUnusableMaterial`` and
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for what cannot be used;
    ///   ``/TransportCore/TransportError/Kind/noSuchFile`` and the like for files.
    public static func client(_ settings: TLSSettings = TLSSettings()) throws(TransportError) -> TLSConfiguration {
        TLSConfiguration(context: try TLSContext(.client, settings))
    }

    /// The configuration of a server.
    ///
    /// - Parameters:
    ///   - identity: Its certificate and key; in addition to those of the settings.
    ///   - settings: Everything that differs from the defaults.
    /// - Throws: As ``client(_:)`` does, and ``/TransportCore/TransportError/Kind/invalidArgument`` when there is
    ///   neither identity nor pre-shared key.
    public static func server(
        identity: TLSIdentity? = nil, _ settings: TLSSettings = TLSSettings()
    ) throws(TransportError) -> TLSConfiguration {
        var settings = settings
        if let identity { settings.identities.insert(identity, at: 0) }
        return TLSConfiguration(context: try TLSContext(.server, settings))
    }

    /// Throws when it is for the other side.
    func require(_ role: Role) throws(TransportError) {
        guard self.role == role else {
            throw .invalidArgument(
                "this is the configuration of a \(self.role), and a \(role) is to be made",
                operation: role == .client ? .connect : .accept
            )
        }
    }
}
