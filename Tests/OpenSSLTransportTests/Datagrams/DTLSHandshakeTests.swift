import COpenSSL
import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

/// Whether libssl lets the network's clock decide when messages are sent again.
private let repetitionsAreVirtual = OpenSSL_version_num() < 0x3010_0000

/// The handshake, with its repetitions, in virtual time.
@Suite(
    "DTLS handshakes",
    .enabled(if: repetitionsAreVirtual, "OpenSSL later than 3.0 repeats messages by the system's clock alone"))
struct DTLSHandshakeTests {
    @Test("the first datagram makes the handshake, and both ends know each other")
    func firstDatagram() throws {
        let pair = try MockDTLSPair()
        let echo = try pair.echo()
        #expect(pair.client.tls == nil)
        try pair.client.send("ping", timeout: .seconds(5))
        let (bytes, info) = try pair.client.receive(atMost: 100, timeout: .seconds(5))
        #expect(bytes == Array("ping".utf8))
        #expect(info.sender == pair.address && !info.isTruncated)
        #expect(pair.network.milliseconds == 0)
        let tls = try #require(pair.client.tls)
        #expect(tls.version == .dtls12 && "\(tls.version)" == "DTLS 1.2")
        #expect(tls.isPeerVerified && tls.peerCertificates.first?.alternativeNames.isEmpty == false)
        #expect(pair.server.transport.peers == [try pair.client.localAddress])
        pair.close()
        #expect(try echo.join() == 1)
    }

    @Test(
        "a message that gets lost is sent again after a second, and then after twice as long",
        arguments: [
            (1, 1000), (2, 3000), (3, 7000), (6, 63_000), (7, 123_000), (8, 183_000),
        ])
    func exactTimes(lost: Int, milliseconds: Int64) throws {
        let network = LoopbackNetwork()
        network.fault(.loss, on: .datagrams.from("client").nth(1...lost))
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        try pair.client.establish()
        #expect(network.milliseconds == milliseconds)
        pair.close()
        #expect(try echo.join() == 0)
    }

    @Test("what the server sends is sent again, too, by who answers first", arguments: 1...8)
    func serverMessages(number: Int) throws {
        let network = LoopbackNetwork()
        network.fault(.loss, on: .datagrams.from("server").nth(number))
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        try pair.client.establish()
        #expect(network.milliseconds % 1000 == 0 && network.milliseconds <= 1000)
        // The one that is lost may be an answer.
        var answer: [UInt8]?
        for _ in 0..<2 where answer == nil {
            try pair.client.send("ping")
            answer = try? pair.client.receive(atMost: 9, timeout: .seconds(5)).bytes
        }
        #expect(answer == Array("ping".utf8))
        pair.close()
        _ = try echo.join()
    }

    @Test("a handshake that nobody answers ends at the caller's time, and goes on with the next call")
    func timeouts() throws {
        let network = LoopbackNetwork()
        let hole = network.fault(.blackHole, on: .datagrams)
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        #expect(caught { try pair.client.establish(timeout: .milliseconds(2500)) }?.kind == .timedOut)
        #expect(network.milliseconds == 2500)
        #expect(caught { try pair.client.send("ping", timeout: .milliseconds(100)) }?.kind == .timedOut)
        hole.remove()
        // The next repetition comes at 3 seconds.
        try pair.client.establish(timeout: .seconds(5))
        #expect(network.milliseconds == 3000)
        pair.close()
        _ = try echo.join()
    }

    @Test("after twelve repetitions the handshake is given up")
    func givenUp() throws {
        let network = LoopbackNetwork()
        network.fault(.blackHole, on: .datagrams)
        let pair = try MockDTLSPair(network)
        let error = try #require(caught { try pair.client.establish() })
        #expect(error.kind == .timedOut)
        #expect(network.milliseconds == 63_000 + 7 * 60_000)
        pair.close()
    }

    @Test("a network that loses 30 % lets the handshake through", arguments: 1...20 as ClosedRange<UInt64>)
    func lossy(seed: UInt64) throws {
        let network = LoopbackNetwork(seed: seed)
        network.fault(.loss, on: .datagrams.probability(0.3))
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        try pair.client.establish(timeout: .seconds(300))
        var answers = 0
        for number in 0..<50 as Range<UInt8> {
            try pair.client.send([number])
            guard let (bytes, _) = try? pair.client.receive(atMost: 10, timeout: .seconds(1)) else { continue }
            #expect(bytes == [number])
            answers += 1
        }
        // 0.7 squared is about half of them.
        #expect((10...40).contains(answers))
        pair.close()
        _ = try echo.join()
    }

    @Test(
        "a network that doubles and reorders does no harm, and gives nothing twice",
        arguments: 1...10 as ClosedRange<UInt64>)
    func disorder(seed: UInt64) throws {
        let network = LoopbackNetwork(seed: seed)
        network.fault(.duplicate(copies: 2), on: .datagrams.probability(0.5))
        network.fault(.reorder(within: .milliseconds(30)), on: .datagrams)
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        try pair.client.establish(timeout: .seconds(60))
        for number in 0..<40 as Range<UInt8> { try pair.client.send([number]) }
        var received: [UInt8] = []
        while let (bytes, _) = try? pair.client.receive(atMost: 10, timeout: .seconds(2)) { received += bytes }
        #expect(received.sorted() == Array(0..<40))
        pair.close()
        #expect(try echo.join() == 40)
    }

