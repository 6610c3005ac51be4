import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore
import TransportServers

/// Proxies that nobody here wrote, in front of a server.
@Suite("Behind proxies", .serialized)
struct ProxyTests {
    /// Runs a test with a proxy that was given a configuration in a folder of its own.
    private func withProxy(
        _ program: String, _ arguments: (String) -> [String],
        configuration: (_ folder: String, _ upstream: UInt16) -> String,
        handler: @escaping @Sendable (Connection<SocketTransport<IPv4>>) async throws -> Void,
        port: UInt16, _ body: () async throws -> Void
    ) async throws {
        let folder = "/tmp/swift-transport-proxy-\(getpid())-\(port)"
        mkdir(folder, 0o700)
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let server = Server(limits: ServerLimits(idleTime: .seconds(60)))
        let file = try #require(fopen(folder + "/proxy.conf", "w"))
        fputs(configuration(folder, try listener.localAddress.port), file)
        fclose(file)
        async let served: Void = server.serve(listener, handler: handler)
        let proxy = try Child(program, arguments(folder + "/proxy.conf"))
        try await untilListening(port)
        try await body()
        kill(proxy.id, SIGTERM)
        try await proxy.waitForExit()
        await server.stop(within: patience)
        try await served
        try await Child("/bin/rm", ["-r", folder]).waitForExit()
    }

    /// Waits until somebody listens: the proxies do not say so.
    private func untilListening(_ port: UInt16) async throws {
        for attempt in 0..<3000 {
            do throws(TransportError) {
                try await SocketBackend<IPv4>().connect(to: .loopback(port: port), timeout: patience).close()
                return
            } catch {
                guard error.kind == .connectionRefused, attempt < 2999 else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test(
        "HAProxy in TCP mode passes everything through, both ways",
        .enabled(if: access("/usr/sbin/haproxy", X_OK) == 0, "needs haproxy")
    )
    func haproxy() async throws {
        let port = try freePort()
        try await withProxy(
            "haproxy", { ["-q", "-f", $0] },
            configuration: { _, upstream in
                """
                defaults
                    mode tcp
                    timeout connect 5s
                    timeout client 30s
                    timeout server 30s
                listen echo
                    bind 127.0.0.1:\(port)
                    server one 127.0.0.1:\(upstream)

                """
            }, handler: echo, port: port
        ) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...50 {
                    group.addTask {
                        let connection = try await SocketBackend<IPv4>().connect(
                            to: .loopback(port: port), timeout: patience)
                        let bytes = (0..<number * 3000).map { UInt8(truncatingIfNeeded: $0 &* number) }
                        async let sent: Void = connection.sendAll(bytes, timeout: patience)
                        #expect(try await connection.receiveExactly(bytes.count, timeout: patience) == bytes)
                        try await sent
                        try await connection.shutdownWrite()
                        #expect(try await connection.receive(atMost: 1, timeout: patience) == nil)
                        connection.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("nginx as reverse proxy", .enabled(if: access("/usr/sbin/nginx", X_OK) == 0, "needs nginx"))
    func nginx() async throws {
        let port = try freePort()
        let count = Locked(0)
        try await withProxy(
            "/usr/sbin/nginx", { ["-c", $0] },
            configuration: { folder, upstream in
                """
                daemon off;
                master_process off;
                pid \(folder)/pid;
                error_log \(folder)/error.log;
                events {}
                http {
                    access_log off;
                    client_body_temp_path \(folder)/a; proxy_temp_path \(folder)/b; fastcgi_temp_path \(folder)/c;
                    uwsgi_temp_path \(folder)/d; scgi_temp_path \(folder)/e;
                    upstream ours { server 127.0.0.1:\(upstream); keepalive 4; }
                    server {
                        listen 127.0.0.1:\(port);
                        location / { proxy_pass http://ours; proxy_http_version 1.1; proxy_set_header Connection ""; }
                    }
                }

                """
            },
            handler: { connection in
                let reader = connection.reader()
                while let request = try await reader.readLine() {
                    #expect(request.hasPrefix("GET /page"))
                    while let header = try await reader.readLine(), !header.isEmpty {}
                    count.withLock { $0 += 1 }
                    try await connection.sendAll("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
                }
            }, port: port
        ) {
            for number in 0..<20 {
                let curl = try Child("curl", ["-s", "http://127.0.0.1:\(port)/page\(number)"])
                #expect(try await curl.readToEnd() == "hello")
            }
        }
        #expect(count.withLock { $0 } == 20)
    }
}
