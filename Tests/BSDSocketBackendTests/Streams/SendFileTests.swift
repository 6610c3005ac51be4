import BSDSocketBackend
import Glibc
import Testing
import TestSupport
import TransportCore

@Suite("Sending files")
struct SendFileTests {
    /// A file with some bytes, whose name is gone already.
    private func makeFile(_ bytes: [UInt8]) throws -> OwnedDescriptor {
        var name = Array("/tmp/swift-transport-XXXXXX".utf8CString)
        let number = mkstemp(&name)
        try #require(number >= 0)
        unlink(&name)
        #expect(write(number, bytes, bytes.count) == bytes.count)
        return OwnedDescriptor(owning: number)
    }

    /// A source that has to be read.
    private struct Memory: FileSource {
        let bytes: [UInt8]
        func read(into buffer: inout OutputRawSpan, at offset: Int64) throws(TransportError) {
            for byte in bytes.dropFirst(Int(clamping: offset)).prefix(buffer.freeCapacity) { buffer.append(byte) }
        }
    }

    private func pair() throws -> (
        Connection<SocketTransport<IPv4>>, Connection<SocketTransport<IPv4>>
    ) {
        let backend = SocketBackend<IPv4>()
        let listener = try backend.listen(on: .loopback(port: 0))
        let client = try backend.connect(to: try listener.localAddress)
        return (client, try listener.accept())
    }

    @Test(
        "D-18: 10 MiB arrive whole, with offset, with count and with both",
        arguments: [
            (Int64(0), Int64?.none), (123_456, nil), (0, 65_537), (1, 2_000_000), (10 << 20, nil), (11 << 20, nil),
            (5, 0),
        ])
    func ranges(_ offset: Int64, _ count: Int64?) throws {
        let bytes = patternBytes(10 << 20)
        let file = try makeFile(bytes)
        let expected = Array(bytes.dropFirst(Int(offset)).prefix(count.map(Int.init) ?? .max))
        let (client, server) = try pair()
        let receiver = BackgroundCall { try server.receiveToEnd() }
        #expect(try client.sendFile(file, from: offset, count: count) == Int64(expected.count))
        client.close()
        #expect(try receiver.value() == expected)
    }

    @Test("D-18: what cannot be sent by the system is read and sent")
    func fallback() throws {
        let bytes = patternBytes(1_000_000)
        let (client, server) = try pair()
        let receiver = BackgroundCall { try server.receiveToEnd() }
        var told: [Int64] = []
        #expect(try client.sendFile(Memory(bytes: bytes), from: 10) { told.append($0) } == 999_990)
        #expect(told.last == 999_990 && told == told.sorted() && told.count > 5)
        let file = try makeFile(bytes)
        let erased = Connection(AnyTransport(client.transport))
        #expect(try erased.sendFile(file, count: 5) == 5)
        client.close()
        #expect(try receiver.value() == Array(bytes.dropFirst(10)) + Array(bytes.prefix(5)))
    }

    @Test("D-18: tasks send files")
    func tasks() async throws {
        let bytes = patternBytes(3_000_000)
        let file = try makeFile(bytes)
        let (client, server) = try pair()
        let receiver = BackgroundCall { try server.receiveToEnd() }
        #expect(try await client.sendFile(file) == 3_000_000)
        #expect(try await client.sendFile(Memory(bytes: bytes), count: 70_000) == 70_000)
        client.close()
        #expect(try receiver.value() == bytes + Array(bytes.prefix(70_000)))
    }

    @Test("A peer that does not read ends it at the deadline, the error says how far it got, and it goes on from there")
    func deadline() throws {
        let bytes = patternBytes(20 << 20)
        let file = try makeFile(bytes)
        let (client, server) = try pair()
        let error = try #require(failure { try client.sendFile(file, timeout: .milliseconds(100)) })
        #expect(error.kind == .timedOut)
        #expect(error.bytesTransferred > 0 && error.bytesTransferred < bytes.count)
        let refused = try #require(failure { try client.sendFile(file, from: 0, timeout: .zero) })
        #expect(refused.kind == .wouldBlock)
        // The descriptor is a blocking one again.
        #expect(fcntl(client.descriptor, F_GETFL) & O_NONBLOCK == 0)
        let receiver = BackgroundCall { try server.receiveToEnd() }
        try client.sendFile(file, from: Int64(error.bytesTransferred + refused.bytesTransferred))
        client.close()
        #expect(try receiver.value().count == bytes.count)
    }

    @Test("I-07: a peer that has gone is an error, and no signal is left behind")
    func brokenPipe() throws {
        let file = try makeFile(patternBytes(5 << 20))
        let (client, server) = try pair()
        server.abort()
        var kinds: Set<TransportError.Kind> = []
        for _ in 0..<3 { if let error = caught({ try client.sendFile(file) }) { kinds.insert(error.kind) } }
        #expect(!kinds.isEmpty && kinds.isSubset(of: [.brokenPipe, .connectionReset]))
        var pending = sigset_t()
        sigpending(&pending)
        #expect(sigismember(&pending, SIGPIPE) == 0)
    }

    @Test("Bad ranges and bad files are errors")
    func badArguments() throws {
        let file = try makeFile([1, 2, 3])
        let (client, server) = try pair()
        #expect(failure { try client.sendFile(file, from: -1) }?.kind == .invalidArgument)
        #expect(failure { try client.sendFile(file, count: -1) }?.kind == .invalidArgument)
        #expect(failure { try OwnedDescriptor(openingFile: "/no/such/file") }?.kind == .noSuchFile)
        #expect(failure { try OwnedDescriptor(openingFile: "a\0b") }?.kind == .invalidArgument)
        file.close()
        #expect(failure { try client.sendFile(file) } != nil)
        try client.sendAll("still usable")
        #expect(try server.receiveExactly(12) == "still usable".bytes)
        let opened = try OwnedDescriptor(openingFile: "/proc/self/cmdline")
        #expect(try client.sendFile(opened) > 0)
    }
}
