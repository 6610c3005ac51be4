internal import TransportCore

/// Plays a script on the peer's side of one stream, as far as it goes at each change of the network.
///
/// Used with the network's lock held.
final class ScriptRunner {
    /// The stream, which keeps this object only as long as its client has not closed.
    private let pair: StreamPair
    private let side: Int
    private let connection: Int
    private var steps: ArraySlice<PeerScript.Step>
    private var stepNumber = 1

    /// What has come and was not taken by a step.
    private var received: [UInt8] = []
    /// How many bytes earlier steps have taken.
    private var takenCount = 0
    /// What the latest `expect` took.
    private var latest = PeerScript.Match(count: 0)
    /// What a `reply` that is under way has to send: its closure is asked once.
    private var pendingReply: [UInt8]?
    /// How much of the present `send` is sent.
    private var sentCount = 0
    private var isPausing = false
    private var readsNoMore = false
    /// A closure of the script is asked, without the lock.
    private var isAsking = false
    /// Something has changed meanwhile.
    private var changedWhileAsking = false
    private var staysOpen = false

    private(set) var failure: ScriptFailure?

    init(pair: StreamPair, side: Int, connection: Int, script: PeerScript) {
        self.pair = pair
        self.side = side
        self.connection = connection
        self.steps = script.steps[...]
    }

    /// Why the script did not come to its end, where it did not.
    var leftOver: ScriptFailure? {
        if let failure { return failure }
        if steps.isEmpty, !pair[side].missed.isEmpty { return unexpectedRest(pair[side].missed) }
        guard let step = steps.first else { return nil }
        return .unexpected(connection: connection, step: stepNumber, step, "was never done")
    }

    /// What the client sent that was not in the script.
    var mismatch: ScriptFailure? {
        if let failure { return failure.isAboutBytes ? failure : nil }
        return steps.isEmpty && !pair[side].missed.isEmpty ? unexpectedRest(pair[side].missed) : nil
    }

    /// Goes on as far as possible.
    ///
    /// - Returns: Whether anything was done.
    func advance(_ engine: NetworkEngine) -> Bool {
        guard failure == nil else { return false }
        if isAsking {
            changedWhileAsking = true
            return false
        }
        changedWhileAsking = false
        var didAnything = takeInput()
        while failure == nil, !isPausing, let step = steps.first {
            guard perform(step, engine) else { break }
            pair.record.did(step, stepNumber, side)
            steps.removeFirst()
            stepNumber += 1
            didAnything = true
        }
        if steps.isEmpty, failure == nil, !isPausing { finishLeftOver(engine) }
        return didAnything || changedWhileAsking
    }

    /// Calls a closure of the script. It may use the network, whatever the network was doing.
    private func ask<Answer>(_ engine: NetworkEngine, _ closure: () -> Answer) -> Answer {
        isAsking = true
        defer { isAsking = false }
        return engine.withoutLock(closure)
    }

    /// Does a step. False when it cannot be done yet.
    private func perform(_ step: PeerScript.Step, _ engine: NetworkEngine) -> Bool {
        switch step {
        case .expect(let expected):
            let common = min(expected.count, received.count)
            guard received.prefix(common).elementsEqual(expected.prefix(common)) else {
                fail(
                    .mismatch(
                        connection: connection, step: stepNumber, expected: expected, received: received,
                        offset: takenCount
                    ), engine
                )
                return false
            }
            guard common == expected.count else { return failAtEnd(step, engine) }
            take(PeerScript.Match(count: expected.count))
        case .expectMatching(_, let matches):
            guard let match = ask(engine, { matches(received) }) else { return failAtEnd(step, engine) }
            take(match)
        case .expectEndOfStream, .expectGone:
            guard received.isEmpty else {
                let what = "\(ByteText.quoted(received)) came"
                fail(.unexpected(connection: connection, step: stepNumber, step, what, isAboutBytes: true), engine)
                return false
            }
            if case .expectGone = step, pair[side].isCut { return true }
            guard pair[side].peerHasFinished else { return failWhenCut(step, engine) }
        case .send(let bytes): return send(bytes, step, engine)
        case .reply(let answer):
            let bytes = pendingReply ?? ask(engine) { answer(latest) }
            pendingReply = bytes
            guard send(bytes, step, engine) else { return false }
            pendingReply = nil
        case .sendEndOfStream: try? pair.finish(side, engine)
        case .pause(let nanoseconds):
            isPausing = true
            engine.schedule(after: nanoseconds) { [self] engine in
                isPausing = false
                while advance(engine) {}
                pair.changed(engine)
            }
        case .reset: pair.cut(side, engine)
        case .stopReading: readsNoMore = true
        case .stayOpen: staysOpen = true
        }
        return true
    }