    @Test("datagrams that were changed on the way are dropped", arguments: 1...10 as ClosedRange<UInt64>)
    func corruption(seed: UInt64) throws {
        let network = LoopbackNetwork(seed: seed)
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        try pair.client.establish(timeout: .seconds(60))
        let fault = network.fault(.corrupt(bits: 3), on: .datagrams.from("client").nth(1...20))
        for number in 0..<20 as Range<UInt8> { try pair.client.send([number]) }
        #expect(caught { try pair.client.receive(atMost: 10, timeout: .seconds(2)) }?.kind == .timedOut)
        fault.remove()
        try pair.client.send("good")
        #expect(try pair.client.receive(atMost: 10, timeout: .seconds(2)).bytes == Array("good".utf8))
        pair.close()
        #expect(try echo.join() == 1)
    }

    @Test(
        "a handshake in a network that changes bytes ends well or with an error that says so",
        arguments: 1...20 as ClosedRange<UInt64>)
    func corruptedHandshake(seed: UInt64) throws {
        let network = LoopbackNetwork(seed: seed)
        network.fault(.corrupt(bits: 1), on: .datagrams.probability(0.3))
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        // What is changed before there are keys cannot always be told from what the peer wants.
        for _ in 0..<10 {
            guard let error = caught({ try pair.client.establish(timeout: .seconds(60)) }) else { break }
            #expect(error.kind.rawValue.hasPrefix("tls.") || error.kind == .timedOut, "\(error)")
        }
        pair.close()
        _ = try echo.join()
    }

    @Test("the handshake is cut into datagrams of the size that the settings say", arguments: [256, 600, 1232, 4000])
    func pieces(size: Int) throws {
        let pki = try TestPKI.usual()
        let network = LoopbackNetwork()
        let relay = try network.backend(on: "relay").datagramSocket(
            boundTo: .v4(IPv4.SocketAddress(network.host("relay").ipv4, port: serverPort)))
        let pair = try MockDTLSPair(network, server: try pki.datagramServer { $0.maximumDatagramSize = size })
        let backend = try DTLSBackend(
            over: network.backend(on: "client"), client: try pki.datagramClient { $0.maximumDatagramSize = size },
            serverName: "localhost")
        let client = try backend.datagramSocket(connectedTo: relay.localAddress)
        let echo = try pair.echo()
        let relaying = try network.spawn {
            var sizes: [Int] = []
            var asking: IP.SocketAddress?
            while let (bytes, info) = try? relay.receive(atMost: 65_535) {
                sizes.append(bytes.count)
                if info.sender != pair.address { asking = info.sender }
                try relay.send(bytes, to: info.sender == pair.address ? asking : pair.address)
            }
            return sizes
        }
        try client.establish()
        let room = try #require(client.transport.sendableSize())
        #expect(room < size && room > size - 64)
        try client.send([UInt8](repeating: 7, count: room))
        #expect(try client.receive(atMost: size, timeout: .seconds(1)).bytes.count == room)
        #expect(caught { try client.send([UInt8](repeating: 7, count: room + 1)) }?.kind == .messageTooLarge)
        client.close()
        relay.close()
        pair.close()
        _ = try echo.join()
        let sizes = try relaying.join()
        #expect(sizes.allSatisfy { $0 <= size } && sizes.contains { $0 > size - 64 })
        // Hello, cookie, hello, certificate and so on, keys, end, two of the program, two goodbyes.
        #expect(sizes.count >= 8 && (size > 256 || sizes.count > 10))
    }

    @Test("tasks do the same")
    func tasks() async throws {
        let network = LoopbackNetwork()
        network.fault(.loss, on: .datagrams.from("client").nth(1))
        let pair = try MockDTLSPair(network)
        try await network.run {
            async let served: Void = {
                let (bytes, info) = try await pair.server.receive(atMost: 100)
                try await pair.server.send(bytes, to: info.sender)
            }()
            try await pair.client.establish(timeout: .seconds(5))
            #expect(network.milliseconds == 1000)
            try await pair.client.send("ping")
            #expect(try await pair.client.receive(atMost: 100).bytes == Array("ping".utf8))
            try await served
        }
        pair.close()
    }

    @Test("nonblocking, each call does what can be done at once")
    func nonblocking() throws {
        let pair = try MockDTLSPair()
        pair.client.mode = .nonblocking
        pair.server.mode = .nonblocking
        for _ in 0..<10 {
            guard let error = caught({ try pair.client.send("ping") }) else { break }
            #expect(error.kind == .wouldBlock)
            #expect(caught { try pair.server.receive(atMost: 9) }?.kind == .wouldBlock)
        }
        #expect(try pair.server.receive(atMost: 9).bytes == Array("ping".utf8))
        pair.close()
    }

    @Test("one reader and one writer may begin at once, and closing wakes both")
    func fullDuplex() throws {
        let network = LoopbackNetwork()
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        let client = pair.client
        let reader = try network.spawn { try client.receive(atMost: 9).bytes }
        try network.sleep(for: .milliseconds(10))
        try client.send("ping", timeout: .seconds(5))
        #expect(try reader.join() == Array("ping".utf8))
        // At most a few pauses of a millisecond.
        #expect(network.milliseconds < 20)
        let waiting = try network.spawn { caught { try client.receive(atMost: 9) }?.kind }
        try network.sleep(for: .milliseconds(10))
        client.close()
        #expect(try waiting.join() == .closed)
        pair.close()
        _ = try echo.join()
    }
}
