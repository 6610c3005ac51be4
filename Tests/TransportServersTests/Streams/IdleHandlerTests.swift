import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore
import TransportServers

@Suite("What counts as idle")
struct IdleHandlerTests {
    private let eightSeconds = ServerLimits(idleTime: .seconds(8))

    @Test("A handler that is at work for a client, which waits for the answer, is not idle; afterwards it is")
    func atWork() async throws {
        let reports = Reports()
        try await LoopbackNetwork.test { network in
            let server = Server(limits: eightSeconds, report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener) { connection in
                while let question = try await connection.receive(atMost: 10) {
                    try await network.sleep(for: .seconds(100))
                    try await connection.sendAll(question)
                }
            }
            let client = try await network.dial()
            try await client.sendAll("x")
            #expect(String(try await client.receive(atMost: 10)) == "x")
            #expect(network.seconds == 100)
            #expect(try await client.receive(atMost: 10) == nil)
            #expect((108...110).contains(network.seconds), "eight seconds after the answer, or a quarter longer")
            client.close()
            await server.stop(within: .zero)
            try await served
        }
        #expect(reports.kinds == [.idle])
    }

    @Test("A proxy's client is not idle while the server behind it works")
    func proxy() async throws {
        let reports = Reports()
        try await LoopbackNetwork.test { network in
            let server = Server(limits: eightSeconds, report: reports.add)
            let behind = Server()
            let listener = try network.listen()
            let behindListener = try network.listen(port: 4000)
            async let served: Void = server.serve(listener) { client in
                guard let question = try await client.receive(atMost: 10) else { return }
                let upstream = try await network.dial(from: "server", port: 4000)
                try await upstream.sendAll(question)
                try await client.sendAll(try await upstream.receive(atMost: 10) ?? [])
                upstream.close()
            }
            async let servedBehind: Void = behind.serve(behindListener) { connection in
                guard let question = try await connection.receive(atMost: 10) else { return }
                try await network.sleep(for: .seconds(300))
                try await connection.sendAll(question)
            }
            let client = try await network.dial()
            try await client.sendAll("x")
            #expect(String(try await client.receive(atMost: 10)) == "x")
            #expect(network.seconds == 300)
            client.close()
            await server.stop(within: .seconds(1))
            await behind.stop(within: .seconds(1))
            _ = try await (served, servedBehind)
        }
        #expect(reports.kinds == [])
    }

    @Test("Stopping closes nothing over which a handler still works")
    func stopping() async throws {
        let reports = Reports()
        try await LoopbackNetwork.test { network in
            let server = Server(report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener) { connection in
                while let question = try await connection.receive(atMost: 10) {
                    try await network.sleep(for: .seconds(10))
                    try await connection.sendAll(question)
                }
            }
            let client = try await network.dial()
            try await client.sendAll("x")
            try await network.sleep(for: .seconds(1))
            async let summary = server.stop(within: .seconds(30), closingIdleAfter: .seconds(2))
            #expect(String(try await client.receive(atMost: 10)) == "x")
            #expect(network.seconds == 10)
            #expect(try await client.receive(atMost: 10) == nil)
            #expect((12...12.5).contains(network.seconds), "it was kept for another question")
            #expect(await summary == StopSummary(drained: 1))
            client.close()
            try await served
        }
        #expect(reports.kinds == [.idle])
    }

    @Test(
        "A connection that moves in its handler, as with STARTTLS, is idle, has its time and is cut like the others",
        arguments: [1, 2, 3])
    func moved(times: Int) async throws {
        let reports = Reports()
        try await LoopbackNetwork.test { network in
            let server = Server(
                limits: ServerLimits(idleTime: .seconds(8), connectionTime: .seconds(60)), report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener) { connection in
                var moved = connection.erased()
                // Those in between are gone.
                for _ in 1..<times { moved = moved.erased() }
                while let bytes = try await moved.receive(atMost: 10) { try await moved.sendAll(bytes) }
            }
            let idle = try await network.dial()
            #expect(try await idle.receive(atMost: 10) == nil)
            #expect((8...10).contains(network.seconds))
            let busy = try await network.dial()
            let start = network.seconds
            while (try? await busy.sendAll("x")) != nil, (try? await busy.receive(atMost: 10)) != nil {
                try await network.sleep(for: .seconds(5))
            }
            #expect((60...65).contains(network.seconds - start), "\(network.seconds - start)")
            let last = try await network.dial()
            try await last.sendAll("x")
            #expect(String(try await last.receiveExactly(1)) == "x")
            #expect(await server.stop(within: .zero) == StopSummary(aborted: 1))
            try await served
            for client in [idle, busy, last] { client.close() }
        }
        #expect(reports.kinds == [.idle, .overtime])
    }

    @Test("The same in threads: a connection that has moved is idle, and stopping cuts it", arguments: [1, 2, 3])
    func movedInThread(times: Int) throws {
        let reports = Reports()
        try LoopbackNetwork.test { network in
            let server = Server(
                limits: eightSeconds, report: reports.add, startingThreadsWith: { try network.spawn($0) })
            let listener = try network.listen()
            let thread = try network.spawn {
                try server.serve(listener) { connection in
                    var moved = connection.erased()
                    for _ in 1..<times { moved = moved.erased() }
                    while try moved.receive(atMost: 10) != nil {}
                }
            }
            let idle = try network.dialInThread()
            #expect(try idle.receive(atMost: 10) == nil)
            #expect((8...10).contains(network.seconds))
            let last = try network.dialInThread()
            try network.sleep(for: .seconds(1))
            #expect(server.stop(within: .zero) == StopSummary(aborted: 1))
            try thread.join()
            for client in [idle, last] { client.close() }
        }
        #expect(reports.kinds == [.idle])
    }

