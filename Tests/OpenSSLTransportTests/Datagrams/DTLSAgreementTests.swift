import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// What is agreed on over datagrams is what is over streams, by the same settings.
@Suite("DTLS agreements")
struct DTLSAgreementTests {
    @Test("a certificate for another host is refused")
    func otherHost() throws {
        let pair = try MockDTLSPair(name: "example.org")
        let echo = try pair.echo()
        let error = try #require(caught { try pair.client.send("ping", timeout: .seconds(5)) })
        #expect(error.kind == .tlsHostNameMismatch)
        #expect("\(error)".contains("localhost"))
        pair.close()
        #expect(try echo.join() == 0)
    }

    @Test("an authority that is not trusted is refused, and the server goes on")
    func unknownAuthority() throws {
        let network = LoopbackNetwork()
        let stranger = try CertificateAuthority("Another Authority")
        var settings = TLSSettings()
        settings.roots = .only([.pem(stranger.certificate.pem)])
        let pair = try MockDTLSPair(network, client: .client(settings))
        let echo = try pair.echo()
        #expect(caught { try pair.client.establish(timeout: .seconds(5)) }?.kind == .tlsCertificateRejected)
        try network.sleep(for: .milliseconds(1))
        #expect(pair.server.transport.associationCount == 0)
        let good = try DTLSBackend(
            over: network.backend(on: "good"), client: TestPKI.usual().datagramClient(), serverName: "localhost")
        let socket = try good.datagramSocket(connectedTo: pair.address)
        try socket.send("ping", timeout: .seconds(5))
        #expect(try socket.receive(atMost: 9, timeout: .seconds(5)).bytes.count == 4)
        socket.close()
        pair.close()
        _ = try echo.join()
    }

    @Test("a client shows its certificate where it is asked for one, and is refused without")
    func clientCertificates() throws {
        let pki = try TestPKI.usual()
        let identity = try pki.authority.issue(.client("somebody")).identity()
        let server = try pki.datagramServer {
            $0.clientAuthentication = .required
            $0.roots = .only([.pem(pki.authority.certificate.pem)])
        }
        let known = try MockDTLSPair(client: try pki.datagramClient { $0.identities = [identity] }, server: server)
        let knownEcho = try known.echo()
        try known.client.establish(timeout: .seconds(5))
        let peer = try #require(known.server.transport.peers.first)
        let details = try #require(known.server.transport.details(of: peer))
        #expect(details.isPeerVerified)
        #expect(details.peerCertificates.first?.subject.description.contains("somebody") == true)
        known.close()
        _ = try knownEcho.join()
        let unknown = try MockDTLSPair(server: server)
        let echo = try unknown.echo()
        let error = try #require(caught { try unknown.client.establish(timeout: .seconds(5)) })
        #expect(error.kind == .tlsAlertReceived && error.tlsAlert == .handshakeFailure)
        unknown.close()
        _ = try echo.join()
    }

    @Test("a key that both know takes the place of certificates")
    func preSharedKeys() throws {
        let key = [UInt8](repeating: 7, count: 16)
        var client = TLSSettings()
        client.preSharedKeys = .client(identity: "sensor 1", key: key)
        var server = TLSSettings()
        server.preSharedKeys = .server { $0 == "sensor 1" ? key : nil }
        let pair = try MockDTLSPair(client: .client(client), server: .server(server))
        let echo = try pair.echo()
        try pair.client.send("ping", timeout: .seconds(5))
        #expect(try pair.client.receive(atMost: 9, timeout: .seconds(5)).bytes.count == 4)
        #expect(pair.client.tls?.cipherSuite.contains("PSK") == true)
        pair.close()
        _ = try echo.join()

        client.preSharedKeys = .client(identity: "sensor 1", key: [1, 2, 3, 4])
        let wrong = try MockDTLSPair(client: .client(client), server: .server(server))
        let wrongEcho = try wrong.echo()
        #expect(caught { try wrong.client.establish(timeout: .seconds(5)) } != nil)
        wrong.close()
        _ = try wrongEcho.join()
    }

    @Test("an application protocol is agreed on, and the name is seen by the server")
    func applicationProtocols() throws {
        let pki = try TestPKI.usual()
        let pair = try MockDTLSPair(
            client: pki.datagramClient { $0.applicationProtocols = ["coap", "other"] },
            server: pki.datagramServer { $0.applicationProtocols = ["another", "coap"] })
        let echo = try pair.echo()
        try pair.client.establish(timeout: .seconds(5))
        #expect(pair.client.tls?.applicationProtocol == "coap")
        let peer = try #require(pair.server.transport.peers.first)
        #expect(pair.server.transport.details(of: peer)?.serverName == "localhost")
        #expect(pair.client.query(TLSExporterBinding.self)?.count == 32)
        pair.close()
        _ = try echo.join()
    }

    @Test("the second association of a client resumes the session of the first")
    func resumption() throws {
        let network = LoopbackNetwork()
        let pki = try TestPKI.usual()
        let configuration = try pki.datagramClient()
        let pair = try MockDTLSPair(network, client: configuration)
        let echo = try pair.echo()
        try pair.client.establish(timeout: .seconds(5))
        #expect(pair.client.tls?.isResumed == false)
        let backend = try DTLSBackend(
            over: network.backend(on: "client"), client: configuration, serverName: "localhost")
        let second = try backend.datagramSocket(connectedTo: pair.address)
        // Also when the last message, which is the client's here, gets lost: the server asks again.
        network.fault(.loss, on: .datagrams.from("client").nth(3))
        try second.establish(timeout: .seconds(5))
        #expect(second.tls?.isResumed == true)
        try second.send("ping")
        #expect(try second.receive(atMost: 9, timeout: .seconds(60)).bytes == Array("ping".utf8))
        second.close()
        pair.close()
        _ = try echo.join()
    }

    @Test("two runs with the same seed are the same, to the datagram")
    func determinism() throws {
        func run() throws -> [Int64] {
            let network = LoopbackNetwork(seed: 4)
            network.fault(.loss, on: .datagrams.probability(0.4))
            let pair = try MockDTLSPair(network)
            let echo = try pair.echo()
            var times: [Int64] = []
            try pair.client.establish()
            times.append(network.milliseconds)
            for number in 0..<10 as Range<UInt8> {
                try pair.client.send([number])
                _ = try? pair.client.receive(atMost: 9, timeout: .seconds(1))
                times.append(network.milliseconds)
            }
            pair.close()
            _ = try echo.join()
            return times
        }
        #expect(try run() == run())
    }
}
