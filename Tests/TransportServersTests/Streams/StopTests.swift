import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore
import TransportServers

@Suite("Stopping")
struct StopTests {
    @Test("Those in work finish, whoever is queued is served, and nobody else comes in")
    func graceful() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(connections: 2))
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            var clients: [MockConnection] = []
            for _ in 0..<4 {
                clients.append(try await network.dial())
                try await clients.last?.sendAll("x")
            }
            _ = try await clients[0].receiveExactly(1)
            async let summary = server.stop(within: .seconds(30))
            try await network.sleep(for: .seconds(1))
            #expect(await caught { _ = try await network.dial() }?.kind == .connectionRefused)
            for (number, client) in clients.enumerated() {
                if number > 0 { #expect(String(try await client.receiveExactly(1)) == "x") }
                try await client.sendAll("y")
                #expect(String(try await client.receiveExactly(1)) == "y", "it goes on")
                client.close()
            }
            #expect(await summary == StopSummary(drained: 4))
            try await served
            #expect(network.seconds == 1, "it ends with the last connection")
        }
    }

    @Test("What is left at the deadline is cut, and its handlers are cancelled")
    func deadline() async throws {
        let cancelled = Locked(false)
        let reports = Reports()
        try await LoopbackNetwork.test { network in
            let server = Server(report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener) { connection in
                if try await connection.receiveExactly(1) == [1] { return }
                do {
                    try await network.sleep(for: .seconds(1000))
                } catch {
                    cancelled.withLock { $0 = (error as? TransportError)?.kind == .cancelled }
                    throw error
                }
            }
            let quick = try await network.dial()
            let slow = try await network.dial()
            try await slow.sendAll([2])
            async let summary = server.stop(within: .seconds(30))
            try await quick.sendAll([1])
            #expect(try await quick.receive(atMost: 1) == nil)
            #expect(await caught { _ = try await slow.receive(atMost: 1) }?.kind == .connectionReset)
            #expect(network.seconds == 30)
            #expect(await summary == StopSummary(drained: 1, aborted: 1))
            #expect("\(await summary)" == "1 finished, 1 cut")
            try await served
            #expect(network.seconds == 30)
            for client in [quick, slow] { client.close() }
        }
        #expect(cancelled.withLock { $0 })
        #expect(reports.kinds == [], "what the server has ended is no failure of a handler")
    }

    @Test("Connections that are idle while the server stops are closed then, and no others")
    func idle() async throws {
        let reports = Reports()
        try await LoopbackNetwork.test { network in
            let server = Server(report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            let idle = try await network.dial()
            let busy = try await network.dial()
            try await idle.sendAll("x")
            _ = try await idle.receiveExactly(1)
            try await network.sleep(for: .seconds(100))
            #expect(!server.isStopping)
            async let summary = server.stop(within: .seconds(30), closingIdleAfter: .seconds(2))
            for _ in 0..<5 {
                try await network.sleep(for: .seconds(1))
                #expect(server.isStopping)
                try await busy.sendAll("y")
                #expect(String(try await busy.receiveExactly(1)) == "y")
            }
            #expect(try await idle.receive(atMost: 1) == nil)
            #expect(try await busy.receive(atMost: 1) == nil)
            #expect((107...107.5).contains(network.seconds), "two seconds after the last byte, or a quarter longer")
            #expect(await summary == StopSummary(drained: 2))
            try await served
            for client in [idle, busy] { client.close() }
        }
        #expect(reports.kinds == [.idle, .idle])
    }

    @Test("Who was queued when stopping began has all of the idle time, also in the place of another one")
    func idleFromQueue() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(connections: 1))
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            let first = try await network.dial()
            try await first.sendAll("x")
            _ = try await first.receiveExactly(1)
            let queued = try await network.dial()
            async let summary = server.stop(within: .seconds(30), closingIdleAfter: .seconds(4))
            try await network.sleep(for: .seconds(3))
            first.close()
            // It does just what the one before it did, so that only the time tells them apart.
            for pause in [3, 0] {
                try await queued.sendAll("y")
                #expect(String(try await queued.receiveExactly(1)) == "y")
                try await network.sleep(for: .seconds(pause))
            }
            queued.close()
            #expect(await summary == StopSummary(drained: 2))
            #expect(network.seconds == 6)
            try await served
        }
    }

    @Test("Of several listeners, the idle connections of all are closed at the same time")
    func idleOfAll() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server()
            let listeners = [try network.listen(), try network.listen(port: 4000)]
            async let served: Void = server.serve(listeners, handler: echo)
            var clients: [MockConnection] = []
            for listener in listeners { clients.append(try await network.dial(port: listener.localAddress.port)) }
            for client in clients {
                try await client.sendAll("x")
                _ = try await client.receiveExactly(1)
            }
            #expect(await server.stop(within: .seconds(30), closingIdleAfter: .seconds(1)) == StopSummary(drained: 2))
            #expect(network.seconds == 1)
            try await served
            for client in clients {
                #expect(try await client.receive(atMost: 1) == nil)
                client.close()
            }
        }
    }

    @Test("Who was about to be served when stopping began is closed when idle, too", arguments: [nil, 5])
    func idleFromTheBeginning(idleTime: Int?) async throws {
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(idleTime: idleTime.map { .seconds($0) }))
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            try await network.sleep(for: .seconds(1))
            let client = try await network.dial()
            #expect(await server.stop(within: .seconds(30), closingIdleAfter: .seconds(2)) == StopSummary(drained: 1))
            #expect((3...3.5).contains(network.seconds))
            #expect(try await client.receive(atMost: 1) == nil)
            client.close()
            try await served
        }
    }

    @Test("A listener that is served gets no layer, which its connections would not have")
    func layerTooLate() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server()
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            try await network.sleep(for: .seconds(1))
            let backend = network.backend(on: "server").with(policy: .allowAll)
            #expect(caught { try backend.listen(over: listener) }?.kind == .busy)
            await server.stop(within: .zero)
            try await served
            #expect(caught { try backend.listen(over: listener) }?.kind == .closed)
        }
    }

    @Test("A server without connections stops at once; a server that was stopped serves nobody")
    func empty() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server()
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            try await network.sleep(for: .seconds(1))
            #expect(await server.stop(within: .seconds(30)) == StopSummary())
            try await served
            #expect(network.seconds == 1)
            let another = try network.listen()
            #expect(await caught { try await server.serve(another, handler: echo) }?.kind == .closed)
            #expect(another.isClosed)
            #expect(await server.stop(within: .seconds(30)) == StopSummary())
        }
    }

    @Test("Cancelling the task ends everything at once")
    func cancelled() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server(limits: ServerLimits(connections: 2))
            let listener = try network.listen()
            let task = Task(executorPreference: network.executor) { try await server.serve(listener, handler: echo) }
            var clients: [MockConnection] = []
            for _ in 0..<3 {
                clients.append(try await network.dial())
                try await clients.last?.sendAll("x")
            }
            for client in clients.prefix(2) { _ = try await client.receiveExactly(1) }
            task.cancel()
            for client in clients {
                let error = await caught { _ = try await client.receive(atMost: 1) }
                #expect(error == nil || error?.kind == .connectionReset)
                client.close()
            }
            let error = await caught { try await task.value }
            #expect(error?.kind == .cancelled)
            #expect(listener.isClosed)
            #expect(server.activeCount == 0)
            #expect(network.seconds == 0)
        }
    }

    @Test("Cancelling the task that stops cuts the grace short")
    func impatient() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server()
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            let client = try await network.dial()
            try await client.sendAll("x")
            _ = try await client.receiveExactly(1)
            let stop = Task(executorPreference: network.executor) { await server.stop(within: .seconds(100)) }
            try await network.sleep(for: .seconds(3))
            stop.cancel()
            #expect(await stop.value == StopSummary(aborted: 1))
            try await served
            #expect(network.seconds == 3)
            client.close()
        }
    }

    @Test("A listener that is closed by somebody else ends its call when the last connection has ended")
    func closedListener() async throws {
        try await LoopbackNetwork.test { network in
            let server = Server()
            let listener = try network.listen()
            async let served: Void = server.serve(listener, handler: echo)
            let client = try await network.dial()
            try await client.sendAll("x")
            _ = try await client.receiveExactly(1)
            listener.close()
            try await client.sendAll("y")
            #expect(String(try await client.receiveExactly(1)) == "y")
            client.close()
            try await served
        }
    }
}
