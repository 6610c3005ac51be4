import TestSupport
import Testing
import TransportCore

/// Connecting in tasks, with the same budgets and errors as in threads.
@Suite("Connecting in tasks", .unlessHung)
struct SuspendingConnectTests {
    private static let v4 = IP.Address.v4(.loopback)
    private static let other = IP.Address.v4(IPv4.Address(192, 0, 2, 1))
    private let v4 = IP.SocketAddress.v4(.loopback(port: 80))
    private let other = IP.SocketAddress(Self.other, port: 80)
    private let refused = TransportError(.connectionRefused, operation: .connect)

    private func backend(_ establishing: [ProgressAction], mode: IOMode = .blocking) -> ScriptedBackend {
        ScriptedBackend(
            scripts: [v4: TransportScript(establishing: establishing)], defaults: BackendDefaults(mode: mode)
        )
    }

    @Test("a task is suspended until it is connected")
    func connects() async throws {
        let backend = backend([.pending(until: .seconds(75)), .done])
        let connection = try await backend.connect(to: v4)
        #expect(backend.clock.elapsed == .seconds(75))
        #expect(try connection.remoteAddress == v4)
        #expect(backend.opened[0].trace.contains { $0.isWait })
    }

    @Test("a time limit ends exactly, with the address, and nothing is left open")
    func timeout() async throws {
        for backend in [backend([.stuck], mode: try .timeout(.seconds(3))), backend([.stuck])] {
            let error = await caught {
                try await backend.connect(to: v4, deadline: backend.clock.deadline(.seconds(3)))
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.operation == .connect)
            #expect(error?.address == "127.0.0.1:80")
            #expect(backend.clock.elapsed == .seconds(3))
            #expect(backend.opened[0].isClosed)
        }
        #expect(await caught { try await backend([.stuck]).connect(to: v4, timeout: .zero) }?.kind == .timedOut)
        #expect(await caught { try await backend([]).connect(to: v4, deadline: .passed) }?.kind == .timedOut)
    }

    @Test("nonblocking mode returns at once, and establishing goes on")
    func nonblocking() async throws {
        let backend = backend([.pending(until: .seconds(5))], mode: .nonblocking)
        let connection = try await backend.connect(to: v4)
        #expect(backend.opened[0].trace.isEmpty)
        try await connection.establish(timeout: .seconds(9))
        #expect(backend.clock.elapsed == .seconds(5))
    }

    @Test("CAN-11: cancelling ends the attempt at once, and nothing is left open")
    func cancel() async throws {
        let network = ScriptedBackend(names: ["echo": .addresses([Self.v4, Self.other])])
        let stuck = ScriptedTransport(TransportScript(establishing: [.stuck]))
        for byName in [true, false] {
            let task = Task {
                let backend = OneStream(backend: network, stream: stuck)
                _ =
                    if byName {
                        try await backend.connect(host: "echo", port: 80, strategy: .sequential)
                    } else {
                        try await backend.connect(to: v4)
                    }
            }
            #expect(await stuck.untilBlocked())
            task.cancel()
            let error = await caught(in: task)
            #expect(error?.kind == .cancelled)
            #expect(error?.operation == .connect)
            #expect(error?.address == "127.0.0.1:80")
            // The second address is not tried.
            #expect(error?.attempts.count == (byName ? 1 : 0))
            #expect(stuck.isClosed)
            stuck.reopen()
        }
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await network.connect(host: "echo", port: 80)
        }
        #expect(await caught(in: early)?.kind == .cancelled)
        #expect(network.resolver.queries.count == 1)
        #expect(network.attempts.isEmpty)
    }

    @Test("by name: each address in turn, one budget, and the failures in order")
    func byName() async throws {
        let backend = ScriptedBackend(
            scripts: [other: TransportScript(establishing: [.pending(until: .seconds(2)), .fail(refused)])],
            names: ["echo": .addresses([Self.other, Self.v4]), "dead": .addresses([Self.other])],
            resolving: .seconds(1)
        )
        let connection = try await backend.connect(host: "echo", port: 80, timeout: .seconds(3))
        #expect(try connection.remoteAddress == v4)
        #expect(backend.attempts == [other, v4])
        #expect(backend.opened.map(\.isClosed) == [true, false])
        // The second attempt has not waited for the first one to fail.
        #expect(backend.clock.elapsed == .milliseconds(1250))
        #expect(backend.resolver.deadlines == [backend.clock.deadline(.seconds(3))])
        #expect(await caught { try await backend.connect(host: "nobody", port: 80) }?.kind == .noSuchName)
        let error = await caught { try await backend.connect(host: "dead", port: 80) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.attempts.count == 1)
        let direct = try await backend.connect(host: "127.0.0.1", port: 80)
        #expect(try direct.remoteAddress == v4)
        #expect(backend.resolver.queries.count == 3)
    }
}

/// A backend that opens one stream, again and again.
private struct OneStream: ResolvingBackend {
    let backend: ScriptedBackend
    let stream: ScriptedTransport

    var now: Instant { backend.now }
    var defaults: BackendDefaults { backend.defaults }
    var resolver: StubResolver { backend.resolver }
    func randomNumber() -> UInt64 { backend.randomNumber() }
    func sleep(until instant: Instant) { backend.sleep(until: instant) }

    func beginOpen(
        to address: IP.SocketAddress, options: StreamOptions<IP>
    ) throws(TransportError) -> ScriptedTransport { stream }

    func beginListening(
        on address: IP.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> ScriptedListener { try backend.beginListening(on: address, options: options) }
}
