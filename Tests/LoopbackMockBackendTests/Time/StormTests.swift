import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// Everything at once, above all for the thread sanitizer.
@Suite("Storms")
struct StormTests {
    private typealias Call = Task<TransportError.Kind?, Never>

    /// What the threads of strangers find to close and to cancel.
    private final class Prey: Sendable {
        private let state = Locked((connections: [MockConnection](), calls: [Call](), isOver: false))

        func add(_ connection: MockConnection) { state.withLock { $0.connections.append(connection) } }
        func add(_ call: Call) { state.withLock { $0.calls.append(call) } }
        func end() { state.withLock { $0.isOver = true } }

        /// Closes and cancels what there is until the end.
        ///
        /// - Returns: How much that was.
        func hunt(in network: LoopbackNetwork) -> Int {
            var count = 0
            while true {
                let (connection, call, isOver) = state.withLock { state in
                    (state.connections.popLast(), state.calls.popLast(), state.isOver)
                }
                call?.cancel()
                if count % 2 == 0 { connection?.close() } else { connection?.abort() }
                if connection != nil || call != nil {
                    count += 1
                } else if isOver {
                    return count
                } else {
                    _ = network.log.events.count
                }
            }
        }
    }

    @Test(
        "Tasks of a network that strangers cancel and close meanwhile all come to an end",
        arguments: [NetworkClock.virtual, .real]
    )
    func tasks(_ clock: NetworkClock) async throws {
        let network = LoopbackNetwork(clock: clock)
        let listener = try network.backend(on: "server").listen(port: 1)
        let prey = Prey()
        let strangers = (0..<2).map { _ in BackgroundCall { prey.hunt(in: network) } }
        let outcomes = try await network.run {
            try await withThrowingTaskGroup(of: [TransportError.Kind?].self) { group in
                group.addTask {
                    await withTaskGroup { connections in
                        while let connection = try? await listener.accept() {
                            connections.addTask { try? await Self.echo(connection) }
                        }
                    }
                    return []
                }
                for _ in 0..<8 {
                    group.addTask {
                        var outcomes: [TransportError.Kind?] = []
                        for round in 0..<25 {
                            let call = Call(executorPreference: network.executor) {
                                await Self.ask(network, round % 3 == 0 ? prey : nil)
                            }
                            if round % 3 == 1 { prey.add(call) }
                            outcomes.append(await call.value)
                        }
                        return outcomes
                    }
                }
                var outcomes: [TransportError.Kind?] = []
                while outcomes.count < 8 * 25, let more = try await group.next() { outcomes += more }
                listener.close()
                try await group.waitForAll()
                return outcomes
            }
        }
        prey.end()
        for stranger in strangers { _ = try stranger.value() }
        // Whom nobody touched has its answer; the others may have had it before.
        #expect(outcomes.filter { $0 == nil }.count >= 8 * 8)
        let allowed: Set<TransportError.Kind> = [
            .closed, .cancelled, .connectionReset, .brokenPipe, .unexpectedEnd, .connectionAborted,
        ]
        #expect(Set(outcomes.compactMap(\.self)).subtracting(allowed) == [])
    }

    /// Sends everything back.
    private static func echo(_ connection: MockConnection) async throws {
        var buffer = [UInt8](repeating: 0, count: 64)
        while let count = try await connection.receive(into: &buffer) {
            try await connection.sendAll(buffer.span.bytes.extracting(0..<count))
        }
        connection.close()
    }

    /// Asks the server once, over a connection that others may close.
    ///
    /// - Returns: Why there was no answer; nil when there was the right one.
    private static func ask(_ network: LoopbackNetwork, _ prey: Prey?) async -> TransportError.Kind? {
        do throws(TransportError) {
            let connection = try await network.backend().connect(host: "server", port: 1, timeout: .seconds(30))
            prey?.add(connection)
            try await connection.sendAll(pattern(64))
            let answer = try await connection.receiveExactly(64, timeout: .seconds(30))
            connection.close()
            return answer == pattern(64) ? nil : .invalidState
        } catch {
            return error.kind
        }
    }
}
