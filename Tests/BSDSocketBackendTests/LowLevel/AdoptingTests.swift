import BSDSocketBackend
import Glibc
import Testing
import TestSupport
import TransportCore

@Suite("Sockets that were made elsewhere", .ownThread)
struct AdoptingTests {
    /// A descriptor that nothing of this library made.
    private func foreign(_ domain: Int32, _ type: Int32, _ protocolNumber: Int32 = 0) throws -> Int32 {
        let number = socket(domain, type, protocolNumber)
        try #require(number >= 0)
        return number
    }

    private static let stream = Int32(SOCK_STREAM.rawValue)
    private static let datagram = Int32(SOCK_DGRAM.rawValue)

    @Test(
        "C-07, C-08, M36, M37, M38: family, type and protocol of a descriptor are found, and its number stays",
        arguments: [
            (AF_INET, stream, SocketProtocol.tcp), (AF_INET, datagram, .udp), (AF_INET6, stream, .tcp),
            (AF_INET6, datagram, .udp), (AF_UNIX, stream, .unspecified), (AF_UNIX, datagram, .unspecified),
        ])
    func detection(_ domain: Int32, _ type: Int32, _ protocolNumber: SocketProtocol) throws {
        let number = try foreign(domain, type)
        let adopted = try SocketDescriptor(adopting: number)
        #expect(adopted.domain.rawValue == domain)
        #expect(adopted.type.rawValue == type)
        #expect(adopted.protocolNumber == protocolNumber)
        #expect(adopted.number == number)
        adopted.close()
        #expect(adopted.number == -1)
    }

