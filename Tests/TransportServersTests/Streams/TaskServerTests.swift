import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore
import TransportServers

@Suite("Connections served in tasks")
struct TaskServerTests {
    /// Runs a test beside a server, and stops it in the end.
    private func withServer(
        limits: ServerLimits = ServerLimits(), reports: Reports = Reports(),
        allowing: Set<HygieneFinding.Kind> = .notes,
        handler: @escaping @Sendable (MockConnection) async throws -> Void = echo,
        _ body: @escaping @Sendable (LoopbackNetwork, Server) async throws -> Void
    ) async throws {
        try await LoopbackNetwork.test(allowing: allowing) { network in
            let server = Server(limits: limits, report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: handler)
            try await body(network, server)
            await server.stop(within: .zero)
            try await served
            #expect(server.activeCount == 0)
        }
    }

    @Test("Each connection has a task; a slow one holds up nobody")
    func serves() async throws {
        try await withServer(handler: { connection in
            let bytes = try await connection.receiveExactly(1)
            if bytes == [UInt8(ascii: "s")] { _ = try await connection.receive(atMost: 1) }
            try await connection.sendAll(bytes)
        }) { network, server in
            let slow = try await network.dial()
            try await slow.sendAll("s")
            for _ in 0..<100 {
                let client = try await network.dial()
                try await client.sendAll("q")
                #expect(String(try await client.receiveExactly(1)) == "q")
                #expect(try await client.receive(atMost: 1) == nil, "it is closed when the handler returns")
                client.close()
            }
            #expect(server.activeCount == 1)
            try await slow.sendAll("x")
            #expect(String(try await slow.receiveExactly(1)) == "s")
            slow.close()
        }
    }

    @Test("The error of a handler is reported, with the peer, and ends its connection alone")
    func handlerError() async throws {
        struct Mine: Error {}
        let reports = Reports()
        try await withServer(
            reports: reports,
            handler: { connection in
                _ = try await connection.receiveExactly(1)
                throw Mine()
            }
        ) { network, _ in
            for _ in 0..<2 {
                let client = try await network.dial()
                try await client.sendAll("x")
                #expect(try await client.receive(atMost: 1) == nil)
                client.close()
            }
        }
        #expect(reports.kinds == [.handlerFailed, .handlerFailed])
        #expect(reports.texts[0].contains("Mine"))
        #expect(reports.texts[0].contains("(10."), "the address of the peer: \(reports.texts)")
    }

    @Test("At the limit of connections nothing is accepted until one has ended")
    func backPressure() async throws {
        let peak = Locked((now: 0, most: 0))
        try await withServer(
            limits: ServerLimits(connections: 3),
            handler: { connection in
                peak.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                defer { peak.withLock { $0.now -= 1 } }
                try await echo(connection)
            }
        ) { network, server in
            var clients: [MockConnection] = []
            for _ in 0..<10 { clients.append(try await network.dial()) }
            for client in clients { try await client.sendAll("x") }
            for client in clients.prefix(3) { #expect(String(try await client.receiveExactly(1)) == "x") }
            #expect(
                await caught { _ = try await clients[3].receiveExactly(1, timeout: .seconds(9)) }?.kind == .timedOut)
            #expect(server.activeCount == 3)
            for client in clients {
                if client !== clients[0], client !== clients[1], client !== clients[2] {
                    #expect(String(try await client.receiveExactly(1)) == "x")
                }
                client.close()
            }
        }
        #expect(peak.withLock { $0.most } == 3)
    }

    @Test("A peer with as many connections as it may have is cut; others are not")
    func perPeer() async throws {
        let reports = Reports()
        try await withServer(limits: ServerLimits(connectionsPerPeer: 2), reports: reports) { network, server in
            let first = [try await network.dial(from: "a"), try await network.dial(from: "a")]
            for client in first {
                try await client.sendAll("x")
                _ = try await client.receiveExactly(1)
            }
            let third = try await network.dial(from: "a")
            #expect(await caught { _ = try await third.receive(atMost: 1) }?.kind == .connectionReset)
            third.close()
            let other = try await network.dial(from: "b")
            try await other.sendAll("x")
            #expect(String(try await other.receiveExactly(1)) == "x")
            first[0].close()
            try await network.sleep(for: .seconds(1))
            let fourth = try await network.dial(from: "a")
            try await fourth.sendAll("y")
            #expect(String(try await fourth.receiveExactly(1)) == "y")
            for client in [first[1], other, fourth] { client.close() }
        }
        #expect(reports.kinds == [.peerRefused])
    }

