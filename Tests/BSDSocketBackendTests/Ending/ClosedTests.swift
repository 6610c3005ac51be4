import BSDSocketBackend
import Glibc
import Synchronization
import Testing
import TransportCore

/// What is closed, and what was never closed.
@Suite("Closed", .ownThread)
struct ClosedTests {
    @Test("M03, K-02: every later operation says that this end was closed", arguments: streamKinds)
    func afterwards(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let client = pair.client
            try pair.server.sendAll("x")
            client.close()
            #expect(client.isClosed)
            let operations: [() throws -> Void] = [
                { _ = try client.receive(atMost: 9) }, { _ = try client.receive(atMost: 0) },
                { _ = try client.receiveExactly(1) }, { _ = try client.send("x".utf8) },
                { try client.sendAll("x", timeout: .seconds(1)) }, { try client.sendAll([]) },
                { try client.shutdownWrite() }, { try client.establish() },
                { _ = try client.wait(for: .readable) }, { _ = try client.localAddress },
                { _ = try client.option(.keepAlive) }, { try client.setOption(.keepAlive, to: true) },
                { _ = try client.transport.rawIntOption(level: SOL_SOCKET, name: SO_TYPE) },
                { try client.sendAll(gathering: [[1]]) }, { _ = try client.receive(atMost: 9, deadline: .passed) },
            ]
            for (index, operation) in operations.enumerated() {
                #expect(failure(of: operation)?.kind == .closed, "operation \(index)")
            }
            #expect(client.query(DescriptorNumber.self) == nil)
            #expect(try client.close(timeout: .zero))
        }
        try run(kind)
    }

    @Test("M03: listeners and datagram sockets say so too")
    func otherObjects() throws {
        let listener = try SocketBackend<IP>().listen(on: .v4(.loopback(port: 0)))
        listener.close()
        listener.close()
        #expect(failure { try listener.accept() }?.kind == .closed)
        #expect(failure { try listener.accept(timeout: .zero) }?.kind == .closed)
        #expect(failure { try listener.waitForConnection() }?.kind == .closed)
        #expect(failure { try listener.stopAccepting() }?.kind == .closed)
        #expect(failure { try listener.localAddress }?.kind == .closed)
        #expect(failure { try listener.option(.reuseAddress) }?.kind == .closed)
        #expect(listener.query(DescriptorNumber.self) == nil)
        let socket = try SocketBackend<IP>().datagramSocket()
        socket.close()
        socket.close()
        #expect(failure { try socket.receive(atMost: 9) }?.kind == .closed)
        #expect(failure { try socket.send("x".utf8, to: .v4(.loopback(port: 9))) }?.kind == .closed)
        #expect(failure { try socket.connect(to: nil) }?.kind == .closed)
        #expect(failure { try socket.localAddress }?.kind == .closed)
        #expect(socket.query(DescriptorNumber.self) == nil)
    }

    @Test("complaint 18, 74: closing from many threads at once is harmless", arguments: streamKinds)
    func racingClose(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            for _ in 0..<50 {
                let pair = try kind.pair()
                let start = Flag()
                let closers = (0..<4).map { _ in
                    Worker {
                        while !start.isSet { sched_yield() }
                        pair.client.close()
                    }
                }
                start.set()
                for closer in closers { try closer.value() }
                #expect(try pair.server.receive(atMost: 9) == nil)
            }
        }
        try run(kind)
    }

    @Test("D-17: a scope closes what it has, also when it fails or has closed it; sending after that fails")
    func scopes() throws {
        struct Failure: Error {}
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let address = try listener.localAddress
        func use(_ body: (Connection<SocketTransport<IPv4>>) throws -> Void) throws {
            let connection = try SocketBackend<IPv4>().connect(to: address)
            defer { connection.close() }
            try body(connection)
        }
        var kept: [Connection<SocketTransport<IPv4>>] = []
        try use { kept.append($0) }
        #expect(throws: Failure.self) {
            try use {
                kept.append($0)
                throw Failure()
            }
        }
        try use {
            kept.append($0)
            $0.close()
        }
        for connection in kept {
            #expect(try listener.accept(timeout: patience).receive(atMost: 9, timeout: patience) == nil)
            #expect(connection.isClosed)
            #expect(failure { try connection.sendAll("x") }?.kind == .closed)
        }
    }

    @Test("M06, K-04, D-17: a connection that is dropped is closed, and its observer hears of it")
    func dropped() throws {
        let drops = DropCounter()
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let backend = SocketBackend<IPv4>(defaults: BackendDefaults(observer: drops))
        var client: Connection<SocketTransport<IPv4>>? = try backend.connect(to: listener.localAddress)
        let server = try listener.accept()
        #expect(client?.isClosed == false)
        client = nil
        #expect(try server.receive(atMost: 9, timeout: patience) == nil)
        #expect(drops.count == 1)
    }
}

/// Counts what was dropped without being closed.
private final class DropCounter: OperationObserver {
    private let drops = Atomic<Int>(0)

    var count: Int { drops.load(ordering: .acquiring) }

    func operationWillBegin(_ operation: TransportError.Operation, on subject: ObservedSubject) {}

    func operationDidEnd(
        _ operation: TransportError.Operation, on subject: ObservedSubject, outcome: OperationOutcome
    ) {}

    func droppedWithoutClosing(_ subject: ObservedSubject) { drops.add(1, ordering: .releasing) }
}
