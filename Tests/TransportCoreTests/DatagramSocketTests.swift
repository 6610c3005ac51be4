import TestSupport
import Testing
import TransportCore

@Suite("Datagram sockets")
struct DatagramSocketTests {
    private let sender = IP.SocketAddress.v4(.loopback(port: 5353))

    @Test("ZER-01 ZER-02: an empty datagram is a datagram")
    func empty() throws {
        let datagrams = ScriptedDatagrams([.datagram([], from: sender)])
        let socket = DatagramSocket(datagrams)
        try socket.send([])
        #expect(datagrams.sent == [[]])
        let (bytes, info) = try socket.receive(atMost: 10)
        #expect(bytes == [])
        #expect(info.byteCount == 0)
        #expect(info.sender == sender)
    }

    @Test("BAS-05: a datagram that does not fit is cut, and said to be")
    func truncated() throws {
        let datagrams = ScriptedDatagrams([.datagram([1, 2, 3], from: sender), .datagram([4], from: sender)])
        let socket = DatagramSocket(datagrams)
        var array: [UInt8] = [9, 9]
        let info = try socket.receive(into: &array)
        #expect(info.isTruncated)
        #expect(info.byteCount == 2)
        #expect(array == [1, 2])
        #expect(try !socket.receive(into: &array).isTruncated)
        #expect(array == [4, 2])
    }

    @Test("N05 M27: datagrams obey modes, timeouts and deadlines")
    func modes() throws {
        let datagrams = ScriptedDatagrams(isClogged: true)
        let socket = DatagramSocket(datagrams, mode: .nonblocking)
        #expect(caught { try socket.receive(atMost: 1) }?.kind == .wouldBlock)
        #expect(caught { try socket.send([1]) }?.kind == .wouldBlock)
        #expect(caught { try socket.receive(atMost: 1, timeout: .seconds(3)) }?.kind == .timedOut)
        #expect(caught { try socket.send([1], timeout: .seconds(3)) }?.kind == .timedOut)
        #expect(datagrams.clock.elapsed == .seconds(6))
        #expect(caught { try socket.send([1], deadline: .passed) }?.kind == .timedOut)
    }

    @Test("CLO-12: an error about one datagram leaves the socket usable")
    func notLatched() throws {
        let refused = TransportError(.connectionRefused, operation: .receive)
        let socket = DatagramSocket(ScriptedDatagrams([.fail(refused), .datagram([1], from: sender)]))
        #expect(caught { try socket.receive(atMost: 1) }?.kind == .connectionRefused)
        #expect(try socket.receive(atMost: 1).bytes == [1])
    }

    @Test("CON-03 CLO-03: a second receive is busy, and closing wakes the first")
    func busyAndClosing() throws {
        let datagrams = ScriptedDatagrams()
        let socket = DatagramSocket(datagrams)
        let receive = BackgroundCall { caught { try socket.receive(atMost: 1) } }
        #expect(datagrams.untilBlocked())
        #expect(caught { try socket.receive(atMost: 1) }?.kind == .busy)
        try socket.send([1])
        socket.close()
        socket.close()
        #expect(try receive.value()?.kind == .closed)
        #expect(datagrams.closings == 1)
    }

    @Test("CLO-02: everything after closing is refused as closed")
    func closed() {
        let socket = DatagramSocket(ScriptedDatagrams())
        socket.close()
        var array: [UInt8] = [0]
        for error in [
            caught { try socket.receive(atMost: 1) }, caught { try socket.receive(into: &array) },
            caught { try socket.send([1]) }, caught { try socket.send([]) }, caught { try socket.connect(to: nil) },
            caught { try socket.wait(for: .readable) }, caught { try socket.setOption(.broadcast, to: true) },
            caught { try socket.option(.broadcast) },
        ] { #expect(error?.kind == .closed) }
        #expect(socket.isClosed)
    }
}
