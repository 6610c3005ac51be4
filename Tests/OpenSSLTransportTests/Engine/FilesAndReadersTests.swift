import BSDSocketBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

/// What connections offer besides bytes, over TLS.
@Suite("Files, readers and writers over TLS")
struct FilesAndReadersTests {
    /// The two ends of TLS over TCP, after the handshake.
    private func connections() throws -> (Connection<SocketTLS>, Connection<SocketTLS>) {
        let pki = try TestPKI.usual()
        let (a, b) = try tlsPair(socketStreams(), client: pki.client(), server: pki.serverConfiguration())
        try shakeHands(a, b)
        let mode = try IOMode.timeout(patience)
        return (Connection(a, mode: mode), Connection(b, mode: mode))
    }

    private let text = String(repeating: "0123456789abcde\n", count: 40_000)

    @Test("L-52: a file goes through encrypted, whole and in part, and what is told is true")
    func files() throws {
        let (client, server) = try connections()
        let file = try TemporaryFile(text)
        let receiver = BackgroundCall { () throws -> [UInt8] in
            var all: [UInt8] = []
            while let bytes = try server.receive(atMost: 65_536) { all += bytes }
            return all
        }
        let source = try OwnedDescriptor(openingFile: file.path)
        var told: [Int64] = []
        #expect(try client.sendFile(source) { told.append($0) } == Int64(text.utf8.count))
        #expect(told.last == Int64(text.utf8.count) && told == told.sorted())
        #expect(try client.sendFile(source, from: 16, count: 10) == 10)
        #expect(try client.sendFile(source, from: Int64(text.utf8.count)) == 0)
        try client.shutdownWrite()
        let received = try receiver.value()
        #expect(received.count == text.utf8.count + 10)
        #expect(received.elementsEqual(Array(text.utf8) + Array("0123456789".utf8)))
        client.close()
        server.close()
    }

    @Test("L-52: a file goes through encrypted in a task")
    func filesInTasks() async throws {
        let (client, server) = try connections()
        let file = try TemporaryFile(text)
        let source = try OwnedDescriptor(openingFile: file.path)
        async let received = server.receiveExactly(text.utf8.count, timeout: patience)
        #expect(try await client.sendFile(source, timeout: patience) == Int64(text.utf8.count))
        #expect(try await received.elementsEqual(text.utf8))
        client.close()
        server.close()
    }

    @Test("lines and exact counts are read over records of any size, and writers gather small writes into one")
    func readers() throws {
        let (client, server) = try connections()
        let writer = client.writer()
        for number in 0..<1000 { try writer.write("line \(number)\r\n") }
        try writer.write("tail")
        try writer.flush()
        try client.shutdownWrite()
        let reader = server.reader()
        for number in 0..<1000 { #expect(try reader.readLine() == "line \(number)") }
        #expect(try reader.readExactly(2) == Array("ta".utf8))
        #expect(try reader.readToEnd() == Array("il".utf8))
        #expect(try reader.readLine() == nil)
        client.close()
        server.close()
    }

    @Test("a timeout in mid-line loses nothing over TLS either")
    func timeoutInLine() throws {
        let (client, server) = try connections()
        let reader = server.reader()
        try client.sendAll("half")
        #expect(caught { try reader.readLine(timeout: .milliseconds(1)) }?.kind == .timedOut)
        try client.sendAll(" and half\n")
        #expect(try reader.readLine() == "half and half")
        client.close()
        server.close()
    }
}
