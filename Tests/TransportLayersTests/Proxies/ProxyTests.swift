import LoopbackMockBackend
import Testing
import TestSupport
import TransportCore
import TransportLayers

@Suite("Clients of proxies, in memory")
struct ProxyTests {
    private let network = LoopbackNetwork(profile: .hostile)
    private let place = IP.SocketAddress.v4(IPv4.SocketAddress(.loopback, port: 1080))

    /// A proxy that follows a script once: what it must receive, and what it answers.
    private func serve(_ turns: [(receives: [UInt8], answers: [UInt8])], thenCloses: Bool = false) throws {
        _ = try network.serveConnections(for: IP.self, at: place) { connection in
            for turn in turns {
                let bytes = try connection.receiveExactly(turn.receives.count)
                #expect(bytes == turn.receives, "\(String(decoding: bytes, as: UTF8.self))")
                try connection.sendAll(turn.answers)
            }
            if !thenCloses { while let bytes = try connection.receive(atMost: 99) { try connection.sendAll(bytes) } }
        }
    }

    private func socks(_ credentials: ProxyCredentials? = nil) -> SOCKSBackend<LoopbackBackend<IP>> {
        SOCKSBackend(over: network.backend(), proxy: SOCKSProxy(address: place, credentials: credentials))
    }

    private func http(
        _ credentials: ProxyCredentials? = nil, limit: Int = 16 << 10
    ) -> HTTPConnectBackend<LoopbackBackend<IP>> {
        HTTPConnectBackend(
            over: network.backend(),
            proxy: HTTPConnectProxy(address: place, credentials: credentials, maximumAnswerLength: limit))
    }

    @Test("SOCKS is given the name, and no resolver is asked")
    func name() throws {
        let name = [UInt8]("secret.example".utf8)
        try serve([
            ([5, 1, 0], [5, 0]),
            (
                [5, 1, 0, 3, UInt8(name.count)] + name + [0x1F, 0x90],
                [5, 0, 0, 1, 10, 0, 0, 9, 0, 80] + [UInt8]("hi".utf8)
            ),
        ])
        // The network knows no such name: asking it would be an error.
        let client = try socks().connect(host: "secret.example", port: 8080, timeout: .seconds(5))
        #expect(try client.receiveText(2) == "hi", "what comes right behind the answer is the stream's")
        try client.sendAll("echo")
        #expect(try client.receiveText(4) == "echo")
        #expect(client.query(ProxiedTarget.self)?.description == "secret.example:8080")
        #expect(client.query(ProxyBoundAddress.self) == "10.0.0.9:80")
        #expect(try client.remoteAddress == place)
        let below = "in-memory stream \(try client.localAddress) to 127.0.0.1:1080"
        #expect("\(client)" == "SOCKS 5 to secret.example:8080 over " + below)
    }

    @Test("SOCKS takes IPv4 and IPv6 addresses, a user and a password")
    func addresses() throws {
        try serve([
            ([5, 2, 0, 2], [5, 2]), ([1, 4] + "user".utf8 + [2] + "pw".utf8, [1, 0]),
            ([5, 1, 0, 4] + [UInt8](repeating: 0, count: 15) + [7, 0, 80], [5, 0, 0, 3, 1, 97, 0, 80]),
        ])
        let credentials = ProxyCredentials(user: "user", password: "pw")
        #expect("\(credentials)" == "user:…", "a password is not printed")
        let client = try socks(credentials).connect(host: "::7", port: 80, timeout: .seconds(5))
        #expect(client.query(ProxyBoundAddress.self) == "a:80")
    }

    @Test("A resolver of one's own resolves here, and the proxy gets the address")
    func localNames() throws {
        _ = network.host("cache")
        try serve([([5, 1, 0], [5, 0]), ([5, 1, 0, 1, 10, 0, 0, 1, 0, 80], [5, 0, 0, 1, 0, 0, 0, 0, 0, 0])])
        let backend = socks().with(resolver: network.backend().resolver)
        let client = try backend.connect(host: "cache", port: 80, families: .v4, timeout: .seconds(5))
        #expect(client.query(ProxiedTarget.self)?.address == .v4(IPv4.Address(10, 0, 0, 1)))
    }

