import BSDSocketBackend
import Glibc
import Testing
import TestSupport
import TransportCore

private func loopback(_ port: UInt16 = 0) -> RawSocketAddress {
    RawSocketAddress(IPv4.SocketAddress.loopback(port: port))
}

@Suite("The system's calls, one to one", .ownThread)
struct SocketCallTests {
    /// A connected pair over TCP.
    private func tcpPair() throws -> (client: SocketDescriptor, server: SocketDescriptor) {
        let listening = try SocketDescriptor()
        try listening.bind(to: loopback())
        try listening.listen(backlog: 1)
        let client = try SocketDescriptor()
        try client.connect(to: try listening.localAddress)
        return (client, try listening.accept().socket)
    }

    private func udpSocket() throws -> SocketDescriptor {
        let socket = try SocketDescriptor(.ipv4, .datagram)
        try socket.bind(to: loopback())
        return socket
    }

    @Test("F16, M36, M37, M38: without arguments it is a stream over IPv4, and attributes are as given")
    func attributes() throws {
        let plain = try SocketDescriptor()
        #expect(plain.domain == .ipv4)
        #expect(plain.type == .stream)
        #expect(plain.protocolNumber == .unspecified)
        let nonblocking = try SocketDescriptor(.ipv6, .datagram, .udp, nonblocking: true)
        #expect(nonblocking.type == .datagram)
        #expect(nonblocking.protocolNumber == .udp)
        #expect(try nonblocking.isNonblocking)
        #expect(try !plain.isNonblocking)
        #expect(try plain.option(.socketType) == SocketType.stream.rawValue)
    }

    @Test("C03, C08, F19: types and protocols that a family does not have are errors of their own")
    func mismatches() throws {
        #expect(failure { try SocketDescriptor(.ipv4, .reliableMessage) }?.code?.value == ESOCKTNOSUPPORT)
        #expect(failure { try SocketDescriptor(.ipv4, .datagram, .tcp) }?.code?.value == EPROTONOSUPPORT)
        #expect(failure { try SocketDescriptor.pair(.ipv4, .stream) }?.code?.value == EOPNOTSUPP)
        #expect(failure { try SocketDescriptor(SocketDomain(rawValue: -5)) }?.kind == .familyNotSupported)
    }

    @Test("M01, M02, M15, M34, N11, N12: accepting takes listening, binding happens once, and order is kept")
    func order() throws {
        let socket = try SocketDescriptor()
        #expect(failure { try socket.accept() }?.code?.value == EINVAL)
        #expect(failure { try socket.remoteAddress }?.kind == .notConnected)
        #expect(failure { try socket.shutdown(.both) }?.code?.value == ENOTCONN)
        #expect(failure { try socket.send("x".bytes) }?.code?.value == EPIPE)
        #expect(try socket.localAddress.address(in: IPv4.self) == .any(port: 0))
        // M15: listening binds.
        try socket.listen(backlog: 0)
        #expect(try socket.localAddress.address(in: IPv4.self).port != 0)
        #expect(failure { try socket.bind(to: loopback()) }?.code?.value == EINVAL)
        #expect(failure { try socket.receive(atMost: 1) }?.code?.value == ENOTCONN)
        let other = try SocketDescriptor()
        let inUse = failure { try other.bind(to: try socket.localAddress) }
        #expect(inUse?.kind == .addressInUse)
        #expect(inUse?.address?.hasPrefix("0.0.0.0:") == true)
        for backlog in [-1, 0, 1, Int.max] { try socket.listen(backlog: backlog) }
    }

    @Test("M08: the code of connecting is returned: 0, or the system's number")
    func connectCodes() throws {
        let listening = try SocketDescriptor()
        try listening.bind(to: loopback())
        try listening.listen()
        let address = try listening.localAddress
        #expect(try SocketDescriptor().connectReturningCode(to: address) == 0)
        let free = try SocketDescriptor()
        try free.bind(to: loopback())
        #expect(try SocketDescriptor().connectReturningCode(to: try free.localAddress) == ECONNREFUSED)
        let error = failure { try SocketDescriptor().connect(to: try free.localAddress) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.address != nil)
        let closed = try SocketDescriptor()
        closed.close()
        #expect(failure { try closed.connectReturningCode(to: address) }?.kind == .closed)
    }

