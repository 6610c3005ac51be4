import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// How connecting fails.
@Suite("Connect errors", .ownThread)
struct ConnectErrorTests {
    @Test(
        "M07, E01, A17, complaint 45: a refusal is a refusal, with errno, address and words, in every mode",
        arguments: streamKinds)
    func refused(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let address = try kind.deadAddress()
            let attempts: [() throws -> Void] = [
                { _ = try kind.backend().connect(to: address, mode: .blocking) },
                { _ = try kind.backend().connect(to: address, timeout: patience) },
                { try kind.backend().connect(to: address, mode: .nonblocking).establish(timeout: patience) },
            ]
            for attempt in attempts {
                let error = failure(of: attempt)
                #expect(error?.kind == .connectionRefused)
                #expect(error?.errno == ECONNREFUSED)
                #expect(error?.code?.name == "ECONNREFUSED")
                #expect(error?.code?.text == "Connection refused")
                #expect(error?.operation == .connect)
                #expect(error?.address == "\(address)")
                #expect(error?.retrySafety == .nothingSent)
            }
        }
        try run(kind)
    }

    @Test("A-16: a path that is not there, and one on which nobody listens, are told apart")
    func unixPaths() throws {
        let missing = try Unix.SocketAddress(path: uniquePath())
        let error = failure { try SocketBackend<Unix>().connect(to: missing) }
        #expect(error?.kind == .noSuchFile)
        #expect(error?.errno == ENOENT)
        #expect(error?.address == "\(missing)")
        let directory = try Unix.SocketAddress(path: "/tmp")
        #expect(failure { try SocketBackend<Unix>().connect(to: directory) }?.kind == .connectionRefused)
    }

    @Test("A04: a link-local address without its interface is an argument error of the system")
    func linkLocal() throws {
        let address = try IPv6.SocketAddress(parsing: "[fe80::1]:9")
        let error = failure { try SocketBackend<IPv6>().connect(to: address, timeout: patience) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.errno == EINVAL)
    }

    @Test("M02: a local address that is not of this machine is not available")
    func foreignLocalAddress() throws {
        let options = StreamOptions<IPv4>(localAddress: try IPv4.SocketAddress(parsing: "198.51.100.7:0"))
        let error = failure { try SocketBackend<IPv4>().connect(to: .loopback(port: 9), options: options) }
        #expect(error?.kind == .addressNotAvailable)
        #expect(error?.operation == .bind)
        #expect(error?.errno == EADDRNOTAVAIL)
        #expect(error?.address == "198.51.100.7:0")
    }

    @Test("A08: a stream to the broadcast address is not allowed")
    func broadcast() throws {
        let error = failure { try SocketBackend<IPv4>().connect(to: .broadcast(port: 9), timeout: patience) }
        #expect(error?.errno == ENETUNREACH || error?.errno == EACCES)
    }

    static let codes: [(Int32, TransportError.Kind)] = [
        (ECONNREFUSED, .connectionRefused), (ETIMEDOUT, .peerUnresponsive), (EHOSTUNREACH, .hostUnreachable),
        (ENETUNREACH, .networkUnreachable), (EADDRNOTAVAIL, .addressNotAvailable), (EACCES, .permissionDenied),
        (EPERM, .permissionDenied), (ECONNRESET, .connectionReset), (EADDRINUSE, .addressInUse),
        (ENETDOWN, .networkUnreachable), (EHOSTDOWN, .hostUnreachable), (ENOBUFS, .outOfResources),
        (ENOSPC, .outOfResources), (EAFNOSUPPORT, .familyNotSupported), (EISCONN, .alreadyConnected),
        (EPROTO, .system),
    ]

    @Test("84, complaint 45: every way to fail at once has its kind, its errno and the address", arguments: codes)
    func atOnce(_ code: Int32, _ kind: TransportError.Kind) throws {
        for mode in [IOMode.blocking, .nonblocking, try .timeout(patience)] {
            let script = SyscallScript()
            script.on(.connect, .fail(code))
            let backend = SocketBackend<IPv4>(syscalls: Syscalls(script: script))
            let error = failure { try backend.connect(to: .loopback(port: 9), mode: mode) }
            #expect(error?.kind == kind)
            #expect(error?.errno == code)
            #expect(error?.address == "127.0.0.1:9")
            #expect(error?.operation == .connect)
            #expect(error?.code?.text.isEmpty == false)
        }
    }

    @Test("M11 of the kernel, D-20: a socket that has met itself is a refusal", arguments: [0, 1, 2])
    func selfConnect(_ form: Int) throws {
        // A port that the system would choose, so that an accidental meeting is possible.
        let probe = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let address = try probe.localAddress
        probe.close()
        let options = StreamOptions<IPv4>(localAddress: address)
        let error = failure {
            switch form {
            case 0: _ = try SocketBackend<IPv4>().connect(to: address, options: options)
            case 1: _ = try SocketBackend<IPv4>().connect(to: address, options: options, timeout: patience)
            default:
                let connection = try SocketBackend<IPv4>().connect(to: address, options: options, mode: .nonblocking)
                try connection.establish(timeout: patience)
            }
        }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.errno == ECONNREFUSED)
    }

    @Test("M11 of the kernel: a socket that has met itself on another address of this machine is a refusal too")
    func selfConnectElsewhere() throws {
        guard let own = try ownAddress() else { return }
        let probe = try SocketBackend<IPv4>().listen(on: IPv4.SocketAddress(own, port: 0))
        let address = try probe.localAddress
        probe.close()
        let options = StreamOptions<IPv4>(localAddress: address)
        let error = failure { try SocketBackend<IPv4>().connect(to: address, options: options, timeout: patience) }
        #expect(error?.kind == .connectionRefused)
    }

    @Test("A07: a connection to the wildcard address comes to this machine, and its peer is the real address")
    func wildcard() throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let port = try listener.localAddress.port
        let client = try SocketBackend<IPv4>().connect(to: .any(port: port), timeout: patience)
        let server = try listener.accept()
        #expect(try server.remoteAddress == client.localAddress)
        #expect(try client.remoteAddress == .loopback(port: port))
    }

    /// An address of this machine besides the loopback one: that from which packets to the documentation net would go.
    private func ownAddress() throws -> IPv4.Address? {
        let socket = try SocketBackend<IPv4>().datagramSocket()
        guard (try? socket.connect(to: IPv4.SocketAddress(parsing: "198.51.100.7:9"))) != nil else { return nil }
        return try socket.localAddress.address
    }
}
