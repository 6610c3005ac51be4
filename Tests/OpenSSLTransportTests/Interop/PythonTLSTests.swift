import BSDSocketBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// Against Python's ssl module.
@Suite("TLS with Python", .enabled(if: Interop.hasPython, "Python 3 is not installed"))
struct PythonTLSTests {
    private let server = """
        import socket, ssl, sys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
        context.set_alpn_protocols(["echo"])
        s = socket.create_server(("127.0.0.1", 0))
        print(s.getsockname()[1], flush=True)
        c, _ = s.accept()
        c = context.wrap_socket(c, server_side=True)
        while data := c.recv(4096): c.sendall(data)
        c.sendall(b"end")
        print(c.get_channel_binding("tls-unique") is not None, c.version(), c.selected_alpn_protocol(), flush=True)
        c.unwrap()
        """

    private let client = """
        import socket, ssl, sys
        context = ssl.create_default_context(cafile=sys.argv[1])
        s = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[2]))), server_hostname="localhost")
        s.sendall(b"Hello, world" * 10000)
        total = b""
        while len(total) < 120000: total += s.recv(4096)
        version = s.version()
        s.unwrap()
        print(len(total), total == b"Hello, world" * 10000, version, flush=True)
        """

    @Test("L-01 a client echoes with Python, ends its direction, and Python ends, too")
    func pythonServer() throws {
        let pki = try TestPKI.usual()
        let file = try TemporaryFile(pki.server.keyPEM + pki.server.chainPEM)
        let program = try ChildProcess.python(server, file.path)
        let port = try #require(UInt16(program.readLine()))
        let backend = try TLSBackend(
            over: SocketBackend<IP>(), client: pki.client { $0.applicationProtocols = ["echo"] })
        var options = StreamOptions<IP>()
        options.peerName = "localhost"
        let connection = try backend.connect(
            to: .v4(.loopback(port: port)), options: options, timeout: .seconds(10))
        #expect(connection.tls?.applicationProtocol == "echo")
        let bytes = [UInt8](repeating: 42, count: 200_000)
        let sender = BackgroundCall { try connection.sendAll(bytes, timeout: .seconds(10)) }
        #expect(try connection.receiveExactly(bytes.count, timeout: .seconds(10)) == bytes)
        try sender.value()
        try connection.shutdownWrite(timeout: .seconds(10))
        #expect(try connection.receiveExactly(3, timeout: .seconds(10)) == Array("end".utf8))
        #expect(try connection.receive(atMost: 1, timeout: .seconds(10)) == nil)
        #expect(try program.readLine().contains("TLSv1.3 echo"))
        connection.close()
        #expect(try program.waitForExit() == 0)
    }

    @Test("what is told of a client that is refused is what Python's ssl is told by the alert")
    func sentAlert() throws {
        let pki = try TestPKI.usual()
        let file = try TemporaryFile(pki.authority.certificate.pem)
        let script = """
            import socket, ssl, sys
            context = ssl.create_default_context(cafile=sys.argv[1])
            context.set_alpn_protocols(["other"])
            try:
                context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[2]))), server_hostname="localhost")
            except ssl.SSLError as error:
                print(error, flush=True)
            """
        let backend = try TLSBackend(
            over: SocketBackend<IP>(), client: pki.client(),
            server: pki.serverConfiguration { $0.applicationProtocols = ["echo"] })
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let program = try ChildProcess.python(script, file.path, "\(try listener.localAddress.port)")
        let connection = try listener.accept(timeout: patience)
        let error = caught { try connection.establish(timeout: patience) }
        #expect(error?.tlsAlertSent == .noApplicationProtocol)
        #expect(try program.readLine().contains("alert no application protocol"))
        connection.close()
        _ = try program.waitForExit()
    }

    @Test("L-01 a server echoes for Python and closes in the proper way")
    func pythonClient() throws {
        let pki = try TestPKI.usual()
        let file = try TemporaryFile(pki.authority.certificate.pem)
        let backend = try TLSBackend(over: SocketBackend<IP>(), client: pki.client(), server: pki.serverConfiguration())
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let program = try ChildProcess.python(client, file.path, "\(try listener.localAddress.port)")
        let connection = try listener.accept(timeout: .seconds(10))
        connection.mode = try .timeout(.seconds(10))
        while let bytes = try connection.receive(atMost: 4096) { try connection.sendAll(bytes) }
        #expect(try connection.close(timeout: .seconds(10)))
        let said = try program.readToEnd()
        #expect(said == "120000 True TLSv1.3\n")
        #expect(try program.waitForExit() == 0)
    }
}
