import BSDSocketBackend
import Glibc
import Testing
import TestSupport
import TransportCore

@Suite("Datagrams in batches")
struct BatchTests {
    private func socket() throws -> DatagramSocket<SocketDatagrams<IPv4>> {
        try SocketBackend<IPv4>().datagramSocket(boundTo: .loopback(port: 0))
    }

    @Test("64 datagrams go with one system call and come with another, in order, with their senders")
    func whole() throws {
        let (sender, receiver) = (try socket(), try socket())
        let to = try receiver.localAddress
        var outgoing = try DatagramBatch<IPv4.SocketAddress>(maximumSize: 100)
        for index in 0..<64 { try outgoing.append([UInt8](repeating: UInt8(index), count: index), to: to) }
        try sender.send(&outgoing)
        #expect(outgoing.sentCount == 64)
        var incoming = try DatagramBatch<IPv4.SocketAddress>(maximumSize: 100)
        #expect(try receiver.receive(into: &incoming) == 64)
        let from = try sender.localAddress
        var index = 0
        incoming.forEach { bytes, info in
            #expect(bytes.byteCount == index)
            #expect(info == DatagramInfo(byteCount: index, sender: from, isTruncated: false))
            index += 1
        }
        #expect(index == 64)
        #expect(incoming.datagram(at: 3)?.bytes == [3, 3, 3])
        #expect(incoming.datagram(at: 64) == nil)
        #expect(incoming.datagram(at: -1) == nil)
    }

    @Test("A batch waits for the first datagram only, and a deadline ends that")
    func waiting() throws {
        let (sender, receiver) = (try socket(), try socket())
        var batch = try DatagramBatch<IPv4.SocketAddress>(capacity: 8, maximumSize: 10)
        #expect(failure { try receiver.receive(into: &batch, timeout: .zero) }?.kind == .wouldBlock)
        #expect(failure { try receiver.receive(into: &batch, timeout: .milliseconds(20)) }?.kind == .timedOut)
        try sender.send("a", to: try receiver.localAddress)
        try sender.send("bc", to: try receiver.localAddress)
        #expect(try receiver.receive(into: &batch) == 2)
        #expect(batch.datagram(at: 1)?.bytes == "bc".bytes)
    }

    @Test("A datagram that is too large is cut in its place, and its neighbours are whole")
    func truncation() throws {
        let (sender, receiver) = (try socket(), try socket())
        for text in ["one", "too long for it", "two"] { try sender.send(text, to: try receiver.localAddress) }
        var batch = try DatagramBatch<IPv4.SocketAddress>(maximumSize: 4)
        try receiver.receive(into: &batch)
        #expect(batch.datagram(at: 0)?.bytes == "one".bytes)
        #expect(batch.datagram(at: 1)?.bytes == "too ".bytes)
        #expect(batch.datagram(at: 1)?.info.isTruncated == true)
        #expect(batch.datagram(at: 2)?.bytes == "two".bytes)
        #expect(batch.datagram(at: 2)?.info.isTruncated == false)
    }

    @Test("Count and error are both told: what went before the bad one has gone, and the rest can follow")
    func partial() throws {
        let (sender, receiver) = (try socket(), try socket())
        let to = try receiver.localAddress
        var batch = try DatagramBatch<IPv4.SocketAddress>(maximumSize: 10)
        try batch.append("one".bytes, to: to)
        try batch.append("two".bytes, to: to)
        try batch.append("lost".bytes)  // no address, no peer
        let error = failure { try sender.send(&batch) }
        #expect(error?.kind == .notConnected)
        #expect(batch.sentCount == 2)
        #expect(try receiver.receive(atMost: 10).bytes == "one".bytes)
        #expect(try receiver.receive(atMost: 10).bytes == "two".bytes)
        try sender.connect(to: to)
        try sender.send(&batch)
        #expect(batch.sentCount == 3)
        #expect(try receiver.receive(atMost: 10).bytes == "lost".bytes)
    }

    @Test(
        "More datagrams than a call takes, and other batches than full ones, go all the same",
        arguments: [1, 63, 65, 200])
    func sizes(_ count: Int) throws {
        let (sender, receiver) = (try socket(), try socket())
        let to = try receiver.localAddress
        var batch = try DatagramBatch<IPv4.SocketAddress>(capacity: 200, maximumSize: 8)
        for index in 0..<count { try batch.append([UInt8(index)], to: to) }
        try sender.send(&batch)
        var received: [UInt8] = []
        var incoming = try DatagramBatch<IPv4.SocketAddress>(capacity: 64, maximumSize: 8)
        while received.count < count {
            try receiver.receive(into: &incoming, timeout: patience)
            incoming.forEach { bytes, _ in bytes.withUnsafeBytes { received += $0 } }
        }
        #expect(received == (0..<count).map { UInt8($0) })
    }

    @Test("A batch is refused bad sizes, and a datagram that does not fit or finds no place")
    func limits() throws {
        #expect(failure { try DatagramBatch<Int>(capacity: 0, maximumSize: 1).capacity }?.kind == .invalidArgument)
        #expect(failure { try DatagramBatch<Int>(capacity: 1, maximumSize: 65536).capacity }?.kind == .invalidArgument)
        #expect(failure { try DatagramBatch<Int>(capacity: 1, maximumSize: -1).capacity }?.kind == .invalidArgument)
        var batch = try DatagramBatch<IPv4.SocketAddress>(capacity: 1, maximumSize: 2)
        #expect(failure { try batch.append("abc".bytes) }?.kind == .messageTooLarge)
        try batch.append("ab".bytes)
        #expect(failure { try batch.append("ab".bytes) }?.kind == .invalidArgument)
    }

    @Test("Tasks send and receive batches, and Unix sockets take them too")
    func tasks() async throws {
        let (sender, receiver) = (try socket(), try socket())
        let to = try receiver.localAddress
        async let count: Int = {
            var incoming = try DatagramBatch<IPv4.SocketAddress>(maximumSize: 10)
            return try await receiver.receive(into: &incoming, timeout: patience)
        }()
        var batch = try DatagramBatch<IPv4.SocketAddress>(maximumSize: 10)
        try batch.append("x".bytes, to: to)
        try await sender.send(&batch)
        #expect(try await count == 1)

        let name = try Unix.SocketAddress(abstractName: "swift-\(getpid())-batches")
        let unix = try SocketBackend<Unix>().datagramSocket(boundTo: name)
        var outgoing = try DatagramBatch<Unix.SocketAddress>(capacity: 4, maximumSize: 10)
        for text in ["a", "b"] { try outgoing.append(text.bytes, to: name) }
        try await unix.send(&outgoing)
        var incoming = try DatagramBatch<Unix.SocketAddress>(capacity: 4, maximumSize: 10)
        #expect(try await unix.receive(into: &incoming) == 2)
        #expect(incoming.datagram(at: 1)?.info.sender == name)
    }
}
