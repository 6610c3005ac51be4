internal import TransportCore

/// Each part has a thread, and its calls block.
struct BlockingDriver {
    let scene: Scene

    func run(_ parts: [Part]) throws {
        guard let first = parts.first else { return }
        let failure = FirstFailure(scene)
        let joins = try parts.dropFirst().map { part in
            try scene.bench.spawn { failure.catching { try perform(part) } }
        }
        failure.catching { try perform(first) }
        for join in joins { try scene.ended(join) }
        try failure.rethrow()
    }

    func perform(_ part: Part) throws {
        for act in part.acts {
            try scene.trace.around(part.label, act) { Self.outcome(of: act.operation, at: part.end) }
        }
    }

    /// Does an operation with the calls that wait.
    static func outcome(of operation: Operation, at end: any StreamEnd) -> Outcome {
        var received: [UInt8] = []
        do throws(TransportError) {
            switch operation {
            case .send(let bytes): try end.sendAll(bytes, .none)
            case .receive(let count): return .received(try end.receiveExactly(count, .none))
            case .receiveToEnd:
                while let bytes = try end.receive(atMost: receivingPiece, .none) { received += bytes }
                return .ended(after: received)
            case .sendUntilFailure(let most):
                let piece = [UInt8](repeating: 0x55, count: sendingPiece)
                for _ in 0...(most / piece.count) { try end.sendAll(piece, .none) }
            case .shutdownWrite: try end.shutdownWrite(.none)
            case .close: end.close()
            case .abort: end.abort()
            }
            return .done
        } catch {
            if error.kind == .unexpectedEnd { return .ended(after: error.partialData) }
            return .failed(error, after: received + error.partialData)
        }
    }
}

/// The first failure of several parts; whoever waits for a part that failed is cut loose.
final class FirstFailure: Sendable {
    private let scene: Scene
    private let failure = Locked<(any Error)?>(nil)

    init(_ scene: Scene) { self.scene = scene }

    func catching(_ body: () throws -> Void) {
        do { try body() } catch { record(error) }
    }

    func record(_ error: any Error) {
        let isFirst = failure.withLock { first in
            defer { first = first ?? error }
            return first == nil
        }
        if isFirst { scene.cut(because: error) }
    }

    func rethrow() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
