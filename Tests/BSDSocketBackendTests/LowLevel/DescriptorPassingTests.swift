import BSDSocketBackend
import Glibc
import Testing
import TestSupport
import TransportCore

@Suite("Descriptors that are passed to another process", .ownThread)
struct DescriptorPassingTests {
    /// A pipe, whose reading end shows what is written to the writing end.
    private func makePipe() throws -> (reader: OwnedDescriptor, writer: OwnedDescriptor) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        return (OwnedDescriptor(owning: ends[0]), OwnedDescriptor(owning: ends[1]))
    }

    /// A file of its own, so that what is open of it can be counted while other tests run. Its name is gone already.
    private func makeFile(_ name: String) throws -> OwnedDescriptor {
        let number = open("/tmp/" + name, O_RDWR | O_CREAT | O_EXCL, 0o600)
        try #require(number >= 0)
        unlink("/tmp/" + name)
        return OwnedDescriptor(owning: number)
    }

    private func number(_ owner: OwnedDescriptor) throws -> Int32 { try #require(owner.number) }

    @Test("J-01, J-06: one descriptor goes along with a byte, arrives usable, and is not inherited")
    func one() throws {
        let (one, other) = try SocketDescriptor.pair()
        let pipe = try makePipe()
        #expect(try one.send("m".utf8, passing: [try number(pipe.writer)]) == 1)
        let (bytes, descriptors) = try other.receive(atMost: 10, descriptorsAtMost: 1)
        #expect(bytes == "m".bytes)
        let received = try #require(descriptors.first)
        #expect(descriptors.count == 1)
        #expect(received.number != pipe.writer.number)
        #expect(fcntl(try number(received), F_GETFD) & FD_CLOEXEC != 0)
        #expect(write(try number(received), "hi", 2) == 2)
        var buffer = [UInt8](repeating: 0, count: 4)
        #expect(read(try number(pipe.reader), &buffer, 4) == 2)
        #expect(buffer == [104, 105, 0, 0])
    }

    @Test(
        "J-01, J-05: ten pipes in one message arrive in order",
        arguments: [SocketType.stream, .datagram, .sequencedPacket])
    func many(_ type: SocketType) throws {
        let (one, other) = try SocketDescriptor.pair(.unix, type)
        let pipes = try (0..<10).map { _ in try makePipe() }
        let writers = try pipes.map { try number($0.writer) }
        try one.send("ten".bytes, passing: writers)
        let (bytes, descriptors) = try other.receive(atMost: 10, descriptorsAtMost: 16)
        #expect(bytes == "ten".bytes)
        try #require(descriptors.count == 10)
        for (index, pair) in zip(descriptors, pipes).enumerated() {
            var byte = UInt8(index)
            #expect(write(try number(pair.0), &byte, 1) == 1)
            byte = 255
            #expect(read(try number(pair.1.reader), &byte, 1) == 1)
            #expect(byte == UInt8(index))
        }
    }

    @Test("J-02: with too little room fewer descriptors come, the flags say so, and no stray one stays open")
    func tooLittleRoom() throws {
        let (one, other) = try SocketDescriptor.pair()
        let name = "passed-\(one.number)-\(getpid())"
        let file = try makeFile(name)
        let copies = [Int32](repeating: try number(file), count: 4)
        func countOpen() throws -> Int { try openDescriptors().values.filter { $0.contains(name) }.count }
        #expect(try countOpen() == 1)

        try one.send("payload".bytes, passing: copies)
        let (bytes, message) = try other.receiveMessage(
            atMost: 10, controlCapacity: try ControlMessage.space(forDescriptors: 1))
        #expect(bytes == "payload".bytes)
        #expect(message.flags.contains(.controlTruncated))
        #expect(message.descriptors.count >= 1 && message.descriptors.count < 4)
        #expect(try countOpen() == 1 + message.descriptors.count)
        for descriptor in message.descriptors { descriptor.close() }
        #expect(try countOpen() == 1)

        try one.send("none".bytes, passing: copies)
        let (rest, nothing) = try other.receiveMessage(atMost: 10)
        #expect(rest == "none".bytes)
        #expect(nothing.flags.contains(.controlTruncated))
        #expect(nothing.descriptors.isEmpty)
        #expect(try countOpen() == 1)
    }

    @Test("J-02: no more descriptors come than are asked for, though the system's room has gaps", arguments: 0...5)
    func atMost(count: Int) throws {
        let (one, other) = try SocketDescriptor.pair()
        let name = "at-most-\(one.number)-\(getpid())"
        let file = try makeFile(name)
        try one.send("x".bytes, passing: [Int32](repeating: try number(file), count: 4))
        let (bytes, descriptors) = try other.receive(atMost: 1, descriptorsAtMost: count)
        #expect(bytes == "x".bytes && descriptors.count == min(count, 4))
        #expect(try openDescriptors().values.filter { $0.contains(name) }.count == 1 + descriptors.count)
    }

    @Test("Received descriptors that nobody takes are closed with their owners, and those that are taken are not")
    func ownership() throws {
        let (one, other) = try SocketDescriptor.pair()
        let name = "owned-\(one.number)-\(getpid())"
        let file = try makeFile(name)
        func countOpen() throws -> Int { try openDescriptors().values.filter { $0.contains(name) }.count }
        try one.send("x".bytes, passing: [try number(file), try number(file)])
        var taken: Int32 = -1
        do {
            let descriptors = try other.receive(atMost: 1, descriptorsAtMost: 2).descriptors
            #expect(try countOpen() == 3)
            taken = try descriptors[1].take()
            #expect(failure { try descriptors[1].take() }?.kind == .closed)
        }
        #expect(try countOpen() == 2)
        #expect(close(taken) == 0)
    }

    @Test("J-04: no descriptors are no control message, and a control message that is cut in mid-number does not crash")
    func partial() throws {
        let (one, other) = try SocketDescriptor.pair()
        try one.send("none".bytes, passing: [])
        #expect(try other.receive(atMost: 10, descriptorsAtMost: 1).descriptors.isEmpty)
        let half = ControlMessage(level: .socket, type: Int32(SCM_RIGHTS), bytes: [1, 2, 3])
        // Linux takes three bytes for no descriptor at all.
        _ = try? one.sendMessage(["half".bytes], control: [half])
        try one.send("after".bytes)
        #expect(try !other.receive(atMost: 100, descriptorsAtMost: 4).bytes.isEmpty)
        for room in 0...40 {
            let pipe = try makePipe()
            try one.send("r".bytes, passing: [try number(pipe.reader), try number(pipe.writer)])
            var bytes: [UInt8] = []
            while !bytes.contains(UInt8(ascii: "r")) {
                let found = try other.receiveMessage(atMost: 100, controlCapacity: room)
                bytes = found.bytes
                #expect(found.message.descriptors.count <= 2)
            }
        }
    }

    @Test("A descriptor that is not open cannot be passed")
    func notOpen() throws {
        let (one, _) = try SocketDescriptor.pair()
        let error = failure { try one.send("x".bytes, passing: [1 << 24]) }
        #expect(error?.code?.value == EBADF)
    }

    @Test("J-03: the room for control messages grows with their size, and absurd sizes are refused")
    func room() throws {
        var last = 0
        for count in 0...64 {
            let space = try ControlMessage.space(for: count)
            #expect(space >= count && space >= last)
            last = space
        }
        #expect(failure { try ControlMessage.space(for: -1) }?.kind == .invalidArgument)
        #expect(failure { try ControlMessage.space(for: .max) }?.kind == .invalidArgument)
        #expect(failure { try ControlMessage.space(forDescriptors: .max) }?.kind == .invalidArgument)
        #expect(failure { try ControlMessage.space(forDescriptors: -1) }?.kind == .invalidArgument)
        let (one, _) = try SocketDescriptor.pair()
        #expect(failure { try one.receiveMessage(atMost: 1, controlCapacity: -1) }?.kind == .invalidArgument)
        #expect(failure { try one.receiveMessage(atMost: 1, controlCapacity: 1 << 30) }?.kind == .invalidArgument)
    }

    @Test("A listener of a Python program is handed over, and serves here; a socket goes back the same way")
    func handOver() throws {
        let name = "swift-transport-\(getpid())-hand-over"
        let rendezvous = try SocketDescriptor(.unix, .stream)
        try rendezvous.bind(to: RawSocketAddress(try Unix.SocketAddress(abstractName: name)))
        try rendezvous.listen(backlog: 1)
        let program = try ChildProcess.python(
            """
            import socket, sys
            s = socket.socket(socket.AF_UNIX)
            s.connect(b'\\0' + sys.argv[1].encode())
            l = socket.create_server(('127.0.0.1', 0))
            port = l.getsockname()[1]
            socket.send_fds(s, [b'listener'], [l.fileno()])
            l.close()
            data, fds, flags, address = socket.recv_fds(s, 100, 4)
            back = socket.socket(fileno=fds[0])
            print(data.decode(), len(fds), back.family == socket.AF_INET, back.type == socket.SOCK_DGRAM)
            c = socket.create_connection(('127.0.0.1', port))
            print(c.recv(100).decode())
            """, name)
        let peer = try rendezvous.accept().socket
        let (bytes, descriptors) = try peer.receive(atMost: 100, descriptorsAtMost: 4)
        #expect(bytes == "listener".bytes)
        let listener = try SocketBackend<IP>().listener(
            adopting: SocketDescriptor(adopting: try #require(descriptors.first)))
        let datagrams = try SocketDescriptor(.ipv4, .datagram)
        try peer.send("datagrams".bytes, passing: [datagrams.number])
        let connection = try listener.accept(timeout: patience)
        try connection.sendAll("served by the new owner\n")
        connection.close()
        #expect(try program.readLine() == "datagrams 1 True True")
        #expect(try program.readLine() == "served by the new owner")
    }
}
