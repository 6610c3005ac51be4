#if canImport(Glibc)
import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore
import TransportLayers

private func loopback(_ port: UInt16) -> IP.SocketAddress { .v4(.loopback(port: port)) }

@Suite("Proxies that others wrote")
struct ProxyInteropTests {
    /// A server that answers each connection with what it received first, twice.
    private func echo(_ count: Int) throws -> (UInt16, BackgroundCall<Void>) {
        let listener = try SocketBackend<IP>().listen(on: loopback(0))
        let port = try listener.localAddress.port
        let call = BackgroundCall<Void> {
            for _ in 0..<count {
                let connection = try listener.accept(timeout: Patience.time)
                let bytes = try connection.receive(atMost: 100, timeout: Patience.time) ?? []
                try connection.sendAll(bytes + bytes)
                connection.close()
            }
        }
        return (port, call)
    }

    @Test(
        "microsocks: by name and address, with credentials, wrong ones, and refused targets",
        .enabled(if: program("microsocks") != nil, "there is no microsocks here"))
    func socks() throws {
        let (target, server) = try echo(3)
        let port = try freePort()
        let child = try ChildProcess(
            try #require(program("microsocks")), ["-i", "127.0.0.1", "-p", "\(port)", "-u", "user", "-P", "secret"])
        defer { kill(child.id, SIGKILL) }
        try waitForServer(port)
        let good = SOCKSProxy(
            address: loopback(port), credentials: ProxyCredentials(user: "user", password: "secret"))
        let backend = SOCKSBackend(over: SocketBackend<IP>(), proxy: good)
        for host in ["localhost", "127.0.0.1"] {
            let client = try backend.connect(host: host, port: target, timeout: Patience.time)
            try client.sendAll("hello")
            #expect(try client.receiveAll() == [UInt8]("hellohello".utf8))
        }
        // curl, through the same proxy: what it calls socks5h is what is done here.
        let curl = try ChildProcess(
            "curl",
            [
                "-s", "--http0.9", "--socks5-hostname", "user:secret@127.0.0.1:\(port)", "-m", "10",
                "http://localhost:\(target)/",
            ])
        #expect(try curl.readToEnd().hasPrefix("GET / HTTP/1.1"))
        try server.value()

        let refused = caught { try backend.connect(host: "127.0.0.1", port: 1, timeout: Patience.time) }
        #expect(refused?.kind == .connectionRefused)
        #expect(refused?.code?.domain == .socks)
        var wrong = good
        wrong.credentials?.password = "guess"
        #expect(
            caught {
                try SOCKSBackend(over: SocketBackend<IP>(), proxy: wrong).connect(
                    host: "x", port: 1, timeout: Patience.time)
            }?
            .kind == .proxyAuthenticationFailed)
        wrong.credentials = nil
        #expect(
            caught {
                try SOCKSBackend(over: SocketBackend<IP>(), proxy: wrong).connect(
                    host: "x", port: 1, timeout: Patience.time)
            }?
            .kind == .proxyAuthenticationFailed)
    }

    @Test(
        "tinyproxy: CONNECT, Basic authentication, a forbidden port, and SOCKS through it",
        .enabled(
            if: program("tinyproxy") != nil && program("microsocks") != nil, "there is no tinyproxy or microsocks here")
    )
    func connect() throws {
        let (target, server) = try echo(2)
        let (port, socksPort) = (try freePort(), try freePort())
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "tinyproxy.conf",
            """
            Port \(port)
            Listen 127.0.0.1
            Timeout 30
            MaxClients 10
            Allow 127.0.0.1
            BasicAuth user secret
            ConnectPort \(target)
            ConnectPort \(socksPort)

            """)
        let child = try ChildProcess(try #require(program("tinyproxy")), ["-d", "-c", file])
        defer { kill(child.id, SIGKILL) }
        let socks = try ChildProcess(
            try #require(program("microsocks")), ["-i", "127.0.0.1", "-p", "\(socksPort)"])
        defer { kill(socks.id, SIGKILL) }
        try waitForServer(port)
        try waitForServer(socksPort)
        var proxy = HTTPConnectProxy(
            address: loopback(port), credentials: ProxyCredentials(user: "user", password: "secret"))
        let backend = HTTPConnectBackend(over: SocketBackend<IP>(), proxy: proxy)
        let client = try backend.connect(host: "localhost", port: target, timeout: Patience.time)
        try client.sendAll("hello")
        #expect(try client.receiveAll() == [UInt8]("hellohello".utf8))

        let chain = SOCKSBackend(over: backend, proxy: SOCKSProxy(address: loopback(socksPort)))
        let far = try chain.connect(host: "localhost", port: target, timeout: Patience.time)
        try far.sendAll("far")
        #expect(try far.receiveAll() == [UInt8]("farfar".utf8))
        try server.value()

        #expect(
            caught { try backend.connect(host: "localhost", port: 1, timeout: Patience.time) }?.kind
                == .permissionDenied)
        proxy.credentials = nil
        let other = HTTPConnectBackend(over: SocketBackend<IP>(), proxy: proxy)
        let error = caught { try other.connect(host: "localhost", port: target, timeout: Patience.time) }
        #expect(error?.kind == .proxyAuthenticationFailed)
        #expect(error?.code?.value == 407)
    }
}

