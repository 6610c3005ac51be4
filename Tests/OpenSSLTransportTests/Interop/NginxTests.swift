import Glibc
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// Against nginx, which says what it saw of us.
@Suite("TLS with nginx", .enabled(if: program("nginx") != nil, "nginx is not installed"))
struct NginxTests {
    /// An nginx of one process, with two hosts at one port.
    private final class Server {
        let files: CertificateFiles
        let port: UInt16
        private let process: ChildProcess

        init(_ pki: TestPKI) throws {
            let (files, port) = (try CertificateFiles(pki), try freePort())
            (self.files, self.port) = (files, port)
            let folder = files.directory.path
            let other = try pki.authority.issue(.server("other.example"))
            let otherCertificate = try files.directory.write("other.pem", other.chainPEM)
            let otherKey = try files.directory.write("other.key", other.keyPEM)
            let hosts = [
                ("localhost", files.server.certificate, files.server.key),
                ("other.example", otherCertificate, otherKey),
            ].map { name, certificate, key in
                """
                server {
                    listen 127.0.0.1:\(port) ssl http2;
                    server_name \(name);
                    ssl_certificate \(certificate);
                    ssl_certificate_key \(key);
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_client_certificate \(files.authority);
                    ssl_verify_client optional;
                    ssl_session_cache builtin:100;
                    location / {
                        return 200 "$ssl_protocol|$ssl_server_name|$ssl_client_verify|$ssl_client_s_dn|$ssl_session_reused|$ssl_alpn_protocol|$server_name";
                    }
                }
                """
            }
            let configuration = try files.directory.write(
                "nginx.conf",
                """
                daemon off;
                master_process off;
                pid \(folder)/pid;
                error_log stderr crit;
                events { worker_connections 64; }
                http {
                    access_log off;
                    client_body_temp_path \(folder)/a;
                    proxy_temp_path \(folder)/b;
                    fastcgi_temp_path \(folder)/c;
                    uwsgi_temp_path \(folder)/d;
                    scgi_temp_path \(folder)/e;
                    \(hosts.joined(separator: "\n"))
                }

                """)
            process = try ChildProcess(
                program("nginx") ?? "nginx", ["-c", configuration, "-p", folder, "-e", "stderr"])
            try waitForServer(port)
        }

        /// What nginx says, field by field.
        func witness(_ client: TLSConfiguration, name: String = "localhost") throws -> [String] {
            let connection = try connect(port, client, name: name)
            defer { connection.close() }
            let answer = try connection.get(host: name)
            let body = answer.components(after: "\r\n\r\n") ?? answer
            return body.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        }
    }

    @Test("versions, the client's certificate, SNI, ALPN and resumption, as nginx sees them")
    func witness() throws {
        let pki = try TestPKI.usual()
        let server = try Server(pki)
        for (version, name) in [(TLSVersion.tls12, "TLSv1.2"), (.tls13, "TLSv1.3")] {
            let anonymous = try pki.client { $0.versions = version...version }
            #expect(try server.witness(anonymous) == [name, "localhost", "NONE", "", ".", "", "localhost"])
            #expect(try server.witness(anonymous) == [name, "localhost", "NONE", "", "r", "", "localhost"])
            let somebody = try pki.client {
                $0.versions = version...version
                $0.identities = [server.files.clientIdentity]
                $0.applicationProtocols = ["http/1.1"]
            }
            #expect(
                try server.witness(somebody, name: "other.example")
                    == [name, "other.example", "SUCCESS", "CN=somebody", ".", "http/1.1", "other.example"])
            let stranger = try CertificateAuthority("Other").issue(.client("stranger")).identity()
            let unknown = try pki.client {
                $0.versions = version...version
                $0.identities = [stranger]
            }
            #expect(try server.witness(unknown).first?.contains("The SSL certificate error") == true)
            let modern = try pki.client {
                $0.versions = version...version
                $0.applicationProtocols = ["h2", "http/1.1"]
            }
            let connection = try connect(server.port, modern)
            #expect(connection.tls?.applicationProtocol == "h2")
            connection.close()
        }
        let error = caught { try connect(server.port, pki.client(), name: "neither.example") }
        #expect(error?.kind == .tlsHostNameMismatch)
    }
}

extension String {
    /// What follows a separator; nil when it is not there.
    func components(after separator: String) -> String? {
        guard let range = firstRange(of: separator) else { return nil }
        return String(self[range.upperBound...])
    }
}
