import TestSupport
import Testing
import TransportCore

@Suite("A call that must not wait lets others go on when it could do nothing")
struct PollingTests {
    /// Counts how often others may go on, and tries to receive meanwhile: another operation must not be in its way.
    private final class Polite<Lower: Transport>: TransportLayer {
        let lower: Lower
        let count = Locked(0)
        let whileOthersGoOn = Locked<@Sendable () -> Void>({})

        init(_ lower: Lower) { self.lower = lower }

        func letOthersGoOn() {
            count.withLock { $0 += 1 }
            whileOthersGoOn.withLock { $0 }()
        }

        /// How often it was since the last question.
        func taken() -> Int {
            count.withLock { count in
                defer { count = 0 }
                return count
            }
        }
    }

    @Test("Once for each call that would block, never for one that may wait or that did something")
    func calls() throws {
        let script = TransportScript(
            receiving: [.bytes([1, 2])], sending: [.accept(2), .clog], establishing: [.wouldBlock(.writable)],
            shuttingDown: [.wouldBlock(.writable)]
        )
        let layer = Polite(ScriptedTransport(script))
        let connection = Connection(AnyTransport(layer), mode: .nonblocking)
        #expect(caught { try connection.establish() }?.kind == .wouldBlock)
        #expect(layer.taken() == 1)
        try connection.establish()
        #expect(try connection.receive(atMost: 1) == [1])
        #expect(layer.taken() == 0)
        #expect(caught { try connection.receiveExactly(2) }?.partialData == [2])
        #expect(layer.taken() == 1)
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .wouldBlock)
        #expect(layer.taken() == 1)
        #expect(caught { try connection.sendAll("four") }?.bytesTransferred == 2)
        #expect(layer.taken() == 1)
        #expect(caught { try connection.shutdownWrite() }?.kind == .wouldBlock)
        #expect(layer.taken() == 1)
        #expect(caught { try connection.receive(atMost: 1, timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(layer.taken() == 0)
    }

    @Test("The direction is free while others go on")
    func directionIsFree() throws {
        let layer = Polite(ScriptedTransport())
        let connection = Connection(layer, mode: .nonblocking)
        let kinds = Locked<[TransportError.Kind?]>([])
        layer.whileOthersGoOn.withLock { [unowned connection, unowned layer] in
            $0 = {
                guard layer.count.withLock(\.self) == 1 else { return }
                let error = caught { try connection.receive(atMost: 1) }
                kinds.withLock { $0.append(error?.kind) }
            }
        }
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .wouldBlock)
        #expect(kinds.withLock(\.self) == [.wouldBlock])
    }

    @Test("Also the calls of tasks")
    func tasks() async throws {
        let layer = Polite(ScriptedTransport(TransportScript(sending: [.clog])))
        let connection = Connection(layer, mode: .nonblocking)
        #expect(await caught { try await connection.receive(atMost: 1) }?.kind == .wouldBlock)
        #expect(await caught { try await connection.sendAll("x") }?.kind == .wouldBlock)
        #expect(layer.taken() == 2)
    }
}
