import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Listeners")
struct ListenerTests {
    private let network = LoopbackNetwork()
    private var backend: LoopbackBackend<IP> { network.backend() }

    @Test("LIS-01: port 0 becomes a real port, at which connections come in")
    func portZero() throws {
        let listener = try backend.listen(on: .v4(.any(port: 0)))
        let port = try listener.localAddress.port
        #expect(port >= 49152)
        let client = try backend.connect(host: "localhost", port: port, timeout: .seconds(1))
        let server = try listener.accept()
        #expect(try server.remoteAddress == client.localAddress)
        #expect(try server.localAddress == client.remoteAddress)
    }

    @Test("LIS-07: port 0 passes over ports that are in use")
    func portZeroInUse() throws {
        let taken = try (49152...49160).map { try backend.listen(on: .v4(.any(port: $0))) }
        let free = try backend.listen(on: .v4(.any(port: 0)))
        #expect(try free.localAddress.port == 49161)
        #expect(taken.count == 9)
    }

    @Test("LIS-07: an address in use is refused, and free again at once after closing")
    func inUse() throws {
        let first = try backend.listen(on: .v4(.any(port: 80)))
        let error = caught { try backend.listen(on: .v4(.any(port: 80))) }
        #expect(error?.kind == .addressInUse)
        #expect(error?.address == "0.0.0.0:80")
        first.close()
        _ = try backend.listen(on: .v4(.any(port: 80)))
    }

    @Test("LIS-07: a dual-stack listener needs both addresses, whoever came first")
    func dualStackInUse() throws {
        let v4 = try backend.listen(on: .v4(.any(port: 80)))
        #expect(caught { try backend.listen(port: 80) }?.kind == .addressInUse)
        v4.close()
        let both = try backend.listen(port: 80)
        #expect(caught { try backend.listen(on: .v4(.any(port: 80))) }?.kind == .addressInUse)
        both.close()
        _ = try backend.listen(on: .v4(.any(port: 80)))
    }

    @Test("An address of another machine cannot be listened at")
    func otherMachine() throws {
        let other = network.host("other")
        let error = caught { try backend.listen(on: .v4(IPv4.SocketAddress(other.ipv4, port: 80))) }
        #expect(error?.kind == .addressNotAvailable)
        _ = try network.backend(on: "other").listen(on: .v4(IPv4.SocketAddress(other.ipv4, port: 80)))
    }

    @Test("A dual-stack listener shows IPv4 peers with mapped addresses")
    func dualStack() throws {
        let listener = try backend.listen(port: 7000)
        let v4 = try backend.connect(to: .v4(.loopback(port: 7000)))
        let server = try listener.accept()
        #expect(try server.remoteAddress.description.hasPrefix("[::ffff:127.0.0.1]:"))
        #expect(try server.remoteAddress.canonical == v4.localAddress)
        let v6 = try backend.connect(to: .v6(.loopback(port: 7000)))
        #expect(try listener.accept().remoteAddress == v6.localAddress)
        listener.close()
        #expect(caught { try backend.connect(to: .v4(.loopback(port: 7000))) }?.kind == .connectionRefused)
    }

    @Test("LIS-02: accepting times out, and closing wakes it")
    func acceptWaits() throws {
        let listener = try backend.listen(on: .v4(.any(port: 1)))
        #expect(caught { try listener.accept(timeout: .zero) }?.kind == .wouldBlock)
        #expect(caught { try listener.accept(timeout: .seconds(60)) }?.kind == .timedOut)
        #expect(network.now == Instant(nanoseconds: 60_000_000_000))
        let acceptor = try network.spawn { caught { try listener.accept() }?.kind }
        let closer = try network.spawn { listener.close() }
        try closer.join()
        #expect(try acceptor.join() == .closed)
    }

