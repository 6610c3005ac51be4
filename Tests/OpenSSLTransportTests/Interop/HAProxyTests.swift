import BSDSocketBackend
import Glibc
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// HAProxy between a client and a server of ours: it ends TLS, and begins it anew.
@Suite("TLS with HAProxy", .enabled(if: program("haproxy") != nil, "HAProxy is not installed"))
struct HAProxyTests {
    @Test("a client's TLS ends at HAProxy, which verifies our server and shows it a certificate")
    func between() throws {
        let pki = try TestPKI.usual()
        let files = try CertificateFiles(pki, clientName: "haproxy")
        let both = try files.directory.write("both.pem", pki.server.chainPEM + pki.server.keyPEM)
        let own = try files.directory.write(
            "own.pem", readText(files.client.certificate) + readText(files.client.key))
        let configuration = try pki.serverConfiguration {
            $0.clientAuthentication = .required
            $0.roots = .only([.pem(pki.authority.certificate.pem)])
        }
        let (port, results) = try serve(configuration, count: 2) { connection in
            _ = try connection.answer("from behind")
            let details = try #require(connection.tls)
            return "\(details.peerCertificates.first?.subject.oneLine ?? "nobody") \(details.serverName ?? "-")"
        }
        let front = try freePort()
        let file = try files.directory.write(
            "haproxy.cfg",
            """
            defaults
                mode http
                timeout connect 5s
                timeout client 10s
                timeout server 10s
            listen front
                bind 127.0.0.1:\(front) ssl crt \(both) alpn http/1.1
                http-response set-header seen "%[ssl_fc_protocol] %[ssl_fc_sni] %[ssl_fc_alpn]"
                server s 127.0.0.1:\(port) ssl verify required ca-file \(files.authority) crt \(own) \
            sni str(localhost) verifyhost localhost no-ssl-reuse

            """)
        let child = try ChildProcess(program("haproxy") ?? "haproxy", ["-db", "-q", "-f", file])
        defer { kill(child.id, SIGKILL) }
        try waitForServer(front)
        for (version, name) in [(TLSVersion.tls12, "TLSv1.2"), (.tls13, "TLSv1.3")] {
            let client = try pki.client {
                $0.versions = version...version
                $0.applicationProtocols = ["http/1.1"]
            }
            let answer = try connect(front, client).get()
            #expect(answer.contains("seen: \(name) localhost http/1.1"))
            #expect(answer.hasSuffix("\r\n\r\nfrom behind"))
        }
        #expect(try results.value() == ["/CN=haproxy localhost", "/CN=haproxy localhost"])
    }
}

/// The contents of a small file.
func readText(_ path: String) throws -> String {
    try ChildProcess("cat", [path]).readToEnd()
}
