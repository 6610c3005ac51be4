import BSDSocketBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// Against the program `openssl`.
@Suite("TLS with openssl", .enabled(if: OpenSSLProgram.isThere, "openssl is not installed"))
struct OpenSSLInteropTests {
    @Test("s_client verifies our server and gets its bytes", arguments: ["-tls1_2", "-tls1_3"])
    func sClient(version: String) throws {
        let pki = try TestPKI.usual()
        let file = try TemporaryFile(pki.authority.certificate.pem)
        let backend = try TLSBackend(over: SocketBackend<IP>(), client: pki.client(), server: pki.serverConfiguration())
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let program = try ChildProcess(
            "openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(try listener.localAddress.port)", "-servername", "localhost",
                "-verify_hostname", "localhost", "-verify_return_error", "-CAfile", file.path, "-quiet", version,
            ])
        let connection = try listener.accept(timeout: .seconds(10))
        connection.mode = try .timeout(.seconds(10))
        try connection.establish()
        #expect(connection.tls?.serverName == "localhost")
        program.writeLine("ping")
        #expect(try connection.receiveExactly(5) == Array("ping\n".utf8))
        try connection.sendAll("pong\n")
        #expect(try program.readLine() == "pong")
        connection.close()
        program.closeInput()
        _ = try program.waitForExit()
    }

    @Test("versions that are broken are refused with the alert for that", arguments: ["-tls1", "-tls1_1"])
    func oldVersions(version: String) throws {
        let pki = try TestPKI.usual()
        let backend = try TLSBackend(over: SocketBackend<IP>(), client: pki.client(), server: pki.serverConfiguration())
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let program = try ChildProcess(
            "openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(try listener.localAddress.port)", version, "-cipher",
                "ALL:@SECLEVEL=0",
            ])
        let connection = try listener.accept(timeout: .seconds(10))
        #expect(caught { try connection.establish(timeout: .seconds(10)) }?.kind == .tlsVersionMismatch)
        connection.close()
        program.closeInput()
        #expect(try program.waitForExit() != 0)
    }
}
