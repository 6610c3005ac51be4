internal import TransportCore

/// Each part has a task, and its calls suspend that.
struct AsyncDriver {
    let scene: Scene

    func run(_ parts: [Part]) throws {
        let failure = FirstFailure(scene)
        let tasks = try parts.map { part in
            try scene.start {
                do { try await perform(part) } catch { failure.record(error) }
            }
        }
        for task in tasks { try scene.waitForEnd(of: task) }
        try failure.rethrow()
    }

    func perform(_ part: Part) async throws {
        for act in part.acts {
            scene.trace.begin(part.label, act)
            try scene.trace.end(part.label, act, await Self.outcome(of: act.operation, at: part.end))
        }
    }

    /// Does an operation with the calls that suspend.
    static func outcome(of operation: Operation, at end: any StreamEnd) async -> Outcome {
        var received: [UInt8] = []
        do throws(TransportError) {
            switch operation {
            case .send(let bytes): try await end.sendAll(bytes, suspending: .none)
            case .receive(let count): return .received(try await end.receiveExactly(count, suspending: .none))
            case .receiveToEnd:
                while let bytes = try await end.receive(atMost: receivingPiece, suspending: .none) { received += bytes }
                return .ended(after: received)
            case .sendUntilFailure(let most):
                let piece = [UInt8](repeating: 0x55, count: sendingPiece)
                for _ in 0...(most / piece.count) { try await end.sendAll(piece, suspending: .none) }
            case .shutdownWrite: try await end.shutdownWrite(suspending: .none)
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