    private func take(_ match: PeerScript.Match) {
        let count = max(0, min(match.count, received.count))
        latest = match
        latest.bytes = Array(received.prefix(count))
        received.removeFirst(count)
        takenCount += count
    }

    private func send(_ bytes: [UInt8], _ step: PeerScript.Step, _ engine: NetworkEngine) -> Bool {
        do throws(TransportError) {
            while sentCount < bytes.count {
                let rest = bytes[sentCount...]
                let result = rest.withUnsafeBytes { memory -> Swift.Result<SendStep, TransportError> in
                    do throws(TransportError) {
                        return .success(try pair.sendAndLog(side, memory, engine))
                    } catch {
                        return .failure(error)
                    }
                }
                guard case .sent(let count) = try result.get() else { return false }
                sentCount += count
            }
            sentCount = 0
            return true
        } catch {
            fail(
                .unexpected(
                    connection: connection, step: stepNumber, step,
                    "\(error.isEnd ? "the client had closed" : "\(error)") after \(sentCount) of \(bytes.count) bytes"
                ), engine
            )
            return false
        }
    }

    /// Takes what has come out of the stream, so that the client can go on sending.
    private func takeInput() -> Bool {
        guard !readsNoMore, !pair[side].isClosed, !pair[side].inbox.isEmpty else { return false }
        let count = pair[side].inbox.count
        let start = received.count
        received.append(contentsOf: repeatElement(0, count: count))
        // All of it, not in chunks: those are for the client, and the script does not look at single receives.
        received.withUnsafeMutableBytes { memory in
            let input = UnsafeMutableRawBufferPointer(rebasing: memory[start...])
            _ = pair[side].take(into: input, atMost: count)
            pair.record.moved(.receive, side, UnsafeRawBufferPointer(input), count)
        }
        return true
    }

    /// An expectation fails when the stream has ended and can no longer meet it.
    private func failAtEnd(_ step: PeerScript.Step, _ engine: NetworkEngine) -> Bool {
        guard pair[side].peerHasFinished else { return failWhenCut(step, engine) }
        let what = received.isEmpty ? "" : " after \(ByteText.quoted(received))"
        fail(.unexpected(connection: connection, step: stepNumber, step, "the client ended its stream\(what)"), engine)
        return false
    }

    private func failWhenCut(_ step: PeerScript.Step, _ engine: NetworkEngine) -> Bool {
        if pair[side].isCut {
            fail(.unexpected(connection: connection, step: stepNumber, step, "the client cut the connection"), engine)
        }
        return false
    }

    /// After the last step the peer closes, unless it is to stay; bytes that nobody expected are a failure.
    private func finishLeftOver(_ engine: NetworkEngine) {
        if !received.isEmpty {
            fail(unexpectedRest(received), engine)
        } else if !pair[side].isClosed, !readsNoMore, !staysOpen {
            pair.close(side, abort: false, engine)
        }
    }

    private func unexpectedRest(_ bytes: [UInt8]) -> ScriptFailure {
        ScriptFailure(
            connection: connection, step: stepNumber, isAboutBytes: true,
            description: "connection \(connection): after the script's last step \(ByteText.quoted(bytes)) came"
        )
    }

    /// Remembers the failure, and has the client see a reset that carries it.
    private func fail(_ failure: ScriptFailure, _ engine: NetworkEngine) {
        self.failure = failure
        pair.cause = failure
        pair.cut(side, engine)
    }
}

extension TransportError {
    /// Whether the peer is why sending failed, and not a fault.
    fileprivate var isEnd: Bool { kind == .brokenPipe || kind == .connectionReset }
}
