import OpenSSLTransport
import TestCertificateAuthority
import TransportCore

/// The authority and the server's certificate that most tests use, made once for all.
struct TestPKI: Sendable {
    let authority: CertificateAuthority
    let server: IssuedCertificate

    private static let shared = Result { try TestPKI() }

    /// The shared one.
    static func usual() throws -> TestPKI { try shared.get() }

    private init() throws {
        authority = try CertificateAuthority("Test Authority")
        server = try authority.issue(.server("localhost", "127.0.0.1", "::1"))
    }

    /// The settings of a client that trusts the authority.
    var clientSettings: TLSSettings {
        var settings = TLSSettings()
        settings.roots = .only([.pem(authority.certificate.pem)])
        return settings
    }

    /// The configuration of a client that trusts the authority.
    func client(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSConfiguration {
        var settings = clientSettings
        change(&settings)
        return try .client(settings)
    }

    /// The configuration of a server with the usual identity, unless there is another one.
    func serverConfiguration(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSConfiguration {
        var settings = TLSSettings()
        change(&settings)
        return try .server(identity: settings.identities.isEmpty ? try server.identity() : nil, settings)
    }

    /// The configuration of a server with a certificate.
    func serverConfiguration(with certificate: IssuedCertificate) throws -> TLSConfiguration {
        try .server(identity: certificate.identity())
    }
}

extension IssuedCertificate {
    /// The certificate, those of the authorities between it and the root, and its key.
    func identity() throws -> TLSIdentity {
        try TLSIdentity(certificates: .pem(chainPEM), key: .pem(keyPEM))
    }
}
