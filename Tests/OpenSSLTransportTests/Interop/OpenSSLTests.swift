import BSDSocketBackend
import Glibc
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// Against the program `openssl`.
@Suite("TLS with openssl", .enabled(if: OpenSSLProgram.isThere, "openssl is not installed"))
struct OpenSSLInteropTests {
    private let pki: TestPKI
    private let files: CertificateFiles

    init() throws {
        pki = try .usual()
        files = try CertificateFiles(pki)
    }

    /// Starts `openssl s_client`; what it complains of is part of what it says.
    private func client(_ port: UInt16, _ arguments: String...) throws -> ChildProcess {
        try ChildProcess(
            "sh",
            [
                "-c", "exec openssl s_client \"$@\" 2>&1", "sh", "-connect", "127.0.0.1:\(port)", "-servername",
                "localhost", "-verify_hostname", "localhost", "-verify_return_error", "-CAfile", files.authority,
            ] + arguments)
    }

    /// Starts `openssl s_server`, which asks for certificates.
    private func server(_ arguments: String...) throws -> (port: UInt16, program: ChildProcess) {
        let port = try freePort()
        let program = try ChildProcess(
            "sh",
            [
                "-c", "exec openssl s_server \"$@\" 2>&1", "sh", "-accept", "127.0.0.1:\(port)", "-cert",
                files.server.certificate, "-key", files.server.key, "-CAfile", files.authority, "-Verify", "2",
                "-verify_return_error",
            ] + arguments)
        try waitForServer(port)
        return (port, program)
    }

    @Test("s_client: verification, a client's certificate, ALPN and bytes", arguments: ["-tls1_2", "-tls1_3"])
    func sClient(version: String) throws {
        let configuration = try pki.serverConfiguration {
            $0.clientAuthentication = .required
            $0.roots = .only([.pem(pki.authority.certificate.pem)])
            $0.applicationProtocols = ["echo", "other"]
        }
        let (port, results) = try serve(configuration) { connection in
            let details = try #require(connection.tls)
            #expect(details.serverName == "localhost")
            #expect(details.applicationProtocol == "echo")
            #expect(details.peerCertificates.first?.subject.oneLine == "/CN=somebody")
            try connection.sendAll("answer to " + connection.line() + "\n")
        }
        let program = try client(
            port, "-quiet", version, "-cert", files.client.certificate, "-key", files.client.key, "-alpn", "other,echo")
        program.writeLine("question")
        #expect(try program.readToEnd().hasSuffix("answer to question\n"))
        _ = try results.value()
    }

    @Test("L-38 s_client resumes its session with us", arguments: ["-tls1_2", "-tls1_3"])
    func clientResumes(version: String) throws {
        let (port, results) = try serve(pki.serverConfiguration(), count: 2) { connection in
            try connection.sendAll("hello\n")
            _ = try connection.close(timeout: patience)
            return connection.isClosed
        }
        let file = files.directory.path + "/session"
        for (option, word) in [("-sess_out", "New, "), ("-sess_in", "Reused, ")] {
            let program = try client(port, version, "-ign_eof", option, file)
            #expect(try program.readToEnd().contains(word))
        }
        #expect(try results.value() == [true, true])
    }

    @Test(
        "s_client resumes with another server that has the same key, and not without",
        arguments: ["-tls1_2", "-tls1_3"])
    func sharedTicketKeys(version: String) throws {
        let (old, new) = (try TLSTicketKey(secret: Array(repeating: 1, count: 32)), try TLSTicketKey.random())
        let file = files.directory.path + "/session"
        for (keys, option, word) in [
            ([old], "-sess_out", "New, "), ([old], "-sess_in", "Reused, "), ([new, old], "-sess_in", "Reused, "),
            ([new], "-sess_in", "New, "),
        ] {
            let keys = try TLSTicketKeys(keys)
            let (port, results) = try serve(pki.serverConfiguration { $0.ticketKeys = keys }) { connection in
                try connection.sendAll("hello\n")
                _ = try connection.close(timeout: patience)
            }
            let program = try client(port, version, "-ign_eof", option, file)
            #expect(try program.readToEnd().contains(word))
            _ = try results.value()
        }
    }

    @Test("what is told of a refusal is the alert that s_server gets")
    func sentAlert() throws {
        // The first one was to see that it is there.
        let (port, program) = try server("-naccept", "2")
        let error = caught { try connect(port, pki.client { $0.roots = .only([]) }) }
        #expect(error?.kind == .tlsCertificateRejected)
        #expect(error?.tlsAlertSent == .unknownAuthority)
        #expect(error?.tlsAlert == nil)
        #expect(try program.readToEnd().contains("SSL alert number 48"))
    }

    @Test("B-66 what is exported is what openssl exports", arguments: ["-tls1_2", "-tls1_3"])
    func exporter(version: String) throws {
        let (port, results) = try serve(pki.serverConfiguration()) { connection in
            try connection.transport.exportKeyingMaterial(label: "EXPORTER-test", count: 24)
        }
        let program = try client(
            port, version, "-ign_eof", "-keymatexport", "EXPORTER-test", "-keymatexportlen", "24")
        let output = try program.readToEnd()
        let hexadecimal = try #require(results.value().first).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(output.contains("Keying material: \(hexadecimal.joined().uppercased())"))
    }

