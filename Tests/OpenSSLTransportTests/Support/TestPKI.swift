import OpenSSLTransport
import TransportCore

/// The authority and the server's identity that most tests use, made once for all.
struct TestPKI: Sendable {
    let authority: TestCertificate
    let server: TestCertificate

    static let shared = Result { try TestPKI() }

    /// The shared one.
    static func usual() throws -> TestPKI { try shared.get() }

    init() throws {
        authority = try .authority()
        server = try authority.issue()
    }

    /// The settings of a client that trusts the authority.
    var clientSettings: TLSSettings {
        var settings = TLSSettings()
        settings.roots = .only([.pem(authority.pem)])
        return settings
    }

    /// The configuration of a client that trusts the authority.
    func client(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSConfiguration {
        var settings = clientSettings
        change(&settings)
        return try .client(settings)
    }

    /// The configuration of a server with the usual identity.
    func serverConfiguration(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSConfiguration {
        var settings = TLSSettings()
        change(&settings)
        return try .server(identity: settings.identities.isEmpty ? try server.identity() : nil, settings)
    }
}