    @Test("M09, G-05: a nonblocking connect is in progress, then writable; its error is told once")
    func nonblockingConnect() throws {
        let listening = try SocketDescriptor()
        try listening.bind(to: loopback())
        try listening.listen()
        let good = try SocketDescriptor(nonblocking: true)
        let code = try good.connectReturningCode(to: try listening.localAddress)
        #expect(code == 0 || code == EINPROGRESS)
        #expect(try good.wait(for: .writable, timeout: patience))
        #expect(try good.takeError() == 0)
        #expect([0, EISCONN].contains(try good.connectReturningCode(to: try listening.localAddress)))

        let free = try SocketDescriptor()
        try free.bind(to: loopback())
        let bad = try SocketDescriptor(nonblocking: true)
        let failed = try bad.connectReturningCode(to: try free.localAddress)
        if failed == EINPROGRESS {
            #expect(try bad.wait(for: .writable, timeout: patience))
            #expect(try bad.takeError() == ECONNREFUSED)
        } else {
            #expect(failed == ECONNREFUSED)
        }
        #expect(try bad.takeError() == 0)
    }

    @Test("M10: the number works with poll, and is -1 after closing")
    func number() throws {
        let (one, other) = try SocketDescriptor.pair()
        var entry = pollfd(fd: one.number, events: Int16(POLLIN), revents: 0)
        #expect(poll(&entry, 1, 0) == 0)
        try other.send("x".bytes)
        #expect(poll(&entry, 1, 10_000) == 1)
        one.close()
        one.close()
        #expect(one.number == -1)
        #expect(failure { try one.receive(atMost: 1) }?.kind == .closed)
        #expect(failure { try one.localAddress }?.kind == .closed)
        #expect(failure { try one.wait(for: []) }?.kind == .invalidArgument)
    }

    @Test("M13, M14, M30, C04, C-01, C-11: options as numbers and as bytes")
    func options() throws {
        let socket = try SocketDescriptor()
        #expect(try socket.option(.reuseAddress) == 0)
        try socket.setOption(.reuseAddress, to: 1)
        #expect(try socket.option(.reuseAddress) != 0)
        try socket.setOption(.linger, to: [1, 0, 0, 0, 7, 0, 0, 0])
        #expect(try socket.option(.linger, maximumLength: 100) == [1, 0, 0, 0, 7, 0, 0, 0])
        #expect(try socket.option(.linger, maximumLength: 8).count == 8)
        #expect(try socket.option(.socketType, maximumLength: 100).count == 4)
        #expect(failure { try socket.option(.socketType, maximumLength: 1025) }?.kind == .invalidArgument)
        #expect(failure { try socket.option(.socketType, maximumLength: -1) }?.kind == .invalidArgument)
        let unknown = SocketOptionName(level: .socket, number: 9999)
        #expect(failure { try socket.option(unknown) }?.kind == .unknownOption)
        try socket.setOption(.receiveBufferSize, to: 4096)
        #expect(try socket.option(.receiveBufferSize) == 8192)
    }

    @Test("C06, D-12, E-02: peeking consumes nothing, and the size of a cut datagram is told")
    func peekAndTruncation() throws {
        let receiver = try udpSocket()
        let sender = try udpSocket()
        try sender.send("0123456789".bytes, to: try receiver.localAddress)
        try sender.send("next".bytes, to: try receiver.localAddress)
        #expect(try receiver.receive(atMost: 3, flags: .peek) == "012".bytes)
        #expect(try receiver.receive(atMost: 100, flags: .peek) == "0123456789".bytes)
        var buffer = [UInt8](repeating: 7, count: 4)
        let size = try buffer.withOutputSpan(in: 0..<4) { (span: inout OutputRawSpan) throws(TransportError) in
            try receiver.receive(into: &span, flags: [.truncated, .peek])
        }
        #expect(size == 10)
        #expect(buffer == "0123".bytes)
        let (bytes, message) = try receiver.receiveMessage(atMost: 4)
        #expect(bytes == "0123".bytes)
        #expect(message.flags.contains(.truncated))
        #expect(try message.sender == sender.localAddress)
        #expect(try receiver.receiveFrom(atMost: 100).bytes == "next".bytes)
    }

    @Test("C06, D-21: waiting for all fills the buffer, not waiting fails at once, and urgent data comes by itself")
    func streamFlags() throws {
        let (client, server) = try tcpPair()
        #expect(failure { try server.receive(atMost: 1, flags: .dontWait) }?.kind == .wouldBlock)
        let all = BackgroundCall { try server.receive(atMost: 6, flags: .waitAll) }
        try client.send("abc".bytes)
        while server.handle.userCount == 0 {}
        try client.send("def".bytes)
        #expect(try all.value() == "abcdef".bytes)
        try client.send("!".bytes, flags: .outOfBand)
        try client.send("normal".bytes)
        #expect(try server.wait(for: .readable, timeout: patience))
        #expect(try server.receive(atMost: 10, flags: .outOfBand) == "!".bytes)
        #expect(try server.receive(atMost: 10) == "normal".bytes)
    }

