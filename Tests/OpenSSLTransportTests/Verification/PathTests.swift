import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// Which ways from a certificate to a root are found.
@Suite("Ways to a root")
struct PathTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    /// What a client that trusts some says to a server with a chain.
    private func error(
        _ chain: [String], key: IssuedCertificate, roots: [String], _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> TransportError? {
        var settings = TLSSettings()
        settings.roots = .only(roots.map { .pem($0) })
        change(&settings)
        let identity = try TLSIdentity(certificates: .pem(chain.joined()), key: .pem(key.keyPEM))
        var server = TLSSettings()
        server.securityLevel = 0
        let (a, b) = try mockPair(client: .client(settings), server: .server(identity: identity, server))
        return handshakeErrors(a, b).client
    }

    @Test("A-20 the order of the chain and what else is in it change nothing")
    func order() throws {
        let leaf = try pki.authority.chain(depth: 3).issue(.server("localhost"))
        let between = leaf.intermediates.compactMap { try? Certificate(der: $0).pem }
        #expect(between.count == 3)
        let strangers = try [CertificateAuthority("Stranger").certificate.pem, pki.server.pem, leaf.rootPEM]
        let root = pki.authority.certificate.pem
        for chain in [
            between, between.reversed(), [between[1], between[0], between[2]], strangers + between + between,
        ] {
            #expect(try error([leaf.pem] + chain, key: leaf, roots: [root]) == nil)
        }
        for chain in [strangers, Array(between.dropFirst()), Array(between.reversed().dropFirst())] {
            #expect(try error([leaf.pem] + chain, key: leaf, roots: [root])?.kind == .tlsCertificateRejected)
        }
    }

    @Test("A-20 an authority with a certificate that leads nowhere is reached by its other one")
    func detour() throws {
        // The same authority, certified by a root that nobody trusts, by one that excludes the name, and by a good one.
        let key = try KeyPair()
        let shape = CertificateShape.authority("Between")
        let stranger = try CertificateAuthority("Stranger").issue(shape, key: key)
        let constrained = try pki.authority.intermediate("Constrained") {
            $0.nameConstraints = .init(excluded: ["localhost"])
        }
        let excluding = try constrained.issue(shape, key: key)
        let good = try pki.authority.issue(shape, key: key)
        let leaf = try CertificateAuthority(good).issue(.server("localhost"))
        let root = pki.authority.certificate.pem
        let others = [stranger.pem, excluding.pem, constrained.certificate.pem]
        #expect(try error([leaf.pem] + others + [good.pem], key: leaf, roots: [root]) == nil)
        #expect(try error([leaf.pem, good.pem] + others, key: leaf, roots: [root]) == nil)
        // Without the good one, the first way's problem is told.
        let refused = try error([leaf.pem, stranger.pem], key: leaf, roots: [root])
        #expect(refused?.code?.value == 20)
        #expect(try error([leaf.pem] + others, key: leaf, roots: [root])?.kind == .tlsCertificateRejected)
    }

    @Test("A-24 an intermediate authority or a certificate that is given as a root is trusted for itself")
    func pinned() throws {
        let between = try pki.authority.intermediate("Between")
        let leaf = try between.issue(.server("localhost"))
        let chain = [leaf.pem, between.certificate.pem]
        #expect(try error(chain, key: leaf, roots: [between.certificate.pem]) == nil)
        #expect(try error([leaf.pem], key: leaf, roots: [between.certificate.pem]) == nil)
        #expect(try error(chain, key: leaf, roots: [leaf.pem]) == nil)
        // Trust goes down, and never up or aside.
        #expect(try error(chain, key: leaf, roots: [pki.authority.intermediate("Aside").certificate.pem]) != nil)
        #expect(try error([pki.server.pem], key: pki.server, roots: [between.certificate.pem]) != nil)
        #expect(try error([pki.server.pem], key: pki.server, roots: [leaf.pem]) != nil)
    }

    @Test("A-23 roots from a directory with hashed names", .enabled(if: OpenSSLProgram.isThere, "no openssl"))
    func directory() throws {
        let folder = try TemporaryDirectory()
        let between = try pki.authority.intermediate("Between")
        _ = try folder.write("root.pem", pki.authority.certificate.pem)
        _ = try OpenSSLProgram.run("rehash", folder.path, input: "")
        func settings(_ settings: inout TLSSettings) { settings.roots = .only([.directory(folder.path)]) }
        let leaf = try between.issue(.server("localhost"))
        #expect(try error([leaf.chainPEM], key: leaf, roots: [], settings) == nil)
        // Another directory, in which there is no root: a chain ends there where the settings say so.
        let other = try TemporaryDirectory()
        _ = try other.write("between.pem", between.certificate.pem)
        _ = try OpenSSLProgram.run("rehash", other.path, input: "")
        let refused = try error([leaf.chainPEM], key: leaf, roots: []) { $0.roots = .only([.directory(other.path)]) }
        #expect(refused?.kind == .tlsCertificateRejected)
        let accepted = try error([leaf.chainPEM], key: leaf, roots: []) {
            $0.roots = .only([.directory(other.path)])
            $0.allowsPartialChains = true
        }
        #expect(accepted == nil)
    }

    @Test("A-32 certificates that an authority has issued to itself do not count for the depth")
    func selfIssued() throws {
        var shape = CertificateShape.authority("Renewed")
        let old = CertificateAuthority(try pki.authority.issue(shape))
        shape.signatureDigest = .sha256
        let new = CertificateAuthority(try old.issue(shape))
        let leaf = try new.issue(.server("localhost"))
        let root = pki.authority.certificate.pem
        #expect(try error([leaf.chainPEM], key: leaf, roots: [root]) { $0.maximumChainDepth = 1 } == nil)
        let refused = try error([leaf.chainPEM], key: leaf, roots: [root]) { $0.maximumChainDepth = 0 }
        #expect(refused?.code?.value == 22)
    }

    @Test(
        "A-21 code and depth are those of OpenSSL's own verification",
        .enabled(if: OpenSSLProgram.isThere, "no openssl"))
    func comparedWithProgram() throws {
        let root = try TemporaryFile(pki.authority.certificate.pem)
        let expired = try pki.authority.intermediate("Expired") { $0.validity = .expired }
        let weak = try pki.authority.intermediate("Weak") { $0.key = .rsa(1024) }
        let short = try pki.authority.intermediate("Short", pathLength: 0)
        for leaf in [
            pki.server, try pki.authority.issue(.server("localhost")) { $0.validity = .expired },
            try pki.authority.issue(.server("elsewhere")), try pki.authority.issue(.client("localhost")),
            try expired.issue(.server("localhost")), try weak.issue(.server("localhost")),
            try short.intermediate("Below").issue(.server("localhost")),
            try CertificateAuthority("Stranger").issue(.server("localhost")),
            try pki.authority.issue(.server("localhost")) { $0.hasBrokenSignature = true },
        ] {
            let file = try TemporaryFile(leaf.pem)
            let between = try TemporaryFile(leaf.chainPEM)
            let said = try OpenSSLProgram.run(
                "verify", "-CAfile", root.path, "-untrusted", between.path, "-purpose", "sslserver", "-x509_strict",
                "-auth_level", "2", "-verify_hostname", "localhost", "-no-CApath", "-no-CAstore", file.path, input: "")
            let error = try error([leaf.chainPEM], key: leaf, roots: [pki.authority.certificate.pem])
            guard let error else {
                #expect(said.hasSuffix("OK"), "\(said)")
                continue
            }
            // "error 10 at 0 depth lookup: certificate has expired"
            let words = said.split(separator: "\n").first { $0.hasPrefix("error ") }?.split(separator: " ") ?? []
            #expect(error.code?.domain == .certificate)
            #expect(words.count > 3 && error.code?.value == Int32(words[1]), "\(said) and \(error)")
            guard error.kind != .tlsHostNameMismatch else { continue }
            #expect(words.count > 3 && error.message.contains("depth \(words[3]))"), "\(said) and \(error)")
        }
    }
}