@Suite("PROXY headers of others")
struct ProxyHeaderInteropTests {
    /// Accepts a connection with a header, and answers in HTTP with what the header says.
    private func serve(
        _ count: Int
    ) throws -> (UInt16, BackgroundCall<[ProxyProtocolHeader?]>) {
        let listener = try SocketBackend<IP>().acceptingProxyHeaders(.fromEveryone(.required)).listen(on: loopback(0))
        let port = try listener.localAddress.port
        let call = BackgroundCall<[ProxyProtocolHeader?]> {
            try (0..<count).map { _ in
                let connection = try listener.accept(timeout: Patience.time)
                try connection.establish(timeout: Patience.time)
                let header = connection.query(ReceivedProxyHeader.self)
                var request: [UInt8] = []
                while !request.suffix(4).elementsEqual("\r\n\r\n".utf8),
                    let bytes = try connection.receive(atMost: 999, timeout: Patience.time)
                { request += bytes }
                let body = "\(try connection.remoteAddress)"
                try connection.sendAll("HTTP/1.0 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                connection.close()
                return header
            }
        }
        return (port, call)
    }

    @Test("curl --haproxy-protocol", .enabled(if: program("curl") != nil, "there is no curl here"))
    func curl() throws {
        let (port, server) = try serve(1)
        let child = try ChildProcess(
            "curl", ["-sS", "-m", "10", "--noproxy", "*", "--haproxy-protocol", "http://127.0.0.1:\(port)/"])
        let told = try child.readToEnd()
        let header = try #require(try server.value().first ?? nil)
        #expect(header.version == .v1)
        #expect(header.addresses?.source.description == told)
        #expect(header.addresses?.destination.description == "127.0.0.1:\(port)")
    }

    @Test(
        "HAProxy with send-proxy, send-proxy-v2 and its fields",
        .enabled(if: program("haproxy") != nil, "there is no HAProxy here")
    )
    func haproxy() throws {
        let (port, server) = try serve(2)
        let (first, second) = (try freePort(), try freePort())
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "haproxy.cfg",
            """
            defaults
                mode tcp
                timeout connect 5s
                timeout client 10s
                timeout server 10s
            listen one
                bind 127.0.0.1:\(first)
                server s 127.0.0.1:\(port) send-proxy
            listen two
                bind 127.0.0.1:\(second)
                unique-id-format made-here-%pid
                server s 127.0.0.1:\(port) send-proxy-v2 proxy-v2-options crc32c,unique-id

            """)
        let child = try ChildProcess(try #require(program("haproxy")), ["-db", "-q", "-f", file])
        defer { kill(child.id, SIGKILL) }
        // Not looked for by connecting: that would be a connection to the server behind it.
        var headers: [String] = []
        for place in [first, second] {
            let backend = SocketBackend<IP>()
            var client: Connection<SocketTransport<IP>>?
            for _ in 0..<1000 where client == nil {
                client = try? backend.connect(to: loopback(place), timeout: Patience.time)
                if client == nil { try backend.sleep(for: .milliseconds(10)) }
            }
            let connection = try #require(client)
            try connection.sendAll("GET / HTTP/1.0\r\n\r\n")
            let answer = String(decoding: try connection.receiveAll(), as: UTF8.self)
            #expect(answer.hasSuffix("\r\n\r\n\(try connection.localAddress)"), "the client's own address")
            headers.append(answer)
        }
        let told = try server.value()
        #expect(told[0]?.version == .v1)
        #expect(told[1]?.version == .v2)
        #expect(told[1]?.uniqueID.map { String(decoding: $0, as: UTF8.self) }?.hasPrefix("made-here-") == true)
        #expect(told[1]?.addresses?.destination.description == "127.0.0.1:\(second)")
    }

    @Test(
        "nginx with proxy_protocol takes headers of version 1 and 2",
        .enabled(if: program("nginx") != nil, "there is no nginx here"))
    func nginx() throws {
        let port = try freePort()
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "nginx.conf",
            """
            daemon off;
            master_process off;
            pid \(directory.path)/pid;
            error_log stderr error;
            events { worker_connections 16; }
            http {
                access_log off;
                client_body_temp_path \(directory.path)/a;
                proxy_temp_path \(directory.path)/b;
                fastcgi_temp_path \(directory.path)/c;
                uwsgi_temp_path \(directory.path)/d;
                scgi_temp_path \(directory.path)/e;
                server {
                    listen 127.0.0.1:\(port) proxy_protocol;
                    location / { return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr"; }
                }
            }

            """)
        let child = try ChildProcess(
            try #require(program("nginx")), ["-c", file, "-p", directory.path, "-e", "stderr"])
        defer { kill(child.id, SIGKILL) }
        try waitForServer(port)
        for version in [ProxyProtocolHeader.Version.v1, .v2] {
            for (source, destination) in [("192.0.2.1", "198.51.100.7"), ("2001:db8::1", "2001:db8::2")] {
                let header = ProxyProtocolHeader(
                    source: .ip(IP.SocketAddress(try IP.Address(parsing: source), port: 4321)),
                    destination: .ip(IP.SocketAddress(try IP.Address(parsing: destination), port: 80)), version: version
                )
                let backend = try SocketBackend<IP>().sendingProxyHeader(header)
                let client = try backend.connect(to: loopback(port), timeout: Patience.time)
                try client.sendAll("GET / HTTP/1.0\r\n\r\n")
                let answer = String(decoding: try client.receiveAll(), as: UTF8.self)
                #expect(answer.hasSuffix("\r\n\r\n\(source) 4321 \(destination)"), "\(answer)")
            }
        }
    }
}
#endif