    @Test("D-02, M19: a stream gives no sender, an empty datagram is no end, and a stream's end is nothing")
    func senders() throws {
        let (client, server) = try tcpPair()
        try client.send("x".bytes)
        let (bytes, sender) = try server.receiveFrom(atMost: 5)
        #expect(bytes == "x".bytes)
        #expect(sender == nil)
        try client.shutdown(.write)
        #expect(try server.receive(atMost: 5).isEmpty)
        let receiver = try udpSocket()
        let other = try udpSocket()
        #expect(try other.send([UInt8](), to: try receiver.localAddress) == 0)
        let empty = try receiver.receiveFrom(atMost: 5)
        #expect(empty.bytes.isEmpty)
        #expect(try empty.sender == other.localAddress)
        #expect(failure { try receiver.receive(atMost: -1) }?.kind == .invalidArgument)
    }

    @Test("M24, E-04, E-07: a datagram needs an address, and fits or is refused")
    func datagramErrors() throws {
        let socket = try udpSocket()
        #expect(failure { try socket.send("x".bytes) }?.kind == .notConnected)
        #expect(failure { try socket.sendMessage(["x".bytes]) }?.kind == .notConnected)
        let address = try socket.localAddress
        #expect(try socket.send([UInt8](repeating: 1, count: 65507), to: address) == 65507)
        let error = failure { try socket.send([UInt8](repeating: 1, count: 65508), to: address) }
        #expect(error?.kind == .messageTooLarge)
        #expect(error?.code?.value == EMSGSIZE)
    }

    @Test("M25: a datagram socket with a peer may send elsewhere, on Linux")
    func connectedDatagrams() throws {
        let (socket, peer, other) = (try udpSocket(), try udpSocket(), try udpSocket())
        try socket.connect(to: try peer.localAddress)
        #expect(try socket.remoteAddress == (try peer.localAddress))
        try socket.send("there".bytes, to: try other.localAddress)
        #expect(try other.receive(atMost: 10) == "there".bytes)
        try socket.disconnect()
        #expect(failure { try socket.remoteAddress }?.kind == .notConnected)
    }

    @Test("E-06: that nobody was there is told by the next call, and the socket goes on")
    func refusedDatagram() throws {
        let free = try udpSocket()
        let address = try free.localAddress
        free.close()
        let socket = try udpSocket()
        try socket.connect(to: address)
        try socket.send("x".bytes)
        #expect(failure { try socket.receive(atMost: 1) }?.kind == .connectionRefused)
        try socket.send("x".bytes)
        #expect(try socket.wait(for: .readable, timeout: patience))
        #expect(failure { try socket.send("x".bytes) }?.kind == .connectionRefused)
    }

    @Test("C19, M31, M32, M33, D-09: each direction ends by itself")
    func shutdown() throws {
        let (one, other) = try SocketDescriptor.pair()
        try one.shutdown(.write)
        #expect(failure { try one.send("x".bytes) }?.kind == .brokenPipe)
        #expect(try other.receive(atMost: 1).isEmpty)
        try other.send("back".bytes)
        #expect(try one.receive(atMost: 10) == "back".bytes)
        #expect(failure { try one.shutdown(ShutdownDirection(rawValue: 7)) }?.code?.value == EINVAL)
        let (third, fourth) = try SocketDescriptor.pair()
        let reader = BackgroundCall { try third.receive(atMost: 1) }
        while third.handle.userCount == 0 {}
        try third.shutdown(.both)
        #expect(try reader.value().isEmpty)
        _ = fourth
        let (client, server) = try tcpPair()
        // M31: what the peer sends later is readable all the same.
        try server.shutdown(.read)
        #expect(try server.receive(atMost: 1).isEmpty)
        try client.send("later".bytes)
        var later: [UInt8] = []
        try eventually("what was sent later is there") {
            later = try server.receive(atMost: 10, flags: .dontWait)
            return !later.isEmpty
        }
        #expect(later == "later".bytes)
    }

    @Test("D-09: after both directions are shut down the peer reads what was sent, and then the end")
    func shutdownBoth() throws {
        let (client, server) = try tcpPair()
        try client.send("last words".bytes)
        try client.shutdown(.both)
        #expect(try server.receive(atMost: 100, flags: .waitAll) == "last words".bytes)
        #expect(try server.receive(atMost: 100).isEmpty)
        #expect(failure { try client.send("x".bytes) }?.kind == .brokenPipe)
        for number: Int32 in [-1, 3, 99] {
            let error = failure { try server.shutdown(ShutdownDirection(rawValue: number)) }
            #expect(error?.kind == .invalidArgument && error?.code?.value == EINVAL)
        }
    }

