import BSDSocketBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

private typealias SocketDTLS = DTLSTransport<SocketDatagrams<IP>>

/// Whether GnuTLS's programs are there.
private let hasGnuTLS = program("gnutls-cli") != nil && program("gnutls-serv") != nil

/// Against programs that nobody here wrote.
@Suite("DTLS with others")
struct DTLSInteropTests {
    private func server(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> DatagramSocket<SocketDTLS> {
        let backend = try DTLSBackend(over: SocketBackend<IP>(), server: TestPKI.usual().datagramServer(change))
        let socket = try backend.datagramSocket(boundTo: .v4(.loopback(port: 0)))
        socket.mode = try .timeout(.seconds(20))
        return socket
    }

    private func client(
        to port: UInt16, _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> DatagramSocket<SocketDTLS> {
        let backend = try DTLSBackend(
            over: SocketBackend<IP>(), client: TestPKI.usual().datagramClient(change), serverName: "localhost")
        let socket = try backend.datagramSocket(connectedTo: .v4(.loopback(port: port)))
        socket.mode = try .timeout(.seconds(20))
        return socket
    }

    /// A port that nobody uses.
    private func freePort() throws -> UInt16 {
        let socket = try SocketBackend<IPv4>().datagramSocket(boundTo: .loopback(port: 0))
        defer { socket.close() }
        return try socket.localAddress.port
    }

    /// Sends until there is an answer: a server may not be there yet, and datagrams may be lost.
    private func exchange(_ text: String, over socket: DatagramSocket<SocketDTLS>) throws -> String {
        let end = Deadline.at(socket.transport.now.advanced(by: .seconds(20)))
        while true {
            do {
                try socket.establish(deadline: end)
                break
            } catch  where error.kind == .connectionRefused {
                _ = try socket.wait(for: .readable, timeout: .milliseconds(20))
            }
        }
        try socket.send(text)
        return String(decoding: try socket.receive(atMost: 2000).bytes, as: UTF8.self)
    }

    @Test(
        "openssl s_client verifies our server and exchanges lines",
        .enabled(if: OpenSSLProgram.isThere, "openssl is not installed"), arguments: [[], ["-mtu", "512"]])
    func sClient(options: [String]) throws {
        let pki = try TestPKI.usual()
        let file = try TemporaryFile(pki.authority.certificate.pem)
        let server = try server { if !options.isEmpty { $0.maximumDatagramSize = 512 } }
        let program = try ChildProcess(
            "openssl",
            [
                "s_client", "-dtls1_2", "-connect", "127.0.0.1:\(try server.localAddress.port)", "-servername",
                "localhost", "-verify_hostname", "localhost", "-verify_return_error", "-CAfile", file.path, "-quiet",
            ] + options)
        program.writeLine("ping")
        let (bytes, info) = try server.receive(atMost: 2000)
        #expect(bytes == Array("ping\n".utf8))
        let peer = try #require(info.sender)
        #expect(server.transport.details(of: peer)?.version == .dtls12)
        try server.send("pong\n", to: peer)
        #expect(try program.readLine() == "pong")
        try server.transport.endAssociation(with: peer)
        program.closeInput()
        _ = try program.waitForExit()
    }

    @Test(
        "B-37 openssl s_client that wants to shake hands again is refused, and others are served",
        .enabled(if: OpenSSLProgram.isThere, "openssl is not installed"))
    func renegotiation() throws {
        let server = try server()
        let port = try server.localAddress.port
        let serving = BackgroundCall {
            var received: [String] = []
            while let (bytes, info) = try? server.receive(atMost: 2000) {
                received.append(String(decoding: bytes, as: UTF8.self))
                try server.send(bytes, to: info.sender)
            }
            return received
        }
        let program = try ChildProcess(
            "sh",
            [
                "-c", "exec openssl s_client \"$@\" 2>&1", "sh", "-dtls1_2", "-connect", "127.0.0.1:\(port)",
                "-servername", "localhost",
            ])
        program.writeLine("ping")
        while try program.readLine() != "ping" {}
        program.writeLine("R")
        #expect(try program.readToEnd().contains("no renegotiation"))
        let other = try client(to: port)
        #expect(try exchange("question", over: other) == "question")
        other.close()
        server.close()
        #expect(try serving.value() == ["ping\n", "question"])
    }

    @Test(
        "openssl s_server answers our client", .enabled(if: OpenSSLProgram.isThere, "openssl is not installed"),
        arguments: [[], ["-listen"], ["-mtu", "400"], ["-Verify", "1", "-verify_return_error"]])
    func sServer(options: [String]) throws {
        let pki = try TestPKI.usual()
        let certificate = try TemporaryFile(pki.server.chainPEM)
        let key = try TemporaryFile(pki.server.keyPEM)
        let authority = try TemporaryFile(pki.authority.certificate.pem)
        let identity = try pki.authority.issue(.client("somebody")).identity()
        let port = try freePort()
        let program = try ChildProcess(
            "openssl",
            [
                "s_server", "-dtls1_2", "-accept", "127.0.0.1:\(port)", "-cert", certificate.path, "-key", key.path,
                "-CAfile", authority.path, "-quiet",
            ] + options)
        program.writeLine("answer")
        let socket = try client(to: port) { $0.identities = [identity] }
        #expect(try exchange("question\n", over: socket) == "answer\n")
        #expect(socket.tls?.isPeerVerified == true)
        while try program.readLine() != "question" {}
        socket.close()
        program.closeInput()
    }

    @Test(
        "a key that openssl s_server knows, too, takes the place of certificates",
        .enabled(if: OpenSSLProgram.isThere, "openssl is not installed"))
    func preSharedKey() throws {
        let port = try freePort()
        let program = try ChildProcess(
            "openssl",
            [
                "s_server", "-dtls1_2", "-accept", "127.0.0.1:\(port)", "-nocert", "-psk", "0102030405060708",
                "-psk_identity", "sensor", "-quiet",
            ])
        program.writeLine("answer")
        let socket = try client(to: port) {
            $0.preSharedKeys = .client(identity: "sensor", key: [1, 2, 3, 4, 5, 6, 7, 8])
            $0.cipherList = "PSK"
        }
        #expect(try exchange("question\n", over: socket) == "answer\n")
        #expect(socket.tls?.cipherSuite.contains("PSK") == true)
        socket.close()
    }

    @Test("gnutls-cli verifies our server and exchanges lines", .enabled(if: hasGnuTLS, "gnutls-bin is not installed"))
    func gnutlsClient() throws {
        let pki = try TestPKI.usual()
        let file = try TemporaryFile(pki.authority.certificate.pem)
        let server = try server()
        let program = try ChildProcess(
            "gnutls-cli",
            [
                "--udp", "-p", "\(try server.localAddress.port)", "127.0.0.1", "--x509cafile", file.path,
                "--verify-hostname", "localhost", "--sni-hostname", "localhost",
            ])
        program.writeLine("ping")
        let (bytes, info) = try server.receive(atMost: 2000)
        #expect(bytes == Array("ping\n".utf8))
        try server.send("pong\n", to: info.sender)
        while try program.readLine() != "pong" {}
        program.closeInput()
        server.close()
    }

    @Test("gnutls-serv answers our client", .enabled(if: hasGnuTLS, "gnutls-bin is not installed"))
    func gnutlsServer() throws {
        let pki = try TestPKI.usual()
        let certificate = try TemporaryFile(pki.server.chainPEM)
        let key = try TemporaryFile(pki.server.keyPEM)
        let port = try freePort()
        let program = try ChildProcess(
            "gnutls-serv",
            [
                "--udp", "--echo", "-p", "\(port)", "--x509certfile", certificate.path, "--x509keyfile", key.path,
                "--disable-client-cert",
            ])
        let socket = try client(to: port)
        #expect(try exchange("question", over: socket) == "question")
        #expect(socket.tls?.version == .dtls12)
        socket.close()
        _ = program.id
    }
}