    @Test(
        "Each refusal of SOCKS has its kind, its code and the proxy's address",
        arguments: [
            (1, TransportError.Kind.proxyRefused), (2, .permissionDenied), (3, .networkUnreachable),
            (4, .hostUnreachable),
            (5, .connectionRefused), (6, .peerUnresponsive), (7, .unsupported), (8, .familyNotSupported),
            (99, .proxyRefused),
        ] as [(UInt8, TransportError.Kind)])
    func refusals(_ reply: UInt8, _ kind: TransportError.Kind) throws {
        try serve([([5, 1, 0], [5, 0]), ([5, 1, 0, 1, 10, 0, 0, 1, 0, 80], [5, reply])], thenCloses: true)
        let error = caught { try socks().connect(host: "10.0.0.1", port: 80, timeout: .seconds(5)) }
        #expect(error?.kind == kind)
        #expect(error?.code?.domain == .socks)
        #expect(error?.code?.value == Int32(reply))
        #expect(error?.address == "10.0.0.1:80")
        #expect(error?.message.contains("127.0.0.1:1080") == true)
    }

    @Test("What is no SOCKS, and what asks for credentials, is told apart")
    func protocolErrors() throws {
        for (answer, kind) in [
            ([UInt8]("HTTP/1.1 400\r\n".utf8), TransportError.Kind.proxyProtocolViolated),
            ([5, 0xFF], .proxyAuthenticationFailed),
            ([5, 2], .proxyProtocolViolated), ([4, 0], .proxyProtocolViolated), ([5], .unexpectedEnd),
        ] {
            let network = LoopbackNetwork()
            _ = try network.serveConnections(for: IP.self, at: place) { connection in
                _ = try connection.receiveExactly(3)
                try connection.sendAll(answer)
            }
            let backend = SOCKSBackend(over: network.backend(), proxy: SOCKSProxy(address: place))
            #expect(caught { try backend.connect(host: "x", port: 1, timeout: .seconds(5)) }?.kind == kind)
        }
        let nobody = caught { try socks().connect(host: "x", port: 1, timeout: .seconds(5)) }
        #expect(nobody?.kind == .connectionRefused)
        #expect(nobody?.message.contains("on the way to the proxy") == true)
    }

    @Test("A proxy that says nothing does not outlast the deadline", arguments: [true, false])
    func deadline(_ isSOCKS: Bool) throws {
        _ = try network.serveConnections(for: IP.self, at: place) { connection in _ = try connection.receiveAll() }
        let error = caught {
            if isSOCKS {
                _ = try socks().connect(host: "x", port: 1, timeout: .seconds(3))
            } else {
                _ = try http().connect(host: "x", port: 1, timeout: .seconds(3))
            }
        }
        #expect(error?.kind == .timedOut)
        #expect(network.now.nanoseconds == 3_000_000_000)
    }

    @Test("HTTP CONNECT gets a stream, with what came behind the answer, also in tasks")
    func connect() async throws {
        let request =
            "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nProxy-Authorization: Basic dTpww6R3\r\n\r\n"
        let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nVia: x\n\r\nfirst"
        try serve([([UInt8](request.utf8), [UInt8](answer.utf8))])
        let backend = http(ProxyCredentials(user: "u", password: "päw"))
        try await network.run {
            let client = try await backend.connect(host: "example.org", port: 443, timeout: .seconds(5))
            #expect(try await client.receiveExactly(3) == [UInt8]("fir".utf8))
            #expect(try await client.receiveExactly(2) == [UInt8]("st".utf8))
            #expect(!client.facts.contains(.buffersInput))
            try await client.sendAll("echo")
            #expect(try await client.receiveExactly(4) == [UInt8]("echo".utf8))
        }
    }

