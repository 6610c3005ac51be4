import BSDSocketBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// Against a mail server in Python, which wants STARTTLS.
@Suite("STARTTLS with aiosmtpd", .enabled(if: Interop.hasPython("aiosmtpd"), "aiosmtpd is not installed"))
struct MailTests {
    private let server = """
        import ssl, sys
        from aiosmtpd.controller import Controller
        class Handler:
            async def handle_DATA(self, server, session, envelope):
                print(session.ssl is not None, len(envelope.content), flush=True)
                return "250 OK"
        context = None
        if len(sys.argv) > 2:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(sys.argv[2], sys.argv[3])
        c = Controller(Handler(), hostname="127.0.0.1", port=int(sys.argv[1]), tls_context=context,
                       require_starttls=context is not None)
        c.start()
        print("ready", flush=True)
        sys.stdin.read()
        c.stop()
        """

    /// Says something, and gives the last line of the answer.
    private func ask<T>(_ connection: Connection<T>, _ line: String) throws -> String {
        try connection.sendAll(line + "\r\n")
        return try answer(connection)
    }

    private func answer<T>(_ connection: Connection<T>) throws -> String {
        var line = try connection.line()
        while line.dropFirst(3).first == "-" { line = try connection.line() }
        return line
    }

    private func plain(_ port: UInt16) throws -> Connection<SocketTransport<IP>> {
        let plain = try SocketBackend<IP>().connect(to: .v4(.loopback(port: port)), timeout: patience)
        plain.mode = try .timeout(patience)
        #expect(try answer(plain).hasPrefix("220 "))
        return plain
    }

    @Test("L-23 a mail goes out after STARTTLS, and not before")
    func mail() throws {
        let pki = try TestPKI.usual()
        let files = try CertificateFiles(pki)
        let port = try freePort()
        let program = try ChildProcess.python(server, "\(port)", files.server.certificate, files.server.key)
        #expect(try program.readLine() == "ready")
        let plain = try plain(port)
        #expect(try ask(plain, "EHLO client.example").hasPrefix("250 "))
        #expect(try ask(plain, "MAIL FROM:<a@example.org>").hasPrefix("530 "))
        #expect(try ask(plain, "STARTTLS").hasPrefix("220 "))
        let secure = try plain.startTLS(pki.client(), serverName: "localhost")
        secure.mode = try .timeout(patience)
        #expect(try ask(secure, "EHLO client.example").hasPrefix("250 "))
        #expect(try ask(secure, "MAIL FROM:<a@example.org>").hasPrefix("250 "))
        #expect(try ask(secure, "RCPT TO:<b@example.org>").hasPrefix("250 "))
        #expect(try ask(secure, "DATA").hasPrefix("354 "))
        #expect(try ask(secure, String(repeating: "0123456789\r\n", count: 10_000) + ".").hasPrefix("250 "))
        #expect(try program.readLine() == "True 120000")
        #expect(try ask(secure, "QUIT").hasPrefix("221 "))
        secure.close()
        program.closeInput()
        #expect(try program.waitForExit() == 0)
    }

    @Test("B-50, CVE-2016-0772 a server that does not offer TLS is no TLS server, and the connection is gone")
    func notOffered() throws {
        let pki = try TestPKI.usual()
        let port = try freePort()
        let program = try ChildProcess.python(server, "\(port)")
        #expect(try program.readLine() == "ready")
        let plain = try plain(port)
        // A client that goes on all the same, and does not look at the refusal.
        try plain.sendAll("STARTTLS\r\n")
        let error = caught { try plain.startTLS(pki.client(), serverName: "localhost") }
        #expect(error?.kind == .tlsNotSpoken)
        #expect(plain.isClosed)
        program.closeInput()
        _ = try program.waitForExit()
    }
}
