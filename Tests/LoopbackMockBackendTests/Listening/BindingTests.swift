import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// Who is reached at an address. What the kernel does on one machine is compared in `ConnectDifferentialTests`.
@Suite("Bound addresses")
struct BindingTests {
    private let network = LoopbackNetwork()
    private var backend: LoopbackBackend<IP> { network.backend() }

    @Test("Listeners that share a port take turns, those that are left go on, and nobody joins uninvited")
    func reusePort() throws {
        let options = ListenerOptions(reusePort: true)
        let listeners = try (0..<3).map { _ in try backend.listen(on: .v4(.any(port: 80)), options: options) }
        #expect(caught { try backend.listen(on: .v4(.any(port: 80))) }?.kind == .addressInUse)
        let clients = try (0..<6).map { _ in try backend.connect(to: .v4(.loopback(port: 80))) }
        for (index, client) in clients.enumerated() {
            #expect(try listeners[index % 3].accept().remoteAddress == client.localAddress)
        }
        listeners[1].close()
        for number in 0..<4 {
            let client = try backend.connect(to: .v4(.loopback(port: 80)))
            let servers = try [listeners[0], listeners[2]].compactMap { listener in
                try listener.waitForConnection(timeout: .zero) ? try listener.accept() : nil
            }
            #expect(try servers.map { try $0.remoteAddress } == [client.localAddress], "\(number)")
        }
    }

    @Test("A listener at a particular address is reached before one at the wildcard")
    func particular() throws {
        let options = ListenerOptions(reusePort: true)
        let any = try backend.listen(on: .v4(.any(port: 80)), options: options)
        let loopback = try backend.listen(on: .v4(.loopback(port: 80)), options: options)
        let machine = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("localhost").ipv4, port: 80))
        let near = try backend.connect(to: .v4(.loopback(port: 80)))
        let far = try network.backend(on: "other").connect(to: machine)
        #expect(try loopback.accept().remoteAddress == near.localAddress)
        #expect(try any.accept().remoteAddress == far.localAddress)
    }

    @Test("IPv4 and IPv6 backends reach the listeners of IP backends, and the other way round")
    func families() throws {
        let v4 = network.backend(for: IPv4.self), v6 = network.backend(for: IPv6.self)
        let listener = try backend.listen(port: 80)
        let first = try v4.connect(to: .loopback(port: 80))
        #expect(try listener.accept().remoteAddress.canonical == .v4(first.localAddress))
        let second = try v6.connect(to: .loopback(port: 80))
        #expect(try listener.accept().remoteAddress == .v6(second.localAddress))
        #expect(caught { try v4.listen(on: .any(port: 80)) }?.kind == .addressInUse)
        let other = try v4.listen(on: .any(port: 81))
        let third = try v6.connect(to: IPv6.SocketAddress(mapping: .loopback(port: 81)))
        let accepted = try other.accept()
        #expect(try accepted.remoteAddress.address == .loopback)
        #expect(try third.remoteAddress == IPv6.SocketAddress(mapping: .loopback(port: 81)))
        #expect(try third.localAddress.port == accepted.remoteAddress.port)
    }

    @Test("The file of a Unix socket stays until it is removed")
    func files() throws {
        let backend = network.backend(for: Unix.self)
        let path = try Unix.SocketAddress(path: "/run/cache")
        network.removeFile(at: path)
        #expect(caught { try backend.connect(to: path) }?.kind == .noSuchFile)
        try backend.listen(on: path).close()
        #expect(caught { try backend.connect(to: path) }?.kind == .connectionRefused)
        #expect(caught { try backend.listen(on: path) }?.kind == .addressInUse)
        network.removeFile(at: path, on: "elsewhere")
        #expect(caught { try backend.listen(on: path) }?.kind == .addressInUse)
        network.removeFile(at: path)
        #expect(caught { try backend.connect(to: path) }?.kind == .noSuchFile)
        let old = try backend.listen(on: path)
        // As a server does that is started anew beside one that still runs.
        network.removeFile(at: path)
        let new = try backend.listen(on: path)
        let client = try backend.connect(to: path)
        #expect(try !old.waitForConnection(timeout: .zero))
        try new.accept().sendAll("x")
        #expect(try client.receiveText(1) == "x")
        old.close()
        _ = try backend.connect(to: path)
    }

    @Test("A connect to a full Unix queue waits for room")
    func fullUnixQueue() throws {
        let backend = network.backend(for: Unix.self)
        let path = try Unix.SocketAddress(path: "/run/cache")
        let listener = try backend.listen(on: path, options: ListenerOptions(backlog: 0))
        #expect(listener.facts.contains(.fullBacklogPends))
        let first = try backend.connect(to: path)
        let second = try backend.connect(to: path, mode: .nonblocking)
        #expect(caught { try second.establish() }?.kind == .wouldBlock)
        let error = caught { try backend.connect(to: path) }
        #expect(error?.kind == .deadlock, "it does not look busy")
        #expect(caught { try second.establish(timeout: .seconds(1)) }?.kind == .timedOut)
        _ = try listener.accept()
        try second.establish()
        #expect(try listener.accept().remoteAddress == .unnamed)
        #expect(!first.isClosed)
    }

    @Test("Every port of those that systems choose from is found, also the last")
    func many() throws {
        let sockets = try (49152...65534).map { try backend.datagramSocket(boundTo: .v4(.any(port: $0))) }
        let last = try backend.datagramSocket(boundTo: .v4(.any(port: 0)))
        #expect(try last.localAddress.port == 65535)
        #expect(caught { try backend.datagramSocket(boundTo: .v4(.any(port: 0))) }?.kind == .addressInUse)
        sockets[7].close()
        #expect(try backend.datagramSocket(boundTo: .v4(.any(port: 0))).localAddress.port == 49159)
    }
}
