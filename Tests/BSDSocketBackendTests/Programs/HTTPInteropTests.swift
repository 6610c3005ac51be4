import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// Against programs that speak HTTP.
@Suite("Against HTTP programs", .ownThread)
struct HTTPInteropTests {
    /// Ten lines of an HTTP server: answers requests with a page until it is told to stop.
    private func serve(_ listener: Listener<SocketListener<IP>>, _ page: [UInt8], _ requests: Int) throws -> [String] {
        try (0..<requests).map { _ in
            let connection = try listener.accept(timeout: patience)
            var request: [UInt8] = []
            while !request.ends(with: "\r\n\r\n".utf8),
                let part = try connection.receive(atMost: 4096, timeout: patience)
            {
                request += part
            }
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(page.count)\r\nConnection: close\r\n\r\n"
            try connection.sendAll(gathering: [Array(head.utf8), page], timeout: patience)
            connection.close()
            return String(decoding: request, as: UTF8.self)
        }
    }

    @Test("curl gets a page of a megabyte, over IPv4 and IPv6", .enabled(if: access("/usr/bin/curl", X_OK) == 0))
    func curl() throws {
        let listener = try SocketBackend<IP>().listen(on: .v6(.any(port: 0)), options: ListenerOptions(dualStack: true))
        let port = try listener.localAddress.port
        let page = [UInt8]((0..<1_000_000).map { UInt8($0 % 95) + 32 })
        let server = Worker { try serve(listener, page, 2) }
        for host in ["127.0.0.1", "[::1]"] {
            let child = try ChildProcess(
                "/usr/bin/curl", ["-sS", "--noproxy", "*", "-m", "30", "http://\(host):\(port)/path"])
            #expect(try child.readToEnd() == String(decoding: page, as: UTF8.self))
            #expect(try child.waitForExit() == 0)
        }
        let requests = try server.value()
        #expect(requests.allSatisfy { $0.hasPrefix("GET /path HTTP/1.1\r\n") })
    }

    @Test(
        "X5 without TLS: a client gets a page of Python's HTTP server",
        .enabled(if: access("/usr/bin/python3", X_OK) == 0)
    )
    func pythonServer() throws {
        let child = try ChildProcess.python(
            """
            import http.server
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(self.path.encode() * 100000)
                def log_message(self, *arguments): pass
            server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
            print(server.server_port)
            server.handle_request()
            """)
        let port = try #require(UInt16(child.readLine()))
        let backend = SocketBackend<IP>()
        let deadline = try backend.deadline(after: patience)
        let connection = try backend.connect(host: "127.0.0.1", port: port, deadline: deadline)
        try connection.sendAll("GET /page HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", deadline: deadline)
        var answer: [UInt8] = []
        while let bytes = try connection.receive(atMost: 4096, deadline: deadline) { answer += bytes }
        connection.close()
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.0 200 OK\r\n"))
        #expect(text.hasSuffix("\r\n\r\n" + String(repeating: "/page", count: 100_000)))
        #expect(try child.waitForExit() == 0)
    }
}

extension Array where Element == UInt8 {
    fileprivate func ends(with suffix: String.UTF8View) -> Bool { self.suffix(suffix.count).elementsEqual(suffix) }
}
