import COpenSSL
import InterposedOpenSSL
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// What a setting of OpenSSL returns is looked at: an overlooked refusal would be a weaker connection.
@Suite("Settings that OpenSSL does not take")
struct FailClosedTests {
    /// Makes both ends of a connection that uses every setting, and shakes hands.
    private func connect(name: String) throws {
        let pki = try TestPKI.usual()
        let root = TLSMaterial.pem(pki.authority.certificate.pem)
        let list = TLSMaterial.pem(try pki.authority.revocationList().pem)
        let empty = try TemporaryDirectory()
        _ = try empty.write("note", "no roots")
        var settings = TLSSettings()
        settings.roots = .only([root, .directory(empty.path)])
        settings.revocation = .chain
        settings.revocationLists = [list]
        settings.groups = ["P-256"]
        settings.signatureAlgorithms = ["ECDSA+SHA256"]
        settings.cipherSuites = ["TLS_AES_128_GCM_SHA256"]
        settings.applicationProtocols = ["x"]
        var client = settings
        client.stapledStatus = .verified
        client.identities = [try pki.authority.issue(.client("somebody")).identity()]
        var server = settings
        server.clientAuthentication = .required
        server.identities = [try pki.server.identity()]
        server.statusToStaple = { nil }
        server.chooseIdentity = { _ in .usual }
        let (a, b) = try mockPair(client: .client(client), server: .server(server), name: name)
        let errors = handshakeErrors(a, b)
        if let error = errors.client ?? errors.server { throw error }
    }

    @Test("A-34 with all of them taken, the ends connect")
    func taken() throws {
        for name in ["localhost", "127.0.0.1"] { try connect(name: name) }
    }

    @Test(
        "A-34 when one is not taken, there is no connection",
        arguments: [
            "SSL_CTX_new", "SSL_new", "SSL_CTX_get_cert_store", "SSL_CTX_get0_param", "SSL_get0_param",
            "X509_VERIFY_PARAM_set_flags", "X509_VERIFY_PARAM_set1_host", "X509_VERIFY_PARAM_set1_ip",
            "SSL_CTX_set_cipher_list", "SSL_CTX_set_ciphersuites", "SSL_CTX_set_alpn_protos", "SSL_CTX_set_num_tickets",
            "SSL_CTX_set_session_id_context", "SSL_set_session_id_context", "SSL_CTX_set_tlsext_ticket_key_evp_cb",
            "SSL_CTX_load_verify_dir", "SSL_CTX_use_cert_and_key",
            "SSL_CTX_add_client_CA", "X509_STORE_add_cert", "X509_STORE_add_crl", "X509_verify_cert",
            "X509_STORE_CTX_get0_chain", "X509_STORE_CTX_get_ex_data",
            "SSL_ctrl \(SSL_CTRL_SET_TLSEXT_HOSTNAME)", "SSL_CTX_ctrl \(SSL_CTRL_SET_MIN_PROTO_VERSION)",
            "SSL_CTX_ctrl \(SSL_CTRL_SET_MAX_PROTO_VERSION)", "SSL_CTX_ctrl \(SSL_CTRL_SET_GROUPS_LIST)",
            "SSL_CTX_ctrl \(SSL_CTRL_SET_SIGALGS_LIST)",
            "SSL_CTX_callback_ctrl \(SSL_CTRL_SET_TLSEXT_SERVERNAME_CB)",
            "SSL_CTX_callback_ctrl \(SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB)",
            "SSL_CTX_ctrl \(SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE)",
        ]
    )
    func notTaken(function: String) throws {
        let name = function == "X509_VERIFY_PARAM_set1_ip" ? "127.0.0.1" : "localhost"
        let (error, failures) = function.withCString { function in
            interposed_fail(function)
            defer { interposed_fail(nil) }
            var error: (any Error)?
            do { try connect(name: name) } catch let caught { error = caught }
            return (error, interposed_failures())
        }
        #expect(failures > 0, "nobody has called it")
        #expect(error is TransportError, "it was overlooked")
    }

    @Test("A-34 roots of the system that are not taken are no empty set")
    func systemRoots() throws {
        // A system without roots is told before.
        guard (try? TLSConfiguration.client()) != nil else { return }
        let error = "SSL_CTX_set_default_verify_paths".withCString { function in
            interposed_fail(function)
            defer { interposed_fail(nil) }
            return caught { try TLSConfiguration.client() }
        }
        #expect(error?.kind == .tlsUnusableMaterial)
    }
}
