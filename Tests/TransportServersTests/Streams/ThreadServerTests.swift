import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore
import TransportServers

@Suite("Connections served in threads")
struct ThreadServerTests {
    private func withServer(
        limits: ServerLimits = ServerLimits(), reports: Reports = Reports(),
        handler: @escaping @Sendable (MockConnection) throws -> Void = echoInThread,
        grace: Duration = .zero, _ body: (LoopbackNetwork, Server) throws -> Void
    ) throws {
        try LoopbackNetwork.test { network in
            let server = Server(
                limits: limits, report: reports.add, startingThreadsWith: { try network.spawn($0) }
            )
            let listener = try network.listen()
            let thread = try network.spawn { try server.serve(listener, handler: handler) }
            try body(network, server)
            server.stop(within: grace)
            try thread.join()
            #expect(server.activeCount == 0)
        }
    }

    @Test("Each connection has a thread; a slow one holds up nobody")
    func serves() throws {
        try withServer { network, server in
            let slow = try network.dialInThread()
            try slow.sendAll("s")
            #expect(String(try slow.receiveExactly(1)) == "s")
            for _ in 0..<20 {
                let client = try network.dialInThread()
                try client.sendAll("q")
                #expect(String(try client.receiveExactly(1)) == "q")
                client.close()
            }
            slow.close()
        }
    }