    @Test("A connection that moves while the server cuts it is cut where it has gone")
    func movedWhileCut() throws {
        try LoopbackNetwork.test { network in
            let server = Server(startingThreadsWith: { try network.spawn($0) })
            let place = Locked<(old: MockConnection?, new: Connection<AnyTransport<IP>>?)>((nil, nil))
            let stops = Locked(0)
            var backend = network.backend(on: "server")
            // When stopping has seen which connection it is to cut, and has not cut it yet.
            backend.defaults.observer = AcceptObserver {
                guard server.isStopping,
                    stops.withLock({
                        $0 += 1; return $0
                    }) == 2
                else { return }
                place.withLock { $0.new = $0.old?.erased() }
            }
            let listener = try backend.listen(on: .v4(.any(port: 7)))
            let thread = try network.spawn {
                try server.serve(listener) { connection in
                    place.withLock { $0.old = connection }
                    try network.sleep(for: .seconds(1))
                    let moved = place.withLock { place in
                        defer { place = (nil, nil) }
                        return place.new
                    }
                    _ = try moved?.receive(atMost: 1, timeout: .seconds(5))
                }
            }
            let client = try network.dialInThread()
            try network.sleep(for: .milliseconds(1))
            #expect(server.stop(within: .zero) == StopSummary(aborted: 1))
            #expect(stops.withLock { $0 } >= 2)
            #expect(caught { _ = try client.receive(atMost: 1) }?.kind == .connectionReset)
            #expect(network.seconds < 1)
            try thread.join()
            client.close()
        }
    }

    @Test("Waiting until a connection is readable is waiting for it, and so is sending to a peer that reads nothing")
    func waits() async throws {
        let reports = Reports()
        let filler = [UInt8](repeating: 0, count: 10_000_000)
        try await LoopbackNetwork.test(allowing: .notes) { network in
            let server = Server(limits: eightSeconds, report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener) { connection in
                if server.activeCount == 1 { _ = try await connection.wait(for: .readable) }
                try await connection.sendAll(filler)
            }
            let first = try await network.dial()
            try await network.sleep(for: .milliseconds(1))
            let second = try await network.dial()
            #expect(try await first.receive(atMost: 10) == nil)
            #expect((8...10).contains(network.seconds))
            try await network.sleep(for: .seconds(3))
            #expect(server.activeCount == 0)
            while try await second.receive(atMost: 1_000_000) != nil {}
            for client in [first, second] { client.close() }
            await server.stop(within: .zero)
            try await served
        }
        #expect(reports.kinds == [.idle, .idle])
    }

    @Test("The same in threads: who works is not idle, who waits is")
    func threads() throws {
        let reports = Reports()
        try LoopbackNetwork.test { network in
            let server = Server(
                limits: eightSeconds, report: reports.add, startingThreadsWith: { try network.spawn($0) })
            let listener = try network.listen()
            let thread = try network.spawn {
                try server.serve(listener) { connection in
                    guard let question = try connection.receive(atMost: 10) else { return }
                    try network.sleep(for: .seconds(100))
                    try connection.sendAll(question)
                    _ = try connection.wait(for: .readable)
                }
            }
            let client = try network.dialInThread()
            try client.sendAll("x")
            #expect(String(try client.receive(atMost: 10)) == "x")
            #expect(network.seconds == 100)
            #expect(try client.receive(atMost: 10) == nil)
            #expect((108...110).contains(network.seconds))
            client.close()
            server.stop(within: .zero)
            try thread.join()
        }
        #expect(reports.kinds == [.idle])
    }

    @Test("A handler that has something to say later notices that its client is idle, or gone, by receiving besides")
    func receivingBesides() async throws {
        let reports = Reports()
        try await LoopbackNetwork.test { network in
            let server = Server(limits: eightSeconds, report: reports.add)
            let listener = try network.listen()
            async let served: Void = server.serve(listener) { connection in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { while try await connection.receive(atMost: 10) != nil {} }
                    group.addTask {
                        try await network.sleep(for: .seconds(1000))
                        try await connection.sendAll("news")
                    }
                    try await group.next()
                    group.cancelAll()
                }
            }
            let silent = try await network.dial()
            let brief = try await network.dial()
            try await network.sleep(for: .seconds(1))
            brief.close()
            try await network.sleep(for: .seconds(1))
            #expect(server.activeCount == 1)
            #expect(try await silent.receive(atMost: 10) == nil)
            #expect(network.seconds <= 10)
            silent.close()
            await server.stop(within: .zero)
            try await served
        }
        #expect(reports.kinds == [.idle])
    }
}

/// Does something whenever a listener begins something.
private struct AcceptObserver: OperationObserver {
    let action: @Sendable () -> Void

    init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    func operationWillBegin(_ operation: TransportError.Operation, on subject: ObservedSubject) {
        if operation == .accept { action() }
    }

    func operationDidEnd(
        _ operation: TransportError.Operation, on subject: ObservedSubject, outcome: OperationOutcome
    ) {}
    func droppedWithoutClosing(_ subject: ObservedSubject) {}
}
