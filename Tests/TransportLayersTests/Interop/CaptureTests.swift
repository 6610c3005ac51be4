#if canImport(Glibc)
import BSDSocketBackend
import Glibc
import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore
import TransportLayers

@Suite("Recordings for Wireshark")
struct CaptureTests {
    /// What tshark says of a file, a line each.
    private func tshark(_ path: String, _ arguments: String...) throws -> [String] {
        let child = try ChildProcess(
            try #require(program("tshark")),
            ["-n", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"] + arguments)
        let text = try child.readToEnd()
        #expect(try child.waitForExit() == 0)
        return text.split(separator: "\n").map(String.init)
    }

    @Test(
        "tshark finds whole TCP connections with good checksums, and the bytes",
        .enabled(if: program("tshark") != nil, "there is no tshark here"))
    func conversations() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/capture.pcapng"
        let network = LoopbackNetwork()
        let bytes = pattern(50_001)
        do {
            let capture = try PacketCapture(path: path)
            let server = try network.serveConnections(on: "server") { connection in
                while let bytes = try connection.receive(atMost: 70_000) { try connection.sendAll(bytes) }
            }
            let backend = network.backend(on: "client").captured(by: capture)
            for families in [ResolverQuery.Families.v4, .v6] {
                let client = try backend.connect(host: "server", port: server.port, families: families)
                try client.sendAll(gathering: [Array(bytes[..<7]), Array(bytes[7...])])
                try client.shutdownWrite()
                #expect(try client.receiveAll() == bytes)
                try network.sleep(for: .milliseconds(1500))
                client.close()
            }
            let cut = try backend.connect(to: server.address)
            try cut.sendAll("GET / HTTP/1.1\r\n\r\n")
            cut.abort()
        }
        // No complaint of any kind: no gap, no repetition, no full window, no bad checksum.
        let complaints = try tshark(
            path, "-Y", "tcp.analysis.flags || (_ws.expert.severity >= 6291456 && tcp.flags.reset == 0)")
        #expect(complaints == [])
        #expect(try tshark(path, "-Y", "tcp.checksum.status == 0 || ip.checksum.status == 0") == [])
        #expect(try tshark(path, "-Y", "tcp.flags.syn == 1").count == 6)
        #expect(try tshark(path, "-Y", "tcp.flags.fin == 1").count == 4)
        #expect(try tshark(path, "-Y", "tcp.flags.reset == 1").count == 1)
        for stream in 0...1 {
            let payload = try tshark(
                path, "-Y", "tcp.stream == \(stream) && tcp.len > 0", "-T", "fields", "-e", "tcp.payload")
            #expect(payload.joined().count == 4 * bytes.count, "both ways, two digits a byte")
        }
        let version6 = try tshark(
            path, "-Y", "tcp.stream == 1", "-T", "fields", "-e", "ipv6.src", "-e", "frame.time_epoch")
        #expect(version6.first?.hasPrefix("fd00::") == true)
    }

    @Test(
        "Accepted connections and Unix sockets are recorded, too",
        .enabled(if: program("tshark") != nil, "there is no tshark here"))
    func others() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/capture.pcapng"
        do {
            let capture = try PacketCapture(path: path)
            let backend = SocketBackend<Unix>().captured(by: capture)
            let listener = try backend.listen(on: try Unix.SocketAddress(path: directory.path + "/socket"))
            let client = try backend.connect(to: listener.localAddress)
            let server = try listener.accept()
            try client.sendAll("to the server")
            #expect(try server.receiveText(13) == "to the server")
            client.close()
            #expect(try server.receive(atMost: 1) == nil)
            server.close()
        }
        let complaints = try tshark(path, "-Y", "tcp.analysis.flags")
        #expect(complaints == [])
        #expect(try tshark(path, "-Y", "tcp.stream == 0 || tcp.stream == 1").count == (try tshark(path).count))
        let comments = try tshark(path, "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment")
        #expect(comments.count == 2)
        #expect(comments.contains { $0.contains(directory.path + "/socket") })
    }

    @Test("A file that cannot be made is an error with its path")
    func unwritable() throws {
        let error = caught { try PacketCapture(path: "/no/such/directory/file") }
        #expect(error?.kind == .system)
        #expect(error?.errno == ENOENT)
        #expect(error?.address == "/no/such/directory/file")
    }
}
#endif