    @Test("L-23 s_client -starttls smtp begins TLS on a live connection of ours")
    func startTLS() throws {
        let listener = try SocketBackend<IP>().listen(on: .v4(.loopback(port: 0)))
        let configuration = try pki.serverConfiguration()
        let result = BackgroundCall<String> {
            let plain = try listener.accept(timeout: patience)
            plain.mode = try .timeout(patience)
            try plain.sendAll("220 mail.example\r\n")
            #expect(try plain.line().hasPrefix("EHLO "))
            try plain.sendAll("250-mail.example\r\n250 STARTTLS\r\n")
            #expect(try plain.line() == "STARTTLS")
            try plain.sendAll("220 go on\r\n")
            let secure = try plain.startTLS(acceptingWith: configuration)
            defer { secure.close() }
            return try secure.line()
        }
        let program = try client(try listener.localAddress.port, "-quiet", "-starttls", "smtp")
        program.writeLine("QUIT")
        #expect(try result.value() == "QUIT")
        _ = try program.waitForExit()
    }

    @Test("s_server: a client's certificate, ALPN, bytes and the end", arguments: [TLSVersion.tls12, .tls13])
    func sServer(version: TLSVersion) throws {
        let (port, program) = try server("-rev", "-alpn", "echo", version == .tls12 ? "-tls1_2" : "-tls1_3")
        defer { kill(program.id, SIGKILL) }
        let configuration = try pki.client {
            $0.identities = [files.clientIdentity]
            $0.applicationProtocols = ["echo"]
        }
        let connection = try connect(port, configuration)
        #expect(connection.tls?.version == version)
        #expect(connection.tls?.applicationProtocol == "echo")
        #expect(connection.tls?.isPeerVerified == true)
        for _ in 0..<100 {
            try connection.sendAll("abc\n")
            #expect(try connection.line() == "cba")
        }
        try connection.sendAll("CLOSE\n")
        #expect(try connection.receive(atMost: 1) == nil)
        connection.close()
    }

    @Test("L-38 s_server sees who we are, and that we resume", arguments: [TLSVersion.tls12, .tls13])
    func serverResumes(version: TLSVersion) throws {
        let (port, program) = try server("-www")
        defer { kill(program.id, SIGKILL) }
        let configuration = try pki.client {
            $0.identities = [files.clientIdentity]
            $0.versions = version...version
        }
        for word in ["New, TLSv1.", "Reused, TLSv1."] {
            let page = try connect(port, configuration).get()
            #expect(page.contains(word))
            #expect(page.contains("CN = somebody") || page.contains("CN=somebody"))
        }
        // Without a certificate: in TLS 1.3 the client is through before it is refused.
        let anonymous = try pki.client { $0.versions = version...version }
        #expect(caught { try connect(port, anonymous).receive(atMost: 1) }?.kind == .tlsAlertReceived)
    }

    @Test("B-35 versions that are broken are refused with the alert for that", arguments: ["-tls1", "-tls1_1"])
    func oldVersions(version: String) throws {
        let backend = try TLSBackend(over: SocketBackend<IP>(), client: pki.client(), server: pki.serverConfiguration())
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let program = try client(try listener.localAddress.port, version, "-cipher", "ALL:@SECLEVEL=0")
        let connection = try listener.accept(timeout: .seconds(10))
        #expect(caught { try connection.establish(timeout: .seconds(10)) }?.kind == .tlsVersionMismatch)
        connection.close()
        #expect(try program.readToEnd().contains("SSL alert number 70"))
        #expect(try program.waitForExit() != 0)
    }

    @Test("B-38 a client that says that it has fallen back to an older version is refused")
    func fallback() throws {
        let backend = try TLSBackend(over: SocketBackend<IP>(), client: pki.client(), server: pki.serverConfiguration())
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let program = try client(try listener.localAddress.port, "-tls1_2", "-fallback_scsv")
        let connection = try listener.accept(timeout: .seconds(10))
        #expect(caught { try connection.establish(timeout: .seconds(10)) } != nil)
        connection.close()
        #expect(try program.readToEnd().contains("SSL alert number 86"))
        #expect(try program.waitForExit() != 0)
    }

    @Test("B-37 a client that wants to shake hands again is refused, and told so")
    func renegotiation() throws {
        let (port, results) = try serve(pki.serverConfiguration()) { connection in
            let version = connection.tls?.version
            try connection.sendAll("hello\n")
            while (try? connection.receive(atMost: 10)) ?? nil != nil {}
            return version
        }
        let program = try client(port, "-tls1_2")
        var line = ""
        while line != "hello" { line = try program.readLine() }
        program.writeLine("R")
        #expect(try program.readToEnd().contains("no renegotiation"))
        #expect(try results.value() == [.tls12])
    }
}
