import BSDSocketBackend
import Foundation
import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Replaying a server nobody here wrote", .enabled(if: access("/usr/bin/python3", X_OK) == 0))
struct HTTPReplayTests {
    /// Python's server for one request. Its first line of output is its port.
    private static let server = """
        import http.server
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = bytes(range(256)) * 40
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *arguments): pass
        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.handle_request()
        """

    /// Asks for a page and gives all that comes.
    private func get<B: ResolvingBackend>(_ backend: B, host: String, port: UInt16) throws -> [UInt8] {
        let connection = try backend.connect(host: host, port: port, families: .v4, timeout: .seconds(30))
        defer { connection.close() }
        try connection.sendAll("GET / HTTP/1.0\r\nHost: example\r\n\r\n", timeout: .seconds(30))
        var all: [UInt8] = []
        while let bytes = try connection.receive(atMost: 1000, timeout: .seconds(30)) { all += bytes }
        return all
    }

    private func recordPython(_ recorder: Recorder) throws -> [UInt8] {
        let process = try ChildProcess.python(Self.server)
        let port = try #require(UInt16(try process.readLine()))
        return try get(RecordingBackend(over: SocketBackend<IP>(), recorder: recorder), host: "127.0.0.1", port: port)
    }

    @Test("WRP-05: a page of Python's web server, kept as text, comes the same from memory")
    func page() throws {
        let recorder = Recorder()
        let page = try recordPython(recorder)
        #expect(page.starts(with: "HTTP/1.0 200 OK\r\n".utf8))
        #expect(page.count > 10240)
        let text = recorder.recording.text
        #expect(text.contains("client \"GET / HTTP/1.0\\r\\n\""))
        let recording = try Recording(text)
        for mode in [ReplayMode.strict, .perDirection] {
            for profile in [NetworkProfile.tcp, .hostile, .tcp.with(receives: .oneByte)] {
                try LoopbackNetwork.test(profile: profile, allowing: [.endlessWait]) { network in
                    let server = try network.replay(recording, on: "web", port: 80, mode)
                    #expect(try get(network.backend(), host: "web", port: 80) == page)
                    try server.verify()
                }
            }
        }
    }
}
