import OpenSSLTransport
import TestSupport
import Testing

/// What the plugin TestCertificates has made for this very target.
@Suite("Certificates that were made with the build")
struct BuiltCertificatesTests {
    @Test("each is there as text and as files, the same in both")
    func filesAndTexts() throws {
        let all = try TestCertificates.all
        #expect(all.map(\.name).contains("server"))
        for identity in all {
            let certificate = try Certificate(pem: identity.certificatePEM)
            #expect(try Certificate(file: identity.certificateFile) == certificate)
            #expect(try Certificate.certificates(file: identity.chainFile).first == certificate)
            #expect(try Certificate.certificates(pem: identity.chainPEM).first == certificate)
            #expect(certificate.notBefore == identity.notBefore)
            #expect(certificate.notAfter == identity.notAfter)
        }
        let authority = try Certificate(pem: TestCertificates.authorityPEM)
        #expect(authority.isAuthority && authority.isSelfSigned)
        #expect(try Certificate(file: TestCertificates.authorityFile) == authority)
        #expect(try Certificate.certificates(pem: TestCertificates.chained.chainPEM).count == 3)
        #expect(try TestCertificates.encryptedKey.keyPEM.contains("BEGIN ENCRYPTED PRIVATE KEY"))
    }

    @Test(
        "each gets the verdict of OpenSSL's program that it was made for",
        .enabled(if: OpenSSLProgram.isThere, "openssl is not installed")
    )
    func verdicts() throws {
        // The program falls back to the common name, so that it takes the certificate without names, too.
        let faults = [
            "client": "error 26", "expired": "error 10", "notYetValid": "error 9", "wrongHost": "error 62",
            "wildcard": "error 62", "wrongUsage": "error 26", "selfSigned": "error 18",
            "untrusted": "error 20", "incompleteChain": "error 20",
        ]
        for identity in try TestCertificates.all {
            let answer = try verify(identity)
            if let fault = faults[identity.name] {
                #expect(answer.contains("\(fault) at"), "\(identity.name): \(answer)")
            } else {
                #expect(answer.hasSuffix(": OK"), "\(identity.name): \(answer)")
            }
        }
        let lists = ["-crl_check", "-CRLfile", try TestCertificates.revocationListFile]
        #expect(try verify(TestCertificates.server, lists).hasSuffix(": OK"))
        #expect(try verify(TestCertificates.revoked, lists).contains("error 23 at"))
    }

    private func verify(_ identity: TestCertificates.Identity, _ more: [String] = []) throws -> String {
        try OpenSSLProgram.run(
            [
                "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile",
                try TestCertificates.authorityFile, "-untrusted", identity.chainFile,
            ] + more + [identity.certificateFile]
        )
    }
}