    @Test("LIS-03: a thousand connections are accepted in order, none twice")
    func many() throws {
        let listener = try backend.listen(on: .v4(.any(port: 1)))
        let clients = try (0..<1000).map { _ in try backend.connect(to: .v4(.loopback(port: 1))) }
        for client in clients { #expect(try listener.accept().remoteAddress == client.localAddress) }
        #expect(caught { try listener.accept(timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("LIS-04: nobody listens: refused, with the address, and every attempt is told")
    func refused() throws {
        let error = caught { try backend.connect(host: "localhost", port: 9) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.attempts.map(\.address) == ["[::1]:9", "127.0.0.1:9"])
        #expect(error?.retrySafety == .nothingSent)
    }

    @Test("LIS-05: closing cuts those who wait to be accepted; LIS-10: the accepted live on")
    func closing() throws {
        let listener = try backend.listen(on: .v4(.any(port: 1)))
        let accepted = try backend.connect(to: .v4(.loopback(port: 1)))
        let server = try listener.accept()
        let queued = try backend.connect(to: .v4(.loopback(port: 1)))
        listener.close()
        #expect(caught { try queued.receive(atMost: 1) }?.kind == .connectionReset)
        try server.sendAll("alive")
        #expect(try accepted.receiveText(5) == "alive")
    }

    @Test("LIS-06: after stopAccepting the queue is served and then closed, and new peers are refused")
    func stopAccepting() throws {
        let listener = try backend.listen(on: .v4(.any(port: 1)))
        let queued = try backend.connect(to: .v4(.loopback(port: 1)))
        try listener.stopAccepting()
        #expect(caught { try backend.connect(to: .v4(.loopback(port: 1))) }?.kind == .connectionRefused)
        #expect(try listener.accept().remoteAddress == queued.localAddress)
        #expect(caught { try listener.accept() }?.kind == .closed)
    }

    @Test("LIS-08: a client that is gone before it is accepted is no error")
    func goneBeforeAccept() throws {
        let listener = try backend.listen(on: .v4(.any(port: 1)))
        let client = try backend.connect(to: .v4(.loopback(port: 1)))
        try client.sendAll("bye")
        client.close()
        let server = try listener.accept()
        #expect(String(try server.receiveAll()) == "bye")
    }

    @Test("M13 LIS-09: with a full backlog a connect pends until its deadline, and leaves nothing behind")
    func backlogDeadline() throws {
        let listener = try backend.listen(on: .v4(.any(port: 1)), options: ListenerOptions(backlog: 0))
        #expect(listener.facts.contains(.fullBacklogPends))
        let first = try backend.connect(to: .v4(.loopback(port: 1)))
        let error = caught { try backend.connect(to: .v4(.loopback(port: 1)), timeout: .seconds(3)) }
        #expect(error?.kind == .timedOut)
        #expect(network.now == Instant(nanoseconds: 3_000_000_000))
        #expect(try listener.accept().remoteAddress == first.localAddress)
        #expect(try !listener.waitForConnection(timeout: .zero))
        #expect(caught { try listener.accept(timeout: .seconds(1)) }?.kind == .timedOut)
    }

    @Test("M13 LIS-09: with a full backlog a connect pends until somebody is accepted")
    func backlogAccept() throws {
        let listener = try backend.listen(on: .v4(.any(port: 1)), options: ListenerOptions(backlog: 0))
        let first = try backend.connect(to: .v4(.loopback(port: 1)))
        let second = try backend.connect(to: .v4(.loopback(port: 1)), mode: .nonblocking)
        #expect(caught { try second.establish() }?.kind == .wouldBlock)
        #expect(caught { try second.remoteAddress }?.kind == .notConnected)
        let acceptor = try network.spawn { try listener.accept().remoteAddress }
        try second.establish(timeout: .seconds(1))
        #expect(try acceptor.join() == first.localAddress)
        #expect(try listener.accept().remoteAddress == second.localAddress)
    }

    @Test("LIS-09: a connect that pends is refused when the listener closes")
    func backlogClose() throws {
        let listener = try backend.listen(on: .v4(.any(port: 1)), options: ListenerOptions(backlog: 0))
        let first = try backend.connect(to: .v4(.loopback(port: 1)))
        let closer = try network.spawn { listener.close() }
        #expect(caught { try backend.connect(to: .v4(.loopback(port: 1))) }?.kind == .connectionRefused)
        try closer.join()
        #expect(first.isClosed == false)
    }
}