    @Test("C-08: a number that is negative, not open or no socket is refused, and stays the caller's")
    func refusal() throws {
        #expect(failure { try SocketDescriptor(adopting: -1) }?.kind == .invalidArgument)
        #expect(failure { try SocketDescriptor(duplicating: -7) }?.kind == .invalidArgument)
        #expect(failure { try SocketDescriptor(adopting: 1 << 24) }?.code?.value == EBADF)
        let file = open("/dev/null", O_RDONLY)
        defer { #expect(close(file) == 0) }
        let error = failure { try SocketDescriptor(adopting: file) }
        #expect(error?.code?.value == ENOTSOCK)
        #expect(error?.kind == .invalidState)
        #expect(error?.operation == .adopt)
    }

    @Test("F21: whether an adopted descriptor is blocking is told truthfully")
    func blockingState() throws {
        let number = try foreign(AF_INET, Self.datagram)
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
        let adopted = try SocketDescriptor(adopting: number)
        #expect(try adopted.isNonblocking)
        #expect(failure { try adopted.receive(atMost: 1) }?.kind == .wouldBlock)
        try adopted.setNonblocking(false)
        #expect(try !adopted.isNonblocking)
        #expect(fcntl(number, F_GETFL) & O_NONBLOCK == 0)
    }

    @Test("J-07: sockets, copies, pairs, accepted and adopted ones are not inherited, and can be made to be")
    func inheritance() throws {
        let listening = try SocketDescriptor(.ipv4, .stream)
        try listening.bind(to: RawSocketAddress(IPv4.SocketAddress.loopback(port: 0)))
        try listening.listen()
        let client = try SocketDescriptor()
        try client.connect(to: try listening.localAddress)
        let accepted = try listening.accept().socket
        let pair = try SocketDescriptor.pair()
        let adopted = try SocketDescriptor(adopting: try foreign(AF_INET, Self.stream))
        for socket in [listening, client, accepted, pair.0, pair.1, adopted, try pair.0.duplicate()] {
            #expect(try !socket.isInheritable)
            #expect(fcntl(socket.number, F_GETFD) & FD_CLOEXEC != 0)
        }
        try client.setInheritable(true)
        #expect(try client.isInheritable)
        // What somebody else does to the descriptor shows.
        _ = fcntl(client.number, F_SETFD, FD_CLOEXEC)
        #expect(try !client.isInheritable)
    }

    @Test("F20, D-07: a copy reads what was sent to the original, and closing either leaves the other")
    func duplicating() throws {
        let (one, other) = try SocketDescriptor.pair()
        let copy = try one.duplicate()
        let second = try SocketDescriptor(duplicating: one.number)
        #expect(Set([one.number, copy.number, second.number]).count == 3)
        try other.send("hello".bytes)
        #expect(try copy.receive(atMost: 100) == "hello".bytes)
        one.close()
        try other.send("again".bytes)
        #expect(try second.receive(atMost: 100) == "again".bytes)
        try copy.send("back".bytes)
        #expect(try other.receive(atMost: 100) == "back".bytes)
    }

    @Test("D-08: detaching gives the descriptor, leaves the object closed, and another one goes on with it")
    func detaching() throws {
        let (one, other) = try SocketDescriptor.pair()
        let number = try one.detach()
        #expect(failure { try one.receive(atMost: 1) }?.kind == .closed)
        #expect(failure { try one.detach() }?.kind == .closed)
        #expect(one.number == -1)
        one.close()
        let next = try SocketDescriptor(adopting: number)
        #expect(next.number == number)
        try other.send("still here".bytes)
        #expect(try next.receive(atMost: 100) == "still here".bytes)
    }

    @Test("A socket that somebody is receiving on cannot be given away")
    func detachingInUse() throws {
        let (one, other) = try SocketDescriptor.pair()
        let receiver = BackgroundCall { try one.receive(atMost: 10) }
        // Busy as soon as the receiver is inside; until then it is given away and taken back.
        while !(try isBlocked(one)) {}
        #expect(failure { try one.detach() }?.kind == .busy)
        try other.send("x".bytes)
        #expect(try receiver.value() == "x".bytes)
        close(try one.detach())
    }

    /// Whether a thread of this process waits in a call for a socket: its handle counts users.
    private func isBlocked(_ socket: SocketDescriptor) throws -> Bool { socket.handle.userCount > 0 }

    @Test("A connection is made of a pair's end from elsewhere, and a socket again of the connection")
    func connection() throws {
        let (one, other) = try SocketDescriptor.pair()
        let connection = try SocketBackend<Unix>().connection(adopting: SocketDescriptor(adopting: try one.detach()))
        try other.send("abc".bytes)
        #expect(try connection.receive(atMost: 10) == "abc".bytes)
        let same = try SocketDescriptor(of: connection.transport)
        #expect(same.number == connection.descriptor)
        #expect(same.type == .stream)
        let back = try SocketDescriptor(adopting: try same.detach())
        #expect(failure { try connection.receive(atMost: 10) }?.kind == .closed)
        try other.send("def".bytes)
        #expect(try back.receive(atMost: 10) == "def".bytes)
    }

    @Test("A connection over an adopted nonblocking descriptor waits all the same")
    func nonblockingConnection() throws {
        let (one, other) = try SocketDescriptor.pair()
        try one.setNonblocking(true)
        let connection = try SocketBackend<Unix>().connection(adopting: one)
        let receiver = BackgroundCall { try connection.receive(atMost: 10) }
        while !(try isBlocked(one)) {}
        try other.send("late".bytes)
        #expect(try receiver.value() == "late".bytes)
    }

    @Test("A listener is made of a listening descriptor, and is refused one that does not listen")
    func listener() throws {
        let number = try foreign(AF_INET, Self.stream)
        let socket = try SocketDescriptor(adopting: number)
        #expect(failure { try SocketBackend<IP>().listener(adopting: socket) }?.kind == .invalidArgument)
        try socket.bind(to: RawSocketAddress(IPv4.SocketAddress.loopback(port: 0)))
        try socket.listen(backlog: 4)
        #expect(failure { try SocketBackend<IPv6>().listener(adopting: socket) }?.kind == .familyNotSupported)
        #expect(failure { try SocketBackend<IP>().datagramSocket(adopting: socket) }?.kind == .invalidArgument)
        let listener = try SocketBackend<IP>().listener(adopting: socket)
        let client = try SocketBackend<IP>().connect(to: try listener.localAddress)
        let server = try listener.accept()
        try client.sendAll("x")
        #expect(try server.receive(atMost: 5) == "x".bytes)
        #expect(failure { try listener.accept(timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("A listener that somebody else has too is closed and not shut down; who waits for it is woken")
    func sharedListener() throws {
        let backend = SocketBackend<IPv4>()
        let original = try backend.listen(on: .loopback(port: 0))
        for stops in [true, false] {
            let copy = fcntl(original.descriptor, F_DUPFD_CLOEXEC, 0)
            let shared = try SocketDescriptor(adopting: copy, isShared: true)
            let adopted = try backend.listener(adopting: shared)
            let waiting = BackgroundCall { caught { try adopted.accept() }?.kind }
            while !(try isBlocked(shared)) {}
            let queued: Connection<SocketTransport<IPv4>>?
            if stops {
                try adopted.stopAccepting()
                queued = nil
            } else {
                adopted.close()
                queued = try backend.connect(to: try original.localAddress)
            }
            #expect(try waiting.value() == .closed)
            let client = try queued ?? backend.connect(to: try original.localAddress)
            let server = try original.accept(timeout: patience)
            try client.sendAll("x")
            #expect(try server.receive(atMost: 9, timeout: patience) == "x".bytes)
            adopted.close()
        }
    }

    @Test("F20: closing a copy while a call waits on it ends the call, and leaves the original as it is")
    func closingCopyInUse() throws {
        let (one, other) = try SocketDescriptor.pair()
        for copy in [try one.duplicate(), try SocketDescriptor(duplicating: one.number)] {
            let receiver = BackgroundCall { caught { try copy.receive(atMost: 10) }?.kind }
            while !(try isBlocked(copy)) {}
            copy.close()
            #expect(try receiver.value() == .closed)
        }
        try other.send("still".bytes)
        #expect(try one.receive(atMost: 10) == "still".bytes)
        try one.send("here".bytes)
        #expect(try other.receive(atMost: 10) == "here".bytes)
    }

    @Test("A listener that was adopted for this process alone is not handed to another one")
    func handingOver() throws {
        let backend = SocketBackend<IPv4>()
        let original = try backend.listen(on: .loopback(port: 0))
        let copy = { fcntl(original.descriptor, F_DUPFD_CLOEXEC, 0) }
        let alone = try backend.listener(adopting: SocketDescriptor(adopting: copy()))
        #expect(failure { try HandedSocket(alone, named: "x") }?.kind == .invalidArgument)
        _ = try HandedSocket(backend.listener(adopting: SocketDescriptor(adopting: copy(), isShared: true)), named: "x")
        _ = try HandedSocket(original, named: "x")
    }

    @Test("A datagram socket is made of a descriptor")
    func datagrams() throws {
        let socket = try SocketDescriptor(adopting: try foreign(AF_INET, Self.datagram))
        try socket.bind(to: RawSocketAddress(IPv4.SocketAddress.loopback(port: 0)))
        let datagrams = try SocketBackend<IPv4>().datagramSocket(adopting: socket)
        try datagrams.send("self", to: try datagrams.localAddress)
        let (bytes, info) = try datagrams.receive(atMost: 10)
        #expect(bytes == "self".bytes)
        #expect(info.sender == (try datagrams.localAddress))
        #expect(failure { try SocketBackend<IPv4>().connection(adopting: socket) }?.kind == .invalidArgument)
        let unconnected = try SocketDescriptor()
        #expect(failure { try SocketBackend<IPv4>().connection(adopting: unconnected) }?.kind == .notConnected)
    }
}
