import TestSupport
import Testing
import TransportCore

/// Establishing, waiting, ending and closing in tasks.
@Suite("Establishing and ending in tasks", .unlessHung)
struct SuspendingEndingTests {
    @Test("establishing: begun in nonblocking mode, gone on with in a task")
    func establish() async throws {
        let connection = Connection(
            ScriptedTransport(TransportScript(establishing: [.pending(until: .seconds(5))])), mode: .nonblocking
        )
        #expect(await caught { try await connection.establish() }?.kind == .wouldBlock)
        let error = await caught { try await connection.establish(timeout: .seconds(3)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .connect)
        try await connection.establish(timeout: .seconds(3))
        #expect(connection.transport.clock.elapsed == .seconds(5))
    }

    @Test("establishing: a failure ends both directions, a cancellation neither")
    func establishFails() async throws {
        let refused = TransportError(.connectionRefused, operation: .connect)
        let transport = ScriptedTransport(TransportScript(establishing: [.stuck]))
        let connection = Connection(transport)
        let task = Task { try await connection.establish() }
        #expect(await transport.untilBlocked())
        #expect(await caught { try await connection.receive(atMost: 1) }?.kind == .busy)
        task.cancel()
        let error = await caught(in: task)
        #expect(error?.kind == .cancelled)
        #expect(error?.operation == .connect)
        transport.rewrite { $0.establishing = [.fail(refused)] }
        #expect(await caught { try await connection.establish() }?.kind == .connectionRefused)
        #expect(await caught { try await connection.receive(atMost: 1) }?.kind == .connectionRefused)
        #expect(await caught { try await connection.send([1]) }?.kind == .connectionRefused)
    }

    @Test("waiting: true when it may be possible, false when the time is up")
    func wait() async throws {
        let transport = ScriptedTransport(
            TransportScript(receiving: [.at(.seconds(2), .text("x"))], sending: [.clog])
        )
        let connection = Connection(transport)
        #expect(try await !connection.wait(for: .readable, timeout: .seconds(1)))
        #expect(try await !connection.wait(for: .writable, timeout: .zero))
        #expect(transport.clock.elapsed == .seconds(1))
        #expect(try await connection.wait(for: [.readable, .writable]))
        #expect(transport.clock.elapsed == .seconds(2))
        #expect(try await connection.wait(for: .readable, deadline: .passed))
        #expect(await caught { try await connection.wait(for: []) }?.kind == .invalidArgument)
        transport.rewrite {
            $0.receiving = []
            $0.hasBufferedInput = true
        }
        #expect(try await connection.wait(for: .readable))
        let task = Task { try await connection.wait(for: .writable) }
        #expect(await transport.untilBlocked())
        task.cancel()
        #expect(await caught(in: task)?.kind == .cancelled)
    }

    @Test("waiting is observed")
    func observedWait() async throws {
        let observer = RecordingObserver()
        let connection = Connection(ScriptedTransport(), observer: observer)
        #expect(try await !connection.wait(for: .readable, timeout: .zero))
        connection.close()
        #expect(await caught { try await connection.wait(for: .readable) }?.kind == .closed)
        #expect(observer.log == ["begin wait", "end wait done 0", "begin close", "end close done 0"])
    }

    @Test("closing wakes whoever is suspended, in both directions")
    func closeWakes() async {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport)
        let receive = Task { try await connection.receiveExactly(4) }
        let send = Task { try await connection.sendAll("x") }
        let wait = Task { try await connection.wait(for: .readable) }
        #expect(await transport.untilBlocked(3))
        connection.close()
        #expect(await caught(in: receive)?.kind == .closed)
        #expect(await caught(in: send)?.kind == .closed)
        #expect(await caught(in: wait)?.kind == .closed)
    }

    @Test("ending the sending direction suspends while a layer hands over, and can be cancelled and repeated")
    func shutdownWrite() async throws {
        let transport = ScriptedTransport(TransportScript(shuttingDown: [.stuck]))
        let connection = Connection(transport)
        let task = Task { try await connection.shutdownWrite() }
        #expect(await transport.untilBlocked())
        #expect(await caught { try await connection.send([1]) }?.kind == .busy)
        task.cancel()
        let error = await caught(in: task)
        #expect(error?.kind == .cancelled)
        #expect(error?.operation == .shutdownWrite)
        try await connection.sendAll("x")
        transport.rewrite { $0.shuttingDown = [.pending(until: .seconds(2))] }
        try await connection.shutdownWrite(timeout: .seconds(3))
        try await connection.shutdownWrite()
        #expect(transport.clock.elapsed == .seconds(2))
        #expect(await caught { try await connection.send([1]) }?.kind == .brokenPipe)
    }

    @Test("closing gracefully: complete in time, or closed all the same")
    func closeGracefully() async throws {
        let good = ScriptedTransport(TransportScript(finishing: [.pending(until: .seconds(3)), .done]))
        #expect(try await Connection(good).close(timeout: .seconds(5)))
        #expect(good.clock.elapsed == .seconds(3))
        let stuck = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let connection = Connection(stuck)
        #expect(await caught { try await connection.close(timeout: .seconds(-1)) }?.kind == .invalidArgument)
        #expect(!connection.isClosed)
        #expect(try await !connection.close(timeout: .seconds(5)))
        #expect(stuck.clock.elapsed == .seconds(5))
        #expect(stuck.isClosed)
        #expect(await !connection.close(deadline: .never))
    }

    @Test("CAN-10: a task that is cancelled still closes")
    func closeCancelled() async throws {
        let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let connection = Connection(transport)
        let task = Task { await connection.close(deadline: .never) }
        #expect(await transport.untilBlocked())
        task.cancel()
        #expect(await !task.value)
        #expect(transport.isClosed)

        let quick = ScriptedTransport()
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await Connection(quick).close(deadline: .never)
        }
        #expect(await early.value)
        #expect(quick.isClosed)
    }

    @Test("closing gracefully is cut short by close()")
    func cutShort() async {
        let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let connection = Connection(transport)
        let task = Task { await connection.close(deadline: .never) }
        #expect(await transport.untilBlocked())
        connection.close()
        #expect(await !task.value)
    }
}
