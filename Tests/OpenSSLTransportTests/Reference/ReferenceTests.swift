import BSDSocketBackend
import COpenSSL
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// What the reference's `ssl(socket)` and its objects do, as it is written here.
@Suite("The reference's TLS")
struct ReferenceTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    @Test("F17: TLS begins on a connected pair, at once, with a key and a chain of files")
    func handshakeOnPair() throws {
        let files = try CertificateFiles(pki)
        let (a, b) = try SocketBackend<Unix>().connectedPair(mode: .timeout(patience))
        let required = try pki.serverConfiguration {
            $0.roots = .only([.file(files.authority)])
            $0.clientAuthentication = .required
        }
        let server = BackgroundCall { try b.startTLS(acceptingWith: required) }
        let identity = try TLSIdentity(certificates: .file(files.client.certificate), key: .file(files.client.key))
        let secure = try a.startTLS(pki.client { $0.identities = [identity] }, serverName: "localhost")
        #expect(secure.tls?.isPeerVerified == true)
        try secure.sendAll("x")
        let other = try server.value()
        #expect(try other.receive(atMost: 9) == Array("x".utf8))
        #expect(other.tls?.peerCertificates.first?.subject.commonName == "somebody")
        secure.close()
        other.close()
    }

    @Test("F18, T08: a server that nobody vouches for is refused, unless the settings say how dangerous that is")
    func verification() throws {
        let own = try pki.serverConfiguration(with: CertificateAuthority.selfSigned(.server("localhost")))
        let (a, b) = try mockPair(client: .client(), server: own)
        #expect(handshakeErrors(a, b).client?.kind == .tlsCertificateRejected)
        var settings = TLSSettings()
        settings.verification = .dangerouslyNone
        let (c, d) = try mockPair(client: .client(settings), server: own, name: nil)
        try shakeHands(c, d)
        #expect(c.details?.isPeerVerified == false)
        #expect(c.details?.peerCertificates.isEmpty == false)
    }

    @Test("T01: sending says how many bytes went, also over several records", arguments: [1, 16_385, 1 << 20])
    func write(_ count: Int) throws {
        let (a, b) = try tlsPair(socketStreams(), client: pki.client(), server: pki.serverConfiguration())
        try shakeHands(a, b)
        let mode = try IOMode.timeout(patience)
        let (client, server) = (Connection(a, mode: mode), Connection(b, mode: mode))
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let receiver = BackgroundCall { try server.receiveExactly(count) }
        var sent = 0
        while sent < count {
            let now = try client.send(bytes[sent...])
            #expect(now > 0 && now <= count - sent)
            sent += now
        }
        try client.shutdownWrite()
        #expect(try receiver.value() == bytes)
        client.close()
        server.close()
    }

    @Test("T02: less than a record can be received, and the rest of it after that")
    func readSome() throws {
        let (a, b) = try mockPair()
        try shakeHands(a, b)
        let peer = Connection(b, mode: .nonblocking)
        try peer.sendAll("one record")
        let client = Connection(a, mode: .nonblocking)
        #expect(try client.receive(atMost: 3) == Array("one".utf8))
        #expect(try client.receive(atMost: 100) == Array(" record".utf8))
        #expect(caught { try client.receive(atMost: 100) }?.kind == .wouldBlock)
        peer.close()
    }

    @Test("T03: receiving up to a number and receiving all to the end are two calls")
    func readAll() throws {
        let (a, b) = try mockPair()
        try shakeHands(a, b)
        let peer = Connection(b, mode: .nonblocking)
        let bytes = [UInt8](repeating: 3, count: 3000)
        for _ in 0..<3 { try peer.sendAll(bytes) }
        try peer.shutdownWrite()
        let client = Connection(a, mode: .nonblocking)
        #expect(try client.receive(atMost: 1024)?.count == 1024)
        #expect(try client.reader().readToEnd().count == 9000 - 1024)
    }

    @Test("T04, T05, X5: the server's name and its issuer's in one line, as OpenSSL writes them")
    func names() throws {
        let issued = try pki.authority.issue(.server("localhost"))
        let (a, b) = try mockPair(server: pki.serverConfiguration(with: issued))
        try shakeHands(a, b)
        let shown = try #require(a.details?.peerCertificates.first)
        let parsed = try issued.der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            return try #require(d2i_X509(nil, &next, bytes.count))
        }
        defer { X509_free(parsed) }
        func oneLine(_ name: OpaquePointer?) throws -> String {
            let text = try #require(X509_NAME_oneline(name, nil, 0))
            defer { CRYPTO_free(text, #file, #line) }
            return String(cString: text)
        }
        #expect(try shown.subject.oneLine == oneLine(X509_get_subject_name(parsed)))
        #expect(try shown.issuer.oneLine == oneLine(X509_get_issuer_name(parsed)))
        #expect(shown.issuer.oneLine.hasSuffix("/CN=Test Authority"))
    }

    @Test("T06: dropping TLS leaves the stream below open, and tells the peer nothing")
    func notTheOwner() throws {
        let lower = try LoopbackNetwork().streams()
        do {
            let (a, b) = try tlsPair(lower, client: pki.client(), server: pki.serverConfiguration())
            try shakeHands(a, b)
        }
        #expect(try lower.1.hasNothing(), "no close_notify")
        #expect(try lower.0.trySend(all: Array("plain".utf8)))
        #expect(try Connection(lower.1, mode: .nonblocking).receive(atMost: 9) == Array("plain".utf8))
    }

    @Test("T07: a file that is not there, one that is no PEM, and a key of another certificate are told apart")
    func files() throws {
        let files = try CertificateFiles(pki)
        let broken = try files.directory.write("broken.pem", "-----BEGIN CERTIFICATE-----\nnothing\n")
        func error(_ certificates: String, _ key: String) -> TransportError? {
            caught { try TLSIdentity(certificates: .file(certificates), key: .file(key)) }
        }
        #expect(error(files.directory.path + "/none.pem", files.server.key)?.kind == .noSuchFile)
        #expect(error(files.directory.path + "/none.pem", files.server.key)?.errno == 2)
        #expect(error(files.server.certificate, files.directory.path + "/none.key")?.kind == .noSuchFile)
        #expect(error(broken, files.server.key)?.kind == .tlsUnusableMaterial)
        #expect(error(files.server.certificate, broken)?.kind == .tlsUnusableMaterial)
        let mismatch = error(files.server.certificate, files.client.key)
        #expect(mismatch?.kind == .tlsUnusableMaterial)
        #expect(mismatch?.message.contains("not that of") == true)
    }

    private let pythonServer = """
        import socket, ssl, sys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
        s = socket.create_server(("127.0.0.1", 0))
        print(s.getsockname()[1], flush=True)
        c, _ = s.accept()
        c = context.wrap_socket(c, server_side=True)
        request = c.recv(4096).decode().splitlines()
        c.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nhello over TLS\\n")
        c.unwrap()
        print(request[0], request[1], flush=True)
        """

    @Test(
        "X5: the client that says who the server is, asks it for a page and prints a piece of the answer",
        .enabled(if: Interop.hasPython, "Python 3 is not installed"))
    func client() throws {
        let file = try TemporaryFile(pki.server.keyPEM + pki.server.chainPEM)
        let program = try ChildProcess.python(pythonServer, file.path)
        let port = try #require(UInt16(program.readLine()))
        let backend = try TLSBackend(over: SocketBackend<IP>(), client: pki.client())
        let deadline = try backend.deadline(after: patience)
        let connection = try backend.connect(host: "localhost", port: port, families: .v4, deadline: deadline)
        #expect(connection.tls?.peerCertificates.first?.issuer.oneLine.hasSuffix("/CN=Test Authority") == true)
        try connection.sendAll("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", deadline: deadline)
        let piece = try #require(try connection.receive(atMost: 4096, deadline: deadline))
        #expect(String(decoding: piece, as: UTF8.self).hasPrefix("HTTP/1.0 200 OK"))
        connection.close(deadline: deadline)
        #expect(try program.readLine() == "GET / HTTP/1.0 Host: localhost")
        #expect(try program.waitForExit() == 0)
    }
}