    @Test("At the limit of connections nobody accepts until one has ended")
    func backPressure() throws {
        try withServer(limits: ServerLimits(connections: 2)) { network, server in
            let clients = try (0..<5).map { _ in try network.dialInThread() }
            for client in clients { try client.sendAll("x") }
            for client in clients.prefix(2) { _ = try client.receiveExactly(1) }
            #expect(caught { _ = try clients[2].receiveExactly(1, timeout: .seconds(9)) }?.kind == .timedOut)
            #expect(server.activeCount == 2)
            for (number, client) in clients.enumerated() {
                if number >= 2 { #expect(String(try client.receiveExactly(1)) == "x") }
                client.close()
            }
        }
    }

    @Test("Time limits hold for threads too")
    func limits() throws {
        let reports = Reports()
        let limits = ServerLimits(idleTime: .seconds(40), connectionTime: .seconds(100))
        try withServer(limits: limits, reports: reports) { network, _ in
            let idle = try network.dialInThread()
            #expect(try idle.receive(atMost: 1) == nil)
            #expect(network.seconds == 40)
            idle.close()
            let busy = try network.dialInThread()
            while let bytes = try? {
                try busy.sendAll("x"); return try busy.receive(atMost: 1)
            }(), !bytes.isEmpty {
                try network.sleep(for: .seconds(9))
            }
            #expect(network.seconds == 148)
            busy.close()
        }
        #expect(reports.kinds == [.idle, .overtime])
    }

    @Test("A listener that has moved is not served in its old place")
    func moved() throws {
        try LoopbackNetwork.test { network in
            let server = Server(startingThreadsWith: { try network.spawn($0) })
            let listener = try network.listen()
            let moved = try network.backend(on: "server").with(policy: .allowAll).listen(over: listener)
            let thread = try network.spawn { caught { try server.serve(listener, handler: echoInThread) } }
            #expect(try thread.join()?.kind == .closed)
            #expect(!moved.isClosed)
            moved.close()
        }
    }

    @Test("Time limits go on in threads when somebody else closes the listener")
    func closedElsewhere() throws {
        let reports = Reports()
        try LoopbackNetwork.test { network in
            let server = Server(
                limits: ServerLimits(idleTime: .seconds(40)), report: reports.add,
                startingThreadsWith: { try network.spawn($0) })
            let listener = try network.listen()
            let thread = try network.spawn { try server.serve(listener, handler: echoInThread) }
            let client = try network.dialInThread()
            try client.sendAll("x")
            _ = try client.receiveExactly(1)
            listener.close()
            #expect(try client.receive(atMost: 1) == nil)
            #expect(network.seconds >= 40 && network.seconds <= 50, "after \(network.seconds) s")
            client.close()
            try thread.join()
            #expect(server.activeCount == 0)
        }
        #expect(reports.kinds == [.idle])
    }

    @Test("Stopping waits for those in work, and cuts what is left at the deadline")
    func stop() throws {
        try withServer { network, server in
            let quick = try network.dialInThread()
            let slow = try network.dialInThread()
            for client in [quick, slow] {
                try client.sendAll("x")
                _ = try client.receiveExactly(1)
            }
            let end = try network.spawn {
                try network.sleep(for: .seconds(4))
                quick.close()
            }
            #expect(server.stop(within: .seconds(30)) == StopSummary(drained: 1, aborted: 1))
            #expect(network.seconds == 30)
            #expect(caught { _ = try slow.receive(atMost: 1) }?.kind == .connectionReset)
            try end.join()
            slow.close()
        }
    }

    @Test("Stopping closes what is idle earlier, when it is asked to")
    func idleWhileStopping() throws {
        try withServer { network, server in
            let client = try network.dialInThread()
            try client.sendAll("x")
            _ = try client.receiveExactly(1)
            #expect(server.stop(within: .seconds(30), closingIdleAfter: .seconds(3)) == StopSummary(drained: 1))
            #expect(network.seconds == 3)
            #expect(try client.receive(atMost: 1) == nil)
            client.close()
        }
    }

    @Test("An idle time that no clock can count to closes nothing")
    func endlessIdleTime() throws {
        for idleTime in [
            Duration.seconds(20_000_000_000), .seconds(Int64.max), .seconds(Int64.max) + .seconds(Int64.max),
        ] {
            try withServer { network, server in
                let client = try network.dialInThread()
                try client.sendAll("x")
                _ = try client.receiveExactly(1)
                #expect(server.stop(within: .seconds(30), closingIdleAfter: idleTime) == StopSummary(aborted: 1))
                #expect(network.seconds == 30)
                client.close()
            }
        }
    }

    @Test("Stopping ends early when the last one has finished")
    func drained() throws {
        try withServer { network, server in
            let client = try network.dialInThread()
            try client.sendAll("x")
            _ = try client.receiveExactly(1)
            let end = try network.spawn {
                try network.sleep(for: .seconds(4))
                client.close()
            }
            #expect(server.stop(within: .seconds(30)) == StopSummary(drained: 1))
            #expect(network.seconds == 4)
            try end.join()
        }
    }

    @Test("A test that fails while a server serves in threads ends, and says why", arguments: [true, false])
    func failingTest(hasConnection: Bool) {
        let error = networkFailure { network, _ in
            if hasConnection { try talk(network) }
            throw TransportError(.truncated, operation: .receive)
        }
        #expect(error?.kind == .truncated)
    }

    @Test("A test that ends its network before a server serves in threads takes that with it")
    func endedAtOnce() {
        let error = networkFailure { network, _ in
            network.shutDown()
            throw TransportError(.truncated, operation: .receive)
        }
        #expect(error?.kind == .truncated)
    }

    @Test("A test that waits for ever while a server serves in threads is told so", arguments: [true, false])
    func deadlockedTest(hasConnection: Bool) {
        let error = networkFailure { network, _ in
            if hasConnection { try talk(network) }
            _ = try network.listen(port: 9).accept()
        }
        #expect(error?.kind == .deadlock)
    }

    @Test("A network that ends takes its servers with it, also those that watch time limits")
    func shutDown() throws {
        let network = LoopbackNetwork()
        let server = Server(limits: ServerLimits(idleTime: .seconds(8)), startingThreadsWith: { try network.spawn($0) })
        let listener = try network.listen()
        let thread = try network.spawn {
            try server.serve(listener) { connection in
                try connection.sendAll("x")
                network.shutDown()
                #expect(caught { try connection.receive(atMost: 1) }?.kind == .closed)
            }
        }
        let client = try network.dialInThread()
        #expect(String(try client.receiveExactly(1)) == "x")
        _ = try? thread.join()
        network.shutDown()
        #expect(server.activeCount == 0)
    }

    @Test(
        "Who serves waits in the network's time for handlers that have closed their connections, also without a listener"
    )
    func handlersAlone() throws {
        try LoopbackNetwork.test { network in
            let server = Server(startingThreadsWith: { try network.spawn($0) })
            let listener = try network.listen()
            let thread = try network.spawn {
                try server.serve(listener) { connection in
                    connection.close()
                    try network.sleep(for: .seconds(5))
                }
            }
            let client = try network.dialInThread()
            #expect(try client.receive(atMost: 1) == nil)
            client.close()
            listener.close()
            try thread.join()
            #expect(network.seconds == 5)
        }
    }

    @Test("Who serves keeps no connection that has moved, and that its handler lets go, without a listener")
    func movedAlone() throws {
        try LoopbackNetwork.test { network in
            let server = Server(startingThreadsWith: { try network.spawn($0) })
            let listener = try network.listen()
            let thread = try network.spawn {
                try server.serve(listener) { connection in
                    let moved = connection.erased()
                    _ = try moved.receive(atMost: 1)
                }
            }
            let client = try network.dialInThread()
            try network.sleep(for: .seconds(1))
            listener.close()
            try network.sleep(for: .seconds(1))
            try client.sendAll("x")
            #expect(try client.receive(atMost: 1) == nil)
            try thread.join()
            client.close()
        }
    }

    /// What a test of a network fails with, in which a server serves in threads.
    ///
    /// The server must have ended with the test.
    private func networkFailure(_ body: (LoopbackNetwork, Server) throws -> Void) -> TransportError? {
        let hasEnded = Locked(false)
        defer { #expect(hasEnded.withLock { $0 }) }
        do {
            try LoopbackNetwork.test { network in
                let server = Server(startingThreadsWith: { try network.spawn($0) })
                let listener = try network.listen()
                try network.spawn {
                    defer { hasEnded.withLock { $0 = true } }
                    try server.serve(listener, handler: echoInThread)
                }
                try body(network, server)
            }
            return nil
        } catch {
            return (error as? NetworkFailure)?.underlying as? TransportError
        }
    }

    private func talk(_ network: LoopbackNetwork) throws {
        let client = try network.dialInThread()
        try client.sendAll("x")
        #expect(String(try client.receiveExactly(1)) == "x")
    }

    @Test("Of several listeners, whichever is broken ends the others at once", arguments: [0, 1])
    func broken(number: Int) throws {
        let failure = TransportError(.invalidState, operation: .accept)
        let transports = [0, 1].map { ScriptedListener($0 == number ? [.fail(failure)] : []) }
        let listeners = transports.map { Listener($0) }
        let handler: @Sendable (Connection<ScriptedTransport>) throws -> Void = { _ in }
        let served = BackgroundCall { caught { try Server().serve(listeners, handler: handler) } }
        #expect(try served.value()?.kind == .invalidState)
        #expect(listeners.allSatisfy { $0.isClosed })
    }

    @Test("When no thread can be started, serving ends with that error")
    func noThread() throws {
        try LoopbackNetwork.test { network in
            let server = Server(startingThreadsWith: { _ in throw TransportError(.outOfResources, operation: .open) })
            let listener = try network.listen()
            #expect(caught { try server.serve(listener, handler: echoInThread) }?.kind == .outOfResources)
            #expect(listener.isClosed)
        }
    }
}
