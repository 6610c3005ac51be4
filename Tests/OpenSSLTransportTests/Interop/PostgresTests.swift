import BSDSocketBackend
import Glibc
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// A PostgreSQL of a test's own, which takes nothing but TLS with a client's certificate.
private final class Postgres {
    /// Where its programs are; nil when it is not installed.
    static let programs: String? = {
        let found = try? ChildProcess("sh", ["-c", "ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -n 1"])
            .readLine()
        if let found { return found }
        return program("initdb").map { String($0.dropLast("/initdb".count)) }
    }()

    /// It refuses to run as root. `setpriv` becomes the program, which a `su` would only start.
    static let prefix: [String] =
        geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []

    let files: CertificateFiles
    let port: UInt16
    private let process: ChildProcess

    init(_ pki: TestPKI) throws {
        files = try CertificateFiles(pki, clientName: "postgres")
        port = try freePort()
        let (folder, programs) = (files.directory.path, Self.programs ?? "")
        if Self.prefix.isEmpty == false { try Self.run(["chown", "-R", "postgres", folder]) }
        try Self.run(["chmod", "600", files.server.key])
        try Self.run(
            Self.prefix + ["\(programs)/initdb", "-D", "\(folder)/data", "-U", "postgres", "-A", "reject", "-N"])
        let access = try files.directory.write("hba.conf", "hostssl all all 127.0.0.1/32 cert\n")
        if Self.prefix.isEmpty == false { try Self.run(["chown", "postgres", access]) }
        let settings = [
            "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=", "fsync=off", "ssl=on",
            "ssl_cert_file=\(files.server.certificate)", "ssl_key_file=\(files.server.key)",
            "ssl_ca_file=\(files.authority)", "hba_file=\(access)", "log_min_messages=panic",
        ]
        let words = Self.prefix + ["\(programs)/postgres", "-D", "\(folder)/data"] + settings.flatMap { ["-c", $0] }
        process = try ChildProcess("sh", ["-c", "exec \"$@\" 2>/dev/null", "sh"] + words)
        // It listens before it is ready, and then turns everyone away.
        for _ in 0..<3000 {
            let ready = try ChildProcess("\(programs)/pg_isready", ["-q", "-h", "127.0.0.1", "-p", "\(port)"])
            if try ready.waitForExit() == 0 { return }
            usleep(20_000)
        }
        throw Failure("it does not become ready")
    }

    deinit {
        kill(process.id, SIGQUIT)  // at once, with all its children
        _ = try? process.waitForExit()
    }

    private static func run(_ words: [String]) throws {
        let child = try ChildProcess("sh", ["-c", "cd / && exec \"$@\" 2>&1", "sh"] + words)
        let output = try child.readToEnd()
        guard try child.waitForExit() == 0 else { throw Failure(output) }
    }

    fileprivate struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}

/// Against PostgreSQL, whose protocol begins TLS on a live connection.
@Suite("TLS with PostgreSQL", .enabled(if: Postgres.programs != nil, "PostgreSQL is not installed"))
struct PostgresTests {
    /// Asks for TLS, begins it, and logs in.
    private func logIn(_ port: UInt16, _ configuration: TLSConfiguration) throws -> TLSConnection {
        let plain = try SocketBackend<IP>().connect(to: .v4(.loopback(port: port)), timeout: patience)
        plain.mode = try .timeout(patience)
        try plain.sendAll([0, 0, 0, 8, 4, 210, 22, 47])
        #expect(try plain.receiveExactly(1) == Array("S".utf8))
        let secure = try plain.startTLS(configuration, serverName: "localhost")
        let body = [0, 3, 0, 0] + Array("user\0postgres\0database\0postgres\0\0".utf8)
        try secure.sendAll(bigEndian(body.count + 4) + body)
        return secure
    }

    private func bigEndian(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    /// The next message: its kind, and what is in it.
    private func message(_ connection: TLSConnection) throws -> (kind: String, body: [UInt8]) {
        let head = try connection.receiveExactly(5)
        let count = head[1...].reduce(0) { $0 << 8 + Int($1) }
        return (String(decoding: head.prefix(1), as: UTF8.self), try connection.receiveExactly(count - 4))
    }

    /// The fields of the first row that answers a query.
    private func row(_ connection: TLSConnection, _ query: String) throws -> [String] {
        let text = Array(query.utf8) + [0]
        try connection.sendAll(Array("Q".utf8) + bigEndian(text.count + 4) + text)
        var fields: [String] = []
        while true {
            let (kind, body) = try message(connection)
            switch kind {
            case "D":
                var rest = body.dropFirst(2)
                while rest.count >= 4 {
                    let count = rest.prefix(4).reduce(0) { $0 << 8 + Int($1) }
                    fields.append(String(decoding: rest.dropFirst(4).prefix(count), as: UTF8.self))
                    rest = rest.dropFirst(4 + count)
                }
            case "E": throw Postgres.Failure(String(decoding: body, as: UTF8.self))
            case "Z": return fields
            default: break
            }
        }
    }

    @Test("TLS after the SSLRequest, with a client's certificate, as pg_stat_ssl sees it")
    func witness() throws {
        let pki = try TestPKI.usual()
        let server = try Postgres(pki)
        for (version, name) in [(TLSVersion.tls12, "TLSv1.2"), (.tls13, "TLSv1.3")] {
            let configuration = try pki.client {
                $0.versions = version...version
                $0.identities = [server.files.clientIdentity]
            }
            let connection = try logIn(server.port, configuration)
            var next = try message(connection)
            while next.kind != "Z" {
                #expect(next.kind != "E", "\(String(decoding: next.body.map { $0 == 0 ? 32 : $0 }, as: UTF8.self))")
                next = try message(connection)
            }
            let fields = try row(
                connection, "select ssl, version, cipher, client_dn from pg_stat_ssl where pid = pg_backend_pid()")
            #expect(fields.first == "t")
            #expect(fields.dropFirst().first == name)
            #expect(fields.last == "/CN=postgres")
            #expect(try row(connection, "select length(repeat('x', 1000000))") == ["1000000"])
            #expect(try row(connection, "select repeat('x', 1000000)").first?.utf8.count == 1_000_000)
            try connection.sendAll(Array("X".utf8) + [0, 0, 0, 4])
            connection.close()
        }
        let anonymous = try logIn(server.port, try pki.client())
        #expect(try message(anonymous).kind == "E")
    }
}
