public import TransportCore

/// How DTLS is spoken: an immutable value, made once and shared by many endpoints. Like ``TLSConfiguration``, over datagrams.
///
/// The settings are those of TLS; what is about streams alone has no effect: ``TLSSettings/missingCloseNotify``, and what
/// TLS 1.3 alone has.
public struct DTLSConfiguration: Sendable {
    let context: TLSContext

    /// Which side it is for.
    public var role: TLSConfiguration.Role { context.role }

    /// What it was made of.
    public var settings: TLSSettings { context.settings }

    /// Where a client's sessions are kept; nil on a server, or when nothing is resumed.
    public var sessionCache: TLSSessionCache? { context.sessionCache }

    /// The configuration of the side that begins.
    ///
    /// - Parameter settings: Everything that differs from the defaults. The default verifies the server in every respect.
    /// - Throws: As ``TLSConfiguration/client(_:)`` does; ``/TransportCore/TransportError/Kind/invalidArgument`` also for a
    ///   ``TLSSettings/maximumDatagramSize`` out of range, and for versions without 1.2.
    public static func client(_ settings: TLSSettings = TLSSettings()) throws(TransportError) -> DTLSConfiguration {
        try check(settings)
        return DTLSConfiguration(context: try TLSContext(.client, settings, over: .datagrams))
    }

    /// The configuration of the side that answers.
    ///
    /// - Parameters:
    ///   - identity: Its certificate and key; in addition to those of the settings.
    ///   - settings: Everything that differs from the defaults.
    /// - Throws: As ``client(_:)`` does, and ``/TransportCore/TransportError/Kind/invalidArgument`` when there is
    ///   neither identity nor pre-shared key.
    public static func server(
        identity: TLSIdentity? = nil, _ settings: TLSSettings = TLSSettings()
    ) throws(TransportError) -> DTLSConfiguration {
        try check(settings)
        var settings = settings
        if let identity { settings.identities.insert(identity, at: 0) }
        return DTLSConfiguration(context: try TLSContext(.server, settings, over: .datagrams))
    }

    private static func check(_ settings: TLSSettings) throws(TransportError) {
        guard (256...16_384).contains(settings.maximumDatagramSize) else {
            throw .invalidArgument(
                "the largest datagram of DTLS has 256 to 16,384 bytes, not \(settings.maximumDatagramSize)",
                operation: .open
            )
        }
    }
}