    @Test("A connection that is idle for too long is closed, and no other")
    func idle() async throws {
        let reports = Reports()
        let limits = ServerLimits(idleTime: .seconds(60))
        try await withServer(limits: limits, reports: reports) { network, _ in
            let idle = try await network.dial()
            let busy = try await network.dial()
            async let end = idle.receive(atMost: 1)
            for _ in 0..<10 {
                try await network.sleep(for: .seconds(50))
                try await busy.sendAll("x")
                _ = try await busy.receiveExactly(1)
            }
            #expect(try await end == nil)
            idle.close()
            busy.close()
        }
        #expect(reports.kinds == [.idle])
    }

    @Test("Time limits go on when somebody else closes the listener")
    func closedElsewhere() async throws {
        let reports = Reports()
        try await LoopbackNetwork.test(allowing: .notes) { network in
            let server = Server(limits: ServerLimits(idleTime: .seconds(40)), report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            let clients = [try await network.dial(), try await network.dial()]
            for client in clients {
                try await client.sendAll("x")
                _ = try await client.receiveExactly(1)
            }
            listener.close()
            try await network.sleep(for: .seconds(20))
            try await clients[1].sendAll("y")
            for client in clients { while try await client.receive(atMost: 1) != nil {} }
            #expect(network.seconds >= 60 && network.seconds <= 70, "after \(network.seconds) s")
            for client in clients { client.close() }
            try await served
            #expect(server.activeCount == 0)
        }
        #expect(reports.kinds == [.idle, .idle])
    }

    @Test("Idle time ends at the limit, and at most a quarter later", arguments: [0, 7, 14, 29])
    func idleExactly(lastByte: Int) async throws {
        try await withServer(limits: ServerLimits(idleTime: .seconds(40))) { network, _ in
            let client = try await network.dial()
            try await network.sleep(for: .seconds(lastByte))
            try await client.sendAll("x")
            _ = try await client.receiveExactly(1)
            #expect(try await client.receive(atMost: 1) == nil)
            let silent = network.seconds - Double(lastByte)
            #expect(silent >= 40 && silent <= 50, "after \(silent) s")
            client.close()
        }
    }

    @Test("A handler that tries again and again without a byte is idle")
    func retryingIsIdle() async throws {
        let reports = Reports()
        try await withServer(
            limits: ServerLimits(idleTime: .seconds(8)), reports: reports,
            handler: { connection in
                while true {
                    _ = try? await connection.receive(atMost: 1, timeout: .seconds(1));
                    if connection.isClosed { return }
                }
            }
        ) { network, _ in
            let client = try await network.dial()
            #expect(try await client.receive(atMost: 1) == nil)
            #expect(network.seconds <= 10)
            client.close()
        }
        #expect(reports.kinds == [.idle])
    }

    @Test("A long operation that moves bytes all the time is not idle")
    func slowIsNotIdle() async throws {
        let reports = Reports()
        try await withServer(
            limits: ServerLimits(idleTime: .seconds(8)), reports: reports,
            handler: { connection in
                _ = try await connection.receiveExactly(20)
                try await connection.sendAll("done")
            }
        ) { network, _ in
            let client = try await network.dial()
            for _ in 0..<20 {
                try await network.sleep(for: .seconds(5))
                try await client.sendAll("x")
            }
            #expect(String(try await client.receiveExactly(4)) == "done")
            client.close()
        }
        #expect(reports.kinds == [])
    }

    @Test("A connection's time ends exactly, busy or not")
    func overtime() async throws {
        let reports = Reports()
        let limits = ServerLimits(idleTime: .seconds(20), connectionTime: .seconds(100))
        try await withServer(limits: limits, reports: reports) { network, _ in
            let client = try await network.dial()
            while true {
                try await network.sleep(for: .seconds(9))
                do {
                    try await client.sendAll("x")
                    guard try await client.receive(atMost: 1) != nil else { break }
                } catch { break }
            }
            #expect(network.seconds == 108)
            client.close()
        }
        #expect(reports.kinds == [.overtime])
    }

    @Test("A connection that is not established in time is closed, and holds up nobody meanwhile")
    func establishing() async throws {
        let reports = Reports()
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(establishTime: .seconds(5)), report: reports.add)
            let lower = try network.backend(on: "server").beginListening(
                on: .v4(.any(port: 7)), options: ListenerOptions()
            )
            let listener = Listener(
                LayeredListener(over: lower) { stream throws(TransportError) in Greeted(lower: stream) })
            async let served: Void = server.serve(listener, handler: echo)
            let silent = try await network.dial()
            let polite = try await network.dial()
            try await polite.sendAll("!hello")
            #expect(String(try await polite.receiveExactly(5)) == "hello")
            #expect(network.seconds == 0)
            #expect(try await silent.receive(atMost: 1) == nil)
            #expect(network.seconds == 5)
            for client in [silent, polite] { client.close() }
            await server.stop(within: .seconds(1))
            try await served
        }
        #expect(reports.kinds == [.establishingFailed])
    }

    @Test("Listeners of different calls share the limits and the end")
    func several() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(connections: 2))
            let names = try network.backend(for: Unix.self, on: "server")
                .listen(on: try Unix.SocketAddress(path: "/run/server"))
            let listeners = [try network.listen(port: 1), try network.listen(port: 2)]
            async let first: Void = server.serve(listeners, handler: echo)
            async let second: Void = server.serve(names, handler: echo)
            let clients = [try await network.dial(port: 1), try await network.dial(port: 2)]
            for client in clients {
                try await client.sendAll("x")
                #expect(String(try await client.receiveExactly(1)) == "x")
            }
            let local = try await network.backend(for: Unix.self, on: "server")
                .connect(to: try Unix.SocketAddress(path: "/run/server"))
            try await local.sendAll("y")
            #expect(await caught { _ = try await local.receiveExactly(1, timeout: .seconds(3)) }?.kind == .timedOut)
            clients[0].close()
            #expect(String(try await local.receiveExactly(1)) == "y")
            local.close()
            clients[1].close()
            #expect(await server.stop(within: .seconds(1)).aborted == 0)
            _ = try await (first, second)
        }
    }

    @Test("Limits that cannot be kept are refused, and the listener is closed")
    func badLimits() async throws {
        try await LoopbackNetwork.test { network in
            for limits in [
                ServerLimits(connections: 0), ServerLimits(connectionsPerPeer: -1), ServerLimits(idleTime: .zero),
                ServerLimits(connectionTime: .seconds(Int64.max)), ServerLimits(datagrams: 0),
                // Which have more seconds than can be looked at.
                ServerLimits(idleTime: .seconds(Int64.max) + .seconds(Int64.max)),
            ] {
                let listener = try network.listen()
                let error = await caught { try await Server(limits: limits).serve(listener, handler: echo) }
                #expect(error?.kind == .invalidArgument)
                #expect(listener.isClosed)
            }
        }
    }

    @Test("Ten thousand connections at once, each idle, each served, all drained")
    func tenThousand() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(connections: nil, idleTime: .seconds(600)))
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            var clients: [MockConnection] = []
            for _ in 0..<10_000 {
                let client = try await network.dial()
                try await client.sendAll("x")
                _ = try await client.receiveExactly(1)
                clients.append(client)
            }
            #expect(server.activeCount == 10_000)
            for client in clients { client.close() }
            await server.stop(within: .seconds(1))
            try await served
        }
    }
}

/// A layer whose connection is established when a "!" has come.
struct Greeted<Lower: Transport>: TransportLayer {
    let lower: Lower
    let isGreeted = Locked(false)

    func tryEstablish() throws(TransportError) -> ProgressStep {
        if isGreeted.withLock({ $0 }) { return .done }
        var bytes: [UInt8] = [0]
        let step = try bytes.withOutputSpan(in: 0..<1) { (span: inout OutputRawSpan) throws(TransportError) in
            try lower.tryReceive(into: &span)
        }
        switch step {
        case .wouldBlock(let need): return .wouldBlock(need)
        case .endOfStream: throw TransportError(.unexpectedEnd, operation: .connect)
        case .received:
            isGreeted.withLock { $0 = true }
            return .done
        }
    }
}
