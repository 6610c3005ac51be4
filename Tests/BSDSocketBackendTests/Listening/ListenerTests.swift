import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Listening and accepting.
@Suite("Listeners", .ownThread)
struct ListenerTests {
    @Test(
        "M01, N11: one listener takes one connection after another, each with its peer's address",
        arguments: streamKinds)
    func twoAccepts(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            for text in ["first", "second"] {
                let client = try kind.backend().connect(to: listener.localAddress)
                let server = try listener.accept()
                #expect(try server.remoteAddress == client.localAddress)
                #expect(try server.localAddress == client.remoteAddress)
                #expect(try client.remoteAddress == listener.localAddress)
                try server.sendAll(text)
                #expect(try client.receive(atMost: 99) == text.bytes)
            }
        }
        try run(kind)
    }

    @Test("A02, 94: port 0 is answered with the real port, different for each listener", arguments: tcpKinds)
    func anyPort(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let first = try kind.listener()
            let second = try kind.listener()
            #expect(try first.localAddress != second.localAddress)
            #expect(try first.localAddress != kind.freshAddress(), "the port is not 0")
        }
        try run(kind)
    }

    @Test("M02: an address that is taken is in use, with errno and address", arguments: streamKinds)
    func addressInUse(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let address = try listener.localAddress
            for reuse in [true, false] {
                let error = failure {
                    try kind.backend().listen(on: address, options: ListenerOptions(reuseAddress: reuse))
                }
                #expect(error?.kind == .addressInUse)
                #expect(error?.errno == EADDRINUSE)
                #expect(error?.address == "\(address)")
            }
            let client = try kind.backend().connect(to: address)
            try listener.accept().sendAll("x")
            #expect(try client.receive(atMost: 9) == "x".bytes, "the first listener is not disturbed")
            listener.close()
            _ = try kind.backend().listen(on: address)
        }
        try run(kind)
    }

    @Test("A02, A-11, 95: a port that is none is refused before any system call")
    func badPorts() {
        for port in [-1, 65536, 131072, Int.max, Int.min] {
            let error = failure { try IPv4.SocketAddress(.loopback, validatingPort: port) }
            #expect(error?.kind == .invalidArgument)
            #expect(error?.errno == nil)
        }
    }

    @Test(
        "K-07, 102: a server that restarts has its port again at once; without reuse it has not",
        arguments: tcpKinds)
    func restart(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let address = try listener.localAddress
            let client = try kind.backend().connect(to: address)
            let server = try listener.accept()
            // The server's end closes first and stays in TIME_WAIT.
            server.close()
            #expect(try client.receive(atMost: 9) == nil)
            client.close()
            listener.close()
            let error = failure {
                try kind.backend().listen(on: address, options: ListenerOptions(reuseAddress: false))
            }
            #expect(error?.kind == .addressInUse)
            _ = try kind.backend().listen(on: address)
        }
        try run(kind)
    }

    @Test("C-03, 93: only listeners that both ask for it share a port", arguments: tcpKinds)
    func reusePort(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let first = try kind.listener(ListenerOptions(reusePort: true))
            #expect(try first.option(.reusePort))
            #expect(try !kind.listener().option(.reusePort))
            #expect(try kind.listener().option(.reuseAddress))
            #expect(try !kind.listener(ListenerOptions(reuseAddress: false)).option(.reuseAddress))
            let address = try first.localAddress
            #expect(failure { try kind.backend().listen(on: address) }?.kind == .addressInUse)
            let second = try kind.backend().listen(on: address, options: ListenerOptions(reusePort: true))
            #expect(try second.localAddress == address)
        }
        try run(kind)
    }

    @Test("C-04, C-05, 93: an IPv6 wildcard listener takes IPv4 only when it is told to, and says so explicitly")
    func dualStack() throws {
        let backend = SocketBackend<IP>()
        let single = try backend.listen(on: .v6(.any(port: 0)))
        #expect(try single.option(.v6Only))
        let port = try single.localAddress.port
        #expect(failure { try backend.connect(to: .v4(.loopback(port: port))) }?.kind == .connectionRefused)
        // The other family's port is free.
        _ = try? backend.listen(on: .v4(.any(port: port)))

        let dual = try backend.listen(on: .v6(.any(port: 0)), options: ListenerOptions(dualStack: true))
        #expect(try !dual.option(.v6Only))
        let dualPort = try dual.localAddress.port
        let v4 = try backend.connect(to: .v4(.loopback(port: dualPort)))
        let fromV4 = try dual.accept(timeout: patience)
        #expect(try "\(fromV4.remoteAddress)".hasPrefix("[::ffff:127.0.0.1]:"))
        #expect(try fromV4.remoteAddress.canonical == v4.localAddress)
        let v6 = try backend.connect(to: .v6(.loopback(port: dualPort)))
        let fromV6 = try dual.accept(timeout: patience)
        #expect(try fromV6.remoteAddress == v6.localAddress)
        try fromV4.sendAll("4")
        try fromV6.sendAll("6")
        #expect(try v4.receive(atMost: 9) == "4".bytes)
        #expect(try v6.receive(atMost: 9) == "6".bytes)
    }

    @Test("A07, A09, C-02: the wildcard addresses are reported as such")
    func wildcards() throws {
        #expect(try SocketBackend<IPv4>().listen(on: .any(port: 0)).localAddress.address == .any)
        #expect(try SocketBackend<IPv6>().listen(on: .any(port: 0)).localAddress.address == .any)
        #if os(Linux)
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let client = try SocketBackend<IPv4>().connect(to: .any(port: try listener.localAddress.port))
        #expect(try client.remoteAddress == listener.localAddress, "to connect to it is to connect to this machine")
        #endif
    }

    @Test("C-02: a listener has the address, the port, the family and the type that were asked for")
    func asAsked() throws {
        func check<Family: SocketFamily>(
            _ backend: SocketBackend<Family>, _ domain: SocketDomain, _ address: (UInt16) -> Family.SocketAddress
        ) throws where Family.SocketAddress: Equatable {
            let free = try unusedPort()
            let listener = try backend.listen(on: address(free))
            #expect(try listener.localAddress == address(free))
            let socket = try SocketDescriptor(of: listener.transport)
            #expect(socket.domain == domain)
            #expect(socket.type == .stream)
            #expect(try socket.option(.acceptsConnections) == 1)
        }
        try check(SocketBackend<IPv4>(), .ipv4) { .loopback(port: $0) }
        try check(SocketBackend<IPv6>(), .ipv6) { .loopback(port: $0) }
    }

    @Test("M02: an address that is not of this machine, and a port that needs privileges, are told apart from others")
    func notAvailable() throws {
        let foreign = try IPv4.SocketAddress(parsing: "198.51.100.7:0")
        let error = failure { try SocketBackend<IPv4>().listen(on: foreign) }
        #expect(error?.kind == .addressNotAvailable)
        #expect(error?.operation == .bind)
        #expect(error?.address == "198.51.100.7:0")
    }

    @Test("96: several threads accept, and each connection comes out once", arguments: streamKinds)
    func manyAccepters(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            listener.mode = .blocking
            let accepted = Counter()
            let accepters = (0..<4).map { _ in
                Worker {
                    do {
                        while true {
                            let server = try listener.accept()
                            accepted.increment()
                            try server.sendAll(server.receiveExactly(2, timeout: patience))
                        }
                    } catch TransportError.Kind.closed {}
                }
            }
            let backend = try kind.backend()
            for number in 0..<200 {
                let client = try backend.connect(to: listener.localAddress)
                let message = [UInt8(number & 0xFF), UInt8(number >> 8)]
                try client.sendAll(message)
                #expect(try client.receiveExactly(2) == message)
                #expect(try client.receive(atMost: 1) == nil)
            }
            listener.close()
            for accepter in accepters { try accepter.value() }
            #expect(accepted.value == 200)
        }
        try run(kind)
    }

    @Test(
        "closing cuts the connections that nobody has accepted, and leaves the accepted ones alone",
        arguments: streamKinds)
    func closeWithQueue(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let address = try listener.localAddress
            let client = try kind.backend().connect(to: address)
            let server = try listener.accept()
            let unaccepted = try kind.backend().connect(to: address)
            listener.close()
            #expect(failure { try kind.backend().connect(to: address) }?.kind == .connectionRefused)
            let outcome = Result { try unaccepted.receive(atMost: 9) }
            switch outcome {
            case .success(let bytes): #expect(bytes == nil)
            case .failure(let error): #expect((error as? TransportError)?.kind == .connectionReset)
            }
            try server.sendAll("x")
            #expect(try client.receive(atMost: 9) == "x".bytes)
        }
        try run(kind)
    }

    @Test("N12: a listener has nothing to send or to receive with")
    func noStream() throws {
        let listener: any Sendable = try SocketBackend<IPv4>().listen(on: .loopback(port: 0)).transport
        #expect(!(listener is any Transport))
    }
}
