import BSDSocketBackend
import Testing
import TransportCore
import VSockFamily

@Suite("A family that was added from outside: vsock")
struct VSockTests {
    /// Whether this machine can talk to itself over vsock, which takes a module of the kernel.
    static let hasLoopback: Bool = {
        guard
            let listener = try? SocketBackend<VSock>().listen(
                on: VSock.SocketAddress(context: .local, port: VSock.SocketAddress.anyPort))
        else { return false }
        listener.close()
        return true
    }()

    @Test("Addresses go to the system's form and back")
    func roundTrip() throws {
        for address in [
            VSock.SocketAddress(context: .host, port: 1024), VSock.SocketAddress(context: .any, port: .max),
            VSock.SocketAddress(context: VSock.Context(rawValue: 77), port: 0),
        ] {
            let raw = RawSocketAddress(address, in: VSock.self)
            #expect(raw.bytes.count == 16)
            #expect(raw.domain == .vsock)
            #expect(try raw.address(in: VSock.self) == address)
        }
        #expect(throws: TransportError.self) {
            try RawSocketAddress(IPv4.SocketAddress.any(port: 1)).address(in: VSock.self)
        }
    }

    @Test("An address that nobody has is an error, not a crash")
    func unreachable() {
        #expect(throws: TransportError.self) {
            try SocketBackend<VSock>().connect(
                to: VSock.SocketAddress(context: VSock.Context(rawValue: 0xFFFF_0000), port: 9), timeout: .seconds(5))
        }
    }

    @Test("Streams work as those of any family", .enabled(if: hasLoopback, "needs the kernel's vsock_loopback"))
    func echo() throws {
        let backend = SocketBackend<VSock>()
        let listener = try backend.listen(
            on: VSock.SocketAddress(context: .local, port: VSock.SocketAddress.anyPort))
        let client = try backend.connect(to: try listener.localAddress)
        let server = try listener.accept()
        try client.sendAll("between machines")
        #expect(try server.receiveExactly(16) == Array("between machines".utf8))
        #expect(try client.remoteAddress == (try listener.localAddress))
    }
}
