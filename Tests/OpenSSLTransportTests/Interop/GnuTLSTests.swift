import Glibc
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// Against another implementation of TLS.
@Suite("TLS with GnuTLS", .enabled(if: program("gnutls-cli") != nil, "gnutls-bin is not installed"))
struct GnuTLSTests {
    /// How GnuTLS calls for one version.
    private static let versions: [(TLSVersion, String)] = [
        (.tls12, "NORMAL:-VERS-ALL:+VERS-TLS1.2"), (.tls13, "NORMAL:-VERS-ALL:+VERS-TLS1.3"),
    ]

    @Test("gnutls-cli verifies our server, and shows its certificate")
    func client() throws {
        let pki = try TestPKI.usual()
        let files = try CertificateFiles(pki)
        let configuration = try pki.serverConfiguration {
            $0.clientAuthentication = .required
            $0.roots = .only([.pem(pki.authority.certificate.pem)])
            $0.applicationProtocols = ["echo"]
        }
        for (version, priority) in Self.versions {
            let (port, results) = try serve(configuration) { connection in
                try connection.sendAll("answer to " + connection.line() + "\n")
                #expect(try connection.close(timeout: patience))
                return connection.isClosed
            }
            let program = try ChildProcess(
                "gnutls-cli",
                [
                    "--x509cafile", files.authority, "--x509certfile", files.client.certificate, "--x509keyfile",
                    files.client.key, "--alpn", "echo", "--priority", priority, "-p", "\(port)", "localhost",
                ])
            program.writeLine("question")
            let output = try program.readToEnd()
            #expect(output.contains("The certificate is trusted."))
            #expect(output.contains("Application protocol: echo") || output.contains("ALPN: echo") || version == .tls13)
            #expect(output.contains("answer to question"))
            #expect(try results.value() == [true])
            _ = try program.waitForExit()
        }
    }

    @Test("gnutls-serv verifies our client, and echoes")
    func server() throws {
        let pki = try TestPKI.usual()
        let files = try CertificateFiles(pki)
        for (version, priority) in Self.versions {
            let port = try freePort()
            let program = try ChildProcess(
                "gnutls-serv",
                [
                    "--quiet", "--echo", "--x509cafile", files.authority, "--x509certfile", files.server.certificate,
                    "--x509keyfile", files.server.key, "--require-client-cert", "--verify-client-cert", "--priority",
                    priority, "-p", "\(port)",
                ])
            defer { kill(program.id, SIGKILL) }
            try waitForServer(port)
            let configuration = try pki.client { $0.identities = [files.clientIdentity] }
            for isResumed in [false, true] {
                let connection = try connect(port, configuration)
                #expect(connection.tls?.version == version)
                #expect(connection.tls?.isResumed == isResumed)
                try connection.sendAll("hello\n")
                #expect(try connection.line() == "hello")
                connection.close()
            }
        }
    }
}
