import BSDSocketBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// What a program finds that looks for weak settings.
@Suite("Scanned by sslscan", .enabled(if: program("sslscan") != nil, "sslscan is not installed"))
struct SSLScanTests {
    @Test("B-36, B-37 versions, ciphers, renegotiation, compression and the fallback signal, as sslscan sees them")
    func scan() throws {
        let pki = try TestPKI.usual()
        let rsa = try pki.authority.issue(.server("localhost")) { $0.key = .rsa2048 }
        let configuration = try pki.serverConfiguration { [server = pki.server] settings in
            settings.identities = [try? rsa.identity(), try? server.identity()].compactMap { $0 }
        }
        let backend = try TLSBackend(over: SocketBackend<IP>(), client: pki.client(), server: configuration)
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let serving = BackgroundCall {
            // Until the listener is closed.
            while let connection = try? listener.accept() {
                try? connection.establish(timeout: .seconds(2))
                connection.close()
            }
        }
        let child = try ChildProcess("sslscan", ["--no-colour", "127.0.0.1:\(try listener.localAddress.port)"])
        let lines = try child.readToEnd().split(separator: "\n").map(String.init)
        listener.close()
        _ = try serving.value()
        for version in ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"] {
            #expect(lines.contains { $0.hasPrefix(version) && $0.contains("disabled") })
        }
        #expect(lines.contains("Server supports TLS Fallback SCSV"))
        #expect(lines.contains("Session renegotiation not supported"))
        #expect(!lines.contains { $0.contains("Compression enabled") })
        let ciphers = lines.filter { $0.hasPrefix("Accepted") || $0.hasPrefix("Preferred") }.map { line in
            let words = line.split(separator: " ")
            return "\(words[1]) \(words[4])"
        }
        #expect(
            ciphers.sorted() == [
                "TLSv1.2 DHE-RSA-AES128-GCM-SHA256", "TLSv1.2 DHE-RSA-AES256-GCM-SHA384",
                "TLSv1.2 DHE-RSA-CHACHA20-POLY1305", "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256",
                "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384", "TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305",
                "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
                "TLSv1.2 ECDHE-RSA-CHACHA20-POLY1305", "TLSv1.3 TLS_AES_128_GCM_SHA256",
                "TLSv1.3 TLS_AES_256_GCM_SHA384", "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256",
            ], "\(lines.joined(separator: "\n"))")
    }
}
