import Foundation
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("Certificates and keys for a configuration")
struct MaterialTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    @Test("L-12 combined, separate, in DER, in files")
    func forms() throws {
        let server = pki.server
        _ = try TLSIdentity(certificates: .pem(server.keyPEM + server.chainPEM))
        _ = try TLSIdentity(certificates: .pem("junk\n" + server.chainPEM + "junk"), key: .pem(server.keyPEM))
        _ = try TLSIdentity(certificates: .der(server.der), key: .der(server.key.privateKeyDER))
        let file = try TemporaryFile(server.keyPEM + server.chainPEM)
        #expect(try TLSIdentity(certificates: .file(file.path)).certificates.map(\.der) == [server.der])
    }

    @Test("L-12, B-64 what is missing, malformed or belongs elsewhere says so")
    func mistakes() throws {
        let server = pki.server
        let other = try pki.authority.issue(.server("other"))
        func kind(_ certificates: TLSMaterial, _ key: TLSMaterial? = nil) -> TransportError.Kind? {
            caught { try TLSIdentity(certificates: certificates, key: key) }?.kind
        }
        #expect(kind(.file("/no/such/file")) == .noSuchFile)
        #expect(kind(.file("/no\0/such")) == .invalidArgument)
        #expect(kind(.pem("")) == .tlsUnusableMaterial)
        #expect(kind(.pem(server.pem)) == .tlsUnusableMaterial, "no key")
        #expect(kind(.pem(server.keyPEM)) == .tlsUnusableMaterial, "no certificate")
        #expect(kind(.der([1, 2, 3]), .pem(server.keyPEM)) == .tlsUnusableMaterial)
        #expect(kind(.pem(server.pem), .der([1, 2, 3])) == .tlsUnusableMaterial)
        let swapped = caught { try TLSIdentity(certificates: .pem(server.pem), key: .pem(other.keyPEM)) }
        #expect(swapped?.kind == .tlsUnusableMaterial)
        #expect(swapped?.message.contains("not that of") == true)
    }

    @Test("L-12, B-64 encrypted keys ask for their password, and never the terminal")
    func encrypted() throws {
        let server = pki.server
        let key = TLSMaterial.pem(try server.key.pem(.pkcs8, password: "geheim"))
        _ = try TLSIdentity(certificates: .pem(server.pem), key: key, password: "geheim")
        _ = try TLSIdentity(certificates: .pem(server.pem), key: key) { "geheim" }
        func error(_ password: String?) -> TransportError? {
            caught { try TLSIdentity(certificates: .pem(server.pem), key: key, password: password) }
        }
        #expect(error(nil)?.message.contains("give its password") == true)
        #expect(error("")?.message.contains("wrong") == true)
        #expect(error("falsch")?.message.contains("wrong") == true)
        #expect(error(String(repeating: "a", count: 5000))?.kind == .tlsUnusableMaterial)
        let refused = caught {
            try TLSIdentity(certificates: .pem(server.pem), key: key) { () throws(TransportError) in
                throw TransportError(.cancelled, operation: .open)
            }
        }
        #expect(refused?.kind == .cancelled)
        // Nobody is asked for a key that is not encrypted.
        _ = try TLSIdentity(certificates: .pem(server.pem), key: .pem(server.keyPEM)) { () throws(TransportError) in
            throw TransportError(.cancelled, operation: .open)
        }
        #expect(error("falsch").map { "\($0)".contains("falsch") } == false)
    }

    @Test("L-12 an encrypted key in DER is read, and without its password the error says which key and why")
    func encryptedInDER() throws {
        let server = pki.server
        let pem = try server.key.pem(.pkcs8, password: "geheim")
        let base64 = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        let der = Array(try #require(Data(base64Encoded: base64)))
        let file = try TemporaryFile(der)
        for key in [TLSMaterial.der(der), .file(file.path)] {
            _ = try TLSIdentity(certificates: .pem(server.pem), key: key, password: "geheim")
            let wrong = caught { try TLSIdentity(certificates: .pem(server.pem), key: key, password: "falsch") }
            #expect(wrong?.message.contains("password is wrong") == true)
            #expect(wrong?.explanation.contains("try:") == true)
            if case .file(let path) = key { #expect(wrong?.message.contains(path) == true) }
            let none = caught { try TLSIdentity(certificates: .pem(server.pem), key: key) }
            #expect(none?.message.contains("give its password") == true)
        }
    }

    @Test("L-11, A-23 roots from a file, in PEM and DER, twice the same, from the system, and none at all")
    func roots() throws {
        let authority = pki.authority.certificate
        let file = try TemporaryFile("junk\n" + authority.pem + "more junk\n" + authority.pem)
        for roots in [TLSRoots.only([.file(file.path)]), .only([.der(authority.der), .pem(authority.pem)])] {
            let (a, b) = try mockPair(client: pki.client { $0.roots = roots })
            try shakeHands(a, b)
        }
        let (a, b) = try mockPair(client: pki.client { $0.roots = .only([]) })
        #expect(handshakeErrors(a, b).client?.kind == .tlsCertificateRejected)
        #expect(caught { try pki.client { $0.roots = .only([.file("/no/such/file")]) } }?.kind == .noSuchFile)
        #expect(caught { try pki.client { $0.roots = .only([.directory("/no/such")]) } }?.kind == .tlsUnusableMaterial)
        #expect(caught { try pki.client { $0.roots = .only([.pem("nothing")]) } }?.kind == .tlsUnusableMaterial)
    }

    @Test("A-23 a system without roots is an error, and not an empty set")
    func noSystemRoots() async {
        await #expect(processExitsWith: .success) {
            setenv("SSL_CERT_FILE", "/no/such/file", 1)
            setenv("SSL_CERT_DIR", "/no/such/directory", 1)
            let error = caught { try TLSConfiguration.client() }
            guard error?.kind == .tlsUnusableMaterial, error?.message.contains("/no/such/file") == true else { exit(1) }
        }
    }

    @Test("A-27 a revocation list without a number is refused when strict")
    func unnumberedList() throws {
        let list = try CertificateAuthority("Other").revocationList(number: nil).der
        let error = caught { try pki.client { $0.revocationLists = [.der(list)] } }
        #expect(error?.kind == .tlsUnusableMaterial)
        #expect(error?.message.contains("number") == true)
        _ = try pki.client {
            $0.revocationLists = [.der(list)]
            $0.strict = false
        }
    }

    @Test("a setting that is refused is quoted in part, without what a terminal would obey")
    func quotedSettings() {
        let long = "\u{1B}[2J" + String(repeating: "x", count: 100_000)
        let changes: [(inout TLSSettings) -> Void] = [
            { $0.cipherList = long }, { $0.cipherSuites = [long] }, { $0.groups = [long] },
            { $0.signatureAlgorithms = [long] }, { $0.roots = .only([.file(long)]) },
        ]
        for change in changes {
            let error = caught { try pki.client(change) }
            let text = error?.message ?? ""
            #expect(error != nil && text.utf8.count < 1_000 && !text.contains("\u{1B}"), "\(text)")
            #expect(error?.description.contains("\u{1B}") == false && (error?.description.utf8.count ?? 0) < 2_000)
        }
    }

    @Test("settings that OpenSSL does not take are refused when the configuration is made")
    func refusedSettings() throws {
        func kind(_ change: (inout TLSSettings) -> Void) -> TransportError.Kind? {
            caught { try pki.client(change) }?.kind
        }
        #expect(kind { $0.cipherList = "no such cipher" } == .invalidArgument)
        #expect(kind { $0.cipherSuites = ["TLS_NONE"] } == .invalidArgument)
        #expect(kind { $0.groups = ["no such group"] } == .invalidArgument)
        #expect(kind { $0.signatureAlgorithms = ["none"] } == .invalidArgument)
        #expect(kind { $0.pinnedPublicKeys = [.init(bytes: [1])] } == .invalidArgument)
        #expect(caught { try TLSConfiguration.server() }?.kind == .invalidArgument)
    }

    @Test("settings of which OpenSSL would make something else, or nothing, are refused")
    func misunderstoodSettings() throws {
        func kind(_ change: (inout TLSSettings) -> Void) -> TransportError.Kind? {
            caught { try pki.client(change) }?.kind
        }
        // No bounds at all, for OpenSSL.
        #expect(kind { $0.versions = .dtls12 ... .dtls12 } == .invalidArgument)
        #expect(kind { $0.versions = .init(rawValue: 0) ... .init(rawValue: 0) } == .invalidArgument)
        #expect(kind { $0.versions = .init(rawValue: 0x300) ... .tls13 } == .invalidArgument)
        // Without a limit.
        #expect(kind { $0.maximumCertificateBytes = -1 } == .invalidArgument)
        #expect(kind { $0.maximumChainDepth = -1 } == .invalidArgument)
        #expect(kind { $0.securityLevel = -1 } == .invalidArgument)
        #expect(kind { $0.securityLevel = 6 } == .invalidArgument)
        // Cut at the NUL.
        #expect(kind { $0.groups = ["X25519\0X448"] } == .invalidArgument)
        #expect(kind { $0.cipherSuites = ["TLS_AES_128_GCM_SHA256\0"] } == .invalidArgument)
        #expect(kind { $0.cipherSuites = [""] } == .invalidArgument)
        #expect(kind { $0.cipherList += "\0" } == .invalidArgument)
        // Never asked.
        #expect(
            kind {
                $0.verification = .dangerouslyNone
                $0.pinnedPublicKeys = [.init(bytes: [UInt8](repeating: 1, count: 32))]
            } == .invalidArgument)
        #expect(
            kind {
                $0.verification = .dangerouslyNone
                $0.refusePeer = { _ in "nobody" }
            } == .invalidArgument)
        #expect(
            kind {
                $0.verification = .dangerouslyNone
                $0.dangerouslyAcceptPeer = { _ in false }
            } == .invalidArgument)
        // Refused in the midst of the handshake, with the words for something else.
        #expect(kind { $0.preSharedKeys = .client(identity: "me", key: []) } == .invalidArgument)
        #expect(
            kind { $0.preSharedKeys = .client(identity: "me", key: .init(repeating: 1, count: 513)) }
                == .invalidArgument)
        #expect(kind { $0.preSharedKeys = .client(identity: "", key: [1]) } == .invalidArgument)
        #expect(kind { $0.preSharedKeys = .client(identity: "a\0b", key: [1]) } == .invalidArgument)
    }

    @Test(
        "L-41 a pre-shared key that is too long is told by the end that has it", arguments: [TLSVersion.tls12, .tls13])
    func longKey(version: TLSVersion) throws {
        let (short, long) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 1, count: 513))
        func errors(client: [UInt8], server: [UInt8]) throws -> (client: TransportError?, server: TransportError?) {
            var ours = TLSSettings()
            ours.roots = .only([])
            ours.versions = version...version
            var theirs = ours
            ours.preSharedKeys = .client { _ in ("me", client) }
            theirs.preSharedKeys = .server { _ in server }
            let (a, b) = try mockPair(client: .client(ours), server: .server(theirs))
            return handshakeErrors(a, b)
        }
        #expect(try errors(client: long, server: short).client?.kind == .invalidArgument)
        #expect(try errors(client: short, server: long).server?.kind == .invalidArgument)
    }
}
