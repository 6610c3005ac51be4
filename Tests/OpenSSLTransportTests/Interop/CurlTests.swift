import BSDSocketBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// Against curl, with a server of ours that answers in HTTP.
@Suite("HTTPS with curl", .enabled(if: program("curl") != nil, "curl is not installed"))
struct CurlTests {
    private let pki: TestPKI
    private let files: CertificateFiles

    init() throws {
        pki = try .usual()
        files = try CertificateFiles(pki)
    }

    private func curl(_ port: UInt16, _ arguments: String...) throws -> (output: String, code: Int32) {
        let child = try ChildProcess(
            "curl",
            ["-sS", "-m", "10", "-4", "--noproxy", "*", "--cacert", files.authority, "https://localhost:\(port)/page"]
                + arguments)
        return (try child.readToEnd(), try child.waitForExit())
    }

    @Test("curl verifies us, and gets its page", arguments: [TLSVersion.tls12, .tls13])
    func page(version: TLSVersion) throws {
        let configuration = try pki.serverConfiguration {
            $0.applicationProtocols = ["http/1.1"]
            $0.clientAuthentication = .required
            $0.roots = .only([.pem(pki.authority.certificate.pem)])
        }
        // More than fits into one record, or into the buffers of the system.
        let body = String(repeating: "0123456789abcdef", count: 100_000)
        let (port, results) = try serve(configuration) { connection in
            let details = try #require(connection.tls)
            #expect(details.serverName == "localhost")
            #expect(details.applicationProtocol == "http/1.1")
            #expect(details.peerCertificates.first?.subject.oneLine == "/CN=somebody")
            #expect(details.isPeerVerified)
            #expect(try connection.answer(body).hasPrefix("GET /page HTTP/1.1\r\n"))
            return details.version
        }
        let (output, code) = try curl(
            port, "--cert", files.client.certificate, "--key", files.client.key,
            version == .tls12 ? "--tls-max" : "--tlsv1.3", version == .tls12 ? "1.2" : "--http1.1")
        #expect(code == 0)
        #expect(output == body)
        #expect(try results.value() == [version])
    }

    @Test("curl refuses a certificate of an authority that it does not know, and we learn of it")
    func refused() throws {
        let stranger = try CertificateAuthority("Other").issue(.server("localhost"))
        let backend = try TLSBackend(
            over: SocketBackend<IP>(), client: pki.client(), server: pki.serverConfiguration(with: stranger))
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let error = BackgroundCall {
            let connection = try listener.accept(timeout: patience)
            defer { connection.close() }
            return caught { try connection.establish(timeout: patience) }
        }
        #expect(try curl(listener.localAddress.port).code == 60)
        #expect(try error.value()?.tlsAlert == .unknownAuthority)
    }

    @Test("a body that was cut is an error for curl: no close_notify was sent")
    func cut() throws {
        let (port, results) = try serve(pki.serverConfiguration()) { connection in
            _ = try connection.receive(atMost: 4096)
            try connection.sendAll("HTTP/1.0 200 OK\r\n\r\nhalf of ")
            connection.abort()
        }
        #expect(try curl(port).code != 0)
        _ = try results.value()
    }
}