    @Test("D-05, M20: a receive never takes more than there is room for, and no room is no mistake")
    func smallBuffers() throws {
        let (one, other) = try SocketDescriptor.pair()
        try other.send("0123456789".bytes)
        var four = [UInt8](repeating: 9, count: 6)
        let count = try four.withOutputSpan(in: 1..<5) { (span: inout OutputRawSpan) throws(TransportError) in
            try one.receiveFrom(into: &span).count
        }
        #expect(count == 4 && four == [9] + "0123".bytes + [9])
        #expect(try one.receiveFrom(atMost: 0).bytes.isEmpty)
        #expect(try one.receiveFrom(atMost: 100).bytes == "456789".bytes)
        #expect(failure { try one.receiveFrom(atMost: -1) }?.kind == .invalidArgument)
        let (first, second) = try SocketDescriptor.pair(.unix, .datagram)
        try second.send("cut".bytes)
        try second.send("next".bytes)
        #expect(try first.receiveFrom(atMost: 0).bytes.isEmpty)
        #expect(try first.receiveFrom(atMost: 100).bytes == "next".bytes)
    }

    @Test("I-02: an interruption is not felt by send, sendto and sendmsg, nor does it prolong their waiting")
    func interruptedSends() throws {
        let script = SyscallScript()
        let syscalls = Syscalls(script: script)
        let receiver = try udpSocket()
        let address = try receiver.localAddress
        let sender = try SocketDescriptor(.ipv4, .datagram, .unspecified, nonblocking: false, syscalls: syscalls)
        for _ in 0..<20 { script.on(.send, .fail(EINTR)) }
        try sender.send("to".bytes, to: address)
        try sender.connect(to: address)
        for _ in 0..<20 { script.on(.send, .fail(EINTR)) }
        try sender.send("plain".bytes)
        for _ in 0..<20 { script.on(.send, .fail(EINTR)) }
        try sender.sendMessage(["mes".bytes, "sage".bytes])
        for text in ["to", "plain", "message"] { #expect(try receiver.receive(atMost: 100) == text.bytes) }
    }

    @Test("K-06: closing wakes a blocked receive with the error for that, also on a listener")
    func closingWakes() throws {
        let (one, other) = try SocketDescriptor.pair()
        let receiver = BackgroundCall { caught { try one.receive(atMost: 1) }?.kind }
        let listening = try SocketDescriptor()
        try listening.listen()
        let accepter = BackgroundCall { caught { try listening.accept() }?.kind }
        let datagrams = try udpSocket()
        let third = BackgroundCall { caught { try datagrams.receiveMessage(atMost: 1) }?.kind }
        for socket in [one, listening, datagrams] {
            while socket.handle.userCount == 0 {}
            socket.close()
        }
        #expect(try receiver.value() == .closed)
        #expect(try accepter.value() == .closed)
        #expect(try third.value() == .closed)
        #expect(try other.receive(atMost: 1).isEmpty)
    }

    @Test("D-10, D-11: several runs are one message, and one message fills several arrays")
    func vectors() throws {
        let (one, other) = try SocketDescriptor.pair(.unix, .datagram)
        #expect(try one.sendMessage(["ab".bytes, [], "cde".bytes]) == 5)
        var parts: [[UInt8]] = [[0, 0, 0], [], [9, 9, 9]]
        let message = try other.receiveMessage(into: &parts)
        #expect(message.byteCount == 5)
        #expect(parts == ["abc".bytes, [], "de".bytes + [9]])
        #expect(message.control.isEmpty)
        #expect(!message.flags.contains(.truncated))
    }

    @Test(
        "D-10: more runs than the system takes at once are one message all the same", arguments: [64, 65, 1025, 5000])
    func manyVectors(count: Int) throws {
        let (one, other) = try SocketDescriptor.pair(.unix, .datagram)
        let runs = (0..<count).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 1 + $0 % 3) }
        #expect(try one.sendMessage(runs) == runs.joined().count)
        var parts = runs.map { [UInt8](repeating: 0xEE, count: $0.count) } + [[7, 7], []]
        let message = try other.receiveMessage(into: &parts)
        #expect(message.byteCount == runs.joined().count && !message.flags.contains(.truncated))
        #expect(parts == runs + [[7, 7], []])
        // What does not fit is cut.
        try one.sendMessage(runs)
        var less = runs.dropLast().map { [UInt8](repeating: 0xEE, count: $0.count) }
        let cut = try other.receiveMessage(into: &less)
        #expect(cut.flags.contains(.truncated) && less == runs.dropLast())
    }

    @Test("C06, D-21: waiting for all waits for all, however much that is")
    func waitForMuch() throws {
        let size = 3 << 20
        for attempt in 0..<2 {
            let (one, other) = try SocketDescriptor.pair()
            let sender = Worker {
                var sent = 0
                while sent < size { sent += try one.send([UInt8](repeating: 7, count: min(65536, size - sent))) }
            }
            let bytes =
                attempt == 0
                ? try other.receive(atMost: size, flags: .waitAll)
                : try other.receiveMessage(atMost: size, flags: .waitAll).bytes
            #expect(bytes.count == size)
            try sender.value()
        }
    }

    @Test("C-10: hop limit, packet info and time come with a datagram, for both versions of IP")
    func ancillary() throws {
        let v4 = try udpSocket()
        try v4.setOption(.ipReceiveTimeToLive, to: 1)
        try v4.setOption(try #require(SocketOptionName.ipPacketInfo), to: 1)
        try v4.setOption(try #require(SocketOptionName.timestampNanoseconds), to: 1)
        let sender = try udpSocket()
        try sender.setOption(.ipTimeToLive, to: 9)
        try sender.send("4".bytes, to: try v4.localAddress)
        let first = try v4.receiveMessage(atMost: 10, controlCapacity: 512).message
        #expect(first.first(\.hopLimit) == 9)
        let info = try #require(first.first(\.packetInfo))
        #expect(info.destination == .v4(.loopback))
        #expect(info.interface == if_nametoindex("lo"))
        #expect(try #require(first.first(\.arrivalTime)) > .seconds(1_500_000_000))

        let v6 = try SocketDescriptor(.ipv6, .datagram)
        try v6.bind(to: RawSocketAddress(IPv6.SocketAddress(.loopback, port: 0)))
        try v6.setOption(try #require(SocketOptionName.ipv6ReceiveHopLimit), to: 1)
        try v6.setOption(try #require(SocketOptionName.ipv6ReceivePacketInfo), to: 1)
        let other = try SocketDescriptor(.ipv6, .datagram)
        try other.sendMessage(["6".bytes], control: [.hopLimit(33)], to: try v6.localAddress)
        let second = try v6.receiveMessage(atMost: 10, controlCapacity: 512).message
        #expect(second.first(\.hopLimit) == 33)
        #expect(second.first(\.packetInfo)?.destination == .v6(.loopback))
        #expect(second.first(\.credentials) == nil)
    }

    @Test("The system vouches for who sent a message over a Unix socket")
    func credentials() throws {
        let (one, other) = try SocketDescriptor.pair()
        try other.setOption(try #require(SocketOptionName.passCredentials), to: 1)
        try one.send("me".bytes)
        let message = try other.receiveMessage(atMost: 10, controlCapacity: 128).message
        let credentials = try #require(message.first(\.credentials))
        #expect(credentials.process == getpid())
        #expect(credentials.user == getuid())
        #expect(credentials.group == getgid())
    }

    @Test("The system vouches for the process at the other end of a Unix socket, and knows none elsewhere")
    func peerCredentials() throws {
        let (one, other) = try SocketDescriptor.pair()
        for end in [one, other] {
            let credentials = try end.peerCredentials
            #expect(credentials.process == getpid())
            #expect(credentials.user == getuid())
            #expect(credentials.group == getgid())
        }
        let (client, server) = try SocketBackend<Unix>().connectedPair()
        #expect(try server.transport.peerCredentials == client.transport.peerCredentials)
        #expect(failure { try SocketDescriptor(.unix, .stream).peerCredentials }?.kind == .notConnected)
        #expect(failure { try SocketDescriptor(.ipv4, .datagram).peerCredentials }?.kind == .notConnected)
        one.close()
        #expect(failure { try one.peerCredentials }?.kind == .closed)
    }

    @Test("M35, M39: each call is one system call")
    func oneToOne() throws {
        let script = SyscallScript()
        let socket = try SocketDescriptor(
            .ipv4, .datagram, .unspecified, nonblocking: false, syscalls: Syscalls(script: script))
        try socket.bind(to: loopback())
        let before = script.totalCount
        try socket.send("x".bytes, to: loopback(9))
        #expect(script.totalCount == before + 1)
        script.on(.receive, .fail(EINTR), .fail(EAGAIN))
        #expect(failure { try socket.receive(atMost: 1) }?.kind == .wouldBlock)
        #expect(script.count(of: .receive) == 2)
    }
}