    @Test(
        "Each refusal of HTTP has its kind and its status",
        arguments: [
            ("HTTP/1.1 407 Proxy Authentication Required", TransportError.Kind.proxyAuthenticationFailed),
            ("HTTP/1.1 403 Forbidden", .permissionDenied), ("HTTP/1.1 502 Bad Gateway", .proxyRefused),
            ("HTTP/1.1 504 Gateway Timeout", .peerUnresponsive), ("HTTP/1.1 2000 OK", .proxyProtocolViolated),
            ("HTTP/2 200", .proxyProtocolViolated), ("SSH-2.0-OpenSSH", .proxyProtocolViolated),
            ("HTTP/1.1 ", .proxyProtocolViolated),
        ] as [(String, TransportError.Kind)])
    func statuses(_ line: String, _ kind: TransportError.Kind) throws {
        let request = [UInt8]("CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n".utf8)
        try serve([(request, [UInt8]((line + "\r\nX: y\r\n\r\n").utf8))])
        let error = caught { try http().connect(host: "::1", port: 80, timeout: .seconds(5)) }
        #expect(error?.kind == kind)
        if kind != .proxyProtocolViolated { #expect(error?.code?.domain == .http) }
    }

    @Test(
        "What a proxy says is quoted in part, and cannot speak to a terminal",
        arguments: [("HTTP/1.1 502 ", TransportError.Kind.proxyRefused), ("SSH-", .proxyProtocolViolated)])
    func quotedAnswers(_ start: String, _ kind: TransportError.Kind) throws {
        let answer = start + "\u{1B}[2J" + String(repeating: "x", count: 3_000)
        _ = try network.serveConnections(for: IP.self, at: place) { connection in
            try? connection.sendAll(answer + "\r\n\r\n")
            while (try? connection.receive(atMost: 99)) != nil {}
        }
        let error = caught { try http().connect(host: "x", port: 1, timeout: .seconds(5)) }
        #expect(error?.kind == kind)
        for text in [error?.message ?? "", error?.explanation ?? ""] {
            #expect(text.count < 600 && !text.contains("\u{1B}"), "\(text)")
        }
    }

    @Test("An answer without an end is ended by its limit")
    func limit() throws {
        _ = try network.serveConnections(for: IP.self, at: place) { connection in
            try? connection.sendAll([UInt8]("HTTP/1.1 200 OK\r\n".utf8))
            while (try? connection.sendAll("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n")) != nil {}
        }
        let error = caught { try http(limit: 1000).connect(host: "x", port: 1, timeout: .seconds(5)) }
        #expect(error?.kind == .proxyProtocolViolated)
        #expect(error?.message.contains("1000 bytes") == true)
    }

    @Test("Names and fields that could become something else are refused before anything is sent")
    func injection() throws {
        for name in ["a b", "a\r\nX: y", "a/b", "a@b", "ä", String(repeating: "a", count: 256)] {
            #expect(caught { try ProxyTarget(name: name, port: 1) }?.kind == .invalidArgument)
        }
        var proxy = HTTPConnectProxy(address: place, headers: [("X", "a\r\nY: b")])
        #expect(caught { try proxy.exchange(for: ProxyTarget(name: "x", port: 1)) }?.kind == .invalidArgument)
        proxy.headers = [("X:", "a")]
        #expect(caught { try proxy.exchange(for: ProxyTarget(name: "x", port: 1)) }?.kind == .invalidArgument)
        let long = SOCKSProxy(address: place, credentials: ProxyCredentials(user: "", password: "x"))
        #expect(caught { try long.exchange(for: ProxyTarget(name: "x", port: 1)) }?.kind == .invalidArgument)
        #expect(
            caught { try socks().connect(host: "x", port: 1, families: .v6, timeout: .seconds(1)) }?.kind
                == .unsupported)
    }

    @Test("Damaged answers of proxies never trap or hang", arguments: [1, 2, 3] as [UInt64])
    func fuzz(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let answers: [[UInt8]] = [
            [5, 0, 5, 0, 0, 3, 4, 97, 98, 99, 100, 0, 80], [5, 0, 5, 0, 0, 4] + [UInt8](repeating: 1, count: 18),
            [UInt8]("HTTP/1.1 200 OK\r\nA: b\r\n\r\n".utf8),
            [UInt8]("HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 407 No\r\n\r\n".utf8),
        ]
        for _ in 0..<400 {
            var bytes = answers.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            let answer = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            let network = LoopbackNetwork()
            _ = try network.serveConnections(for: IP.self, at: place) { connection in
                try? connection.sendAll(answer)
                try? connection.shutdownWrite()
                while (try? connection.receive(atMost: 99)) != nil {}
            }
            let isSOCKS = Bool.random(using: &random)
            let outcome = caught {
                if isSOCKS {
                    _ = try SOCKSBackend(over: network.backend(), proxy: SOCKSProxy(address: place))
                        .connect(host: "x", port: 1, timeout: .seconds(1))
                } else {
                    _ = try HTTPConnectBackend(over: network.backend(), proxy: HTTPConnectProxy(address: place))
                        .connect(host: "x", port: 1, timeout: .seconds(1))
                }
            }
            #expect(outcome?.kind != .timedOut, "the end of the stream ends every exchange")
        }
    }
}
