import TestSupport
import Testing
import TransportCore

@Suite("Retries")
struct RetryTests {
    private let refused = TransportError(.connectionRefused, operation: .connect)
    private let exact = RetryPolicy(maxAttempts: 4, longestPause: .milliseconds(300), jitter: 0)

    /// What the attempts of a body that always fails are at, in milliseconds.
    private func times(
        _ policy: RetryPolicy, _ failure: TransportError, timeout: Duration? = nil
    ) -> (times: [Duration], error: TransportError?) {
        let backend = ScriptedBackend()
        var times: [Duration] = []
        let error = caught {
            try backend.retrying(policy, timeout: timeout) { (_) throws(TransportError) -> Int in
                times.append(backend.clock.elapsed)
                throw failure
            }
        }
        return (times, error)
    }

    @Test("the pauses grow by the factor up to the longest, and the error lists the attempts")
    func growth() {
        let (times, error) = times(exact, refused)
        #expect(times == [.zero, .milliseconds(100), .milliseconds(300), .milliseconds(600)])
        #expect(error?.attempts.count == 4)
        #expect(error?.message == "connection refused, as the last of 4 attempts")
    }

    @Test("a pause that would outlast the time is not begun")
    func timeout() {
        let (times, error) = times(exact, refused, timeout: .milliseconds(300))
        #expect(times == [.zero, .milliseconds(100)])
        #expect(error?.kind == .connectionRefused)
        #expect(error?.attempts.count == 2)
        #expect(error?.message == "connection refused, as the last of 2 attempts, with no time for another")
    }

    @Test("what may have been done is not done again, nor what cannot pass")
    func unsafe() {
        let failures = [
            TransportError(.connectionReset, operation: .send).with(bytesTransferred: 3),
            TransportError(.connectionReset, operation: .receive), TransportError(.timedOut, operation: .receive),
            refused.with(retrySafety: .unknown), TransportError(.noSuchName, operation: .resolve),
            TransportError(.deniedByPolicy, operation: .connect), TransportError(.cancelled, operation: .connect),
            TransportError(.invalidArgument, operation: .connect),
        ]
        for failure in failures {
            #expect(times(exact, failure).times.count == 1, "\(failure)")
            #expect(times(exact, failure).error?.attempts.isEmpty == true)
        }
        for kind in [TransportError.Kind.nameServiceUnavailable, .timedOut] {
            #expect(times(exact, TransportError(kind, operation: .resolve)).times.count == 4)
        }
    }

    @Test("many attempts: the ledger sums up the earlier ones, and the explanation leaves out those between")
    func bounded() {
        var policy = exact
        policy.maxAttempts = 1000
        let error = times(policy, TransportError(.timedOut, operation: .connect).with(address: "a:1")).error
        #expect(error?.message == "timed out, as the last of 1000 attempts")
        #expect(error?.attempts.count == 32, "what is kept has a bound")
        #expect(error?.attemptsLeftOut == 8..<976)
        let ledger = error?.ledger.map(\.description) ?? []
        #expect(ledger.count == 8)
        #expect(ledger.first == "298.5 s: connect in attempts 1 to 996, with their pauses: timed out")
        #expect(
            ledger.suffix(3) == [
                "0 ms: connect a:1, attempt 999 (from 299.1 s on): timed out",
                "300 ms: wait before attempt 1000 (from 299.1 s on)",
                "0 ms: connect a:1, attempt 1000 (from 299.4 s on): timed out",
            ])
        let lines = error?.explanation.split(separator: "\n") ?? []
        #expect(lines.count < 30)
        #expect(lines.contains("  … 988 attempts between"))
        #expect(lines.contains { $0.hasPrefix("  attempt 4: ") } && lines.contains { $0.hasPrefix("  attempt 1000: ") })
    }

    @Test("attempts without an end keep a bounded number of failures", arguments: [31, 32, 33, 34, 5_000])
    func keptFailures(count: Int) {
        let backend = ScriptedBackend()
        let alive = Locked(0)
        var most = 0
        var policy = exact
        policy.maxAttempts = .max
        policy.isRetryable = { $0.kind == .connectionRefused }
        let error = caught {
            try backend.retrying(policy) { (attempt) throws(TransportError) -> Int in
                most = max(most, alive.withLock { $0 })
                let failure = attempt.number < count ? refused : TransportError(.closed, operation: .connect)
                throw failure.with(address: "a:\(attempt.number)").with(underlying: Witness(alive))
            }
        }
        #expect(most <= 32)
        let addresses = (1...count).map { "a:\($0)" }
        #expect(error?.attemptsLeftOut.count == max(0, count - 32))
        #expect(
            error?.attempts.map(\.address) == (count <= 32 ? addresses : addresses.prefix(8) + addresses.suffix(24)))
    }

    @Test("an attempt says for people which it is, and what time is left")
    func attemptText() throws {
        let backend = ScriptedBackend()
        var texts: [String] = []
        _ = caught {
            try backend.retrying(exact, timeout: .milliseconds(250)) { (attempt) throws(TransportError) -> Int in
                texts.append("\(attempt)")
                throw refused
            }
        }
        #expect(texts == ["attempt 1, with 250 ms left", "attempt 2, with 150 ms left"])
        let endless = try backend.retrying { (attempt) throws(TransportError) in "\(attempt), \(attempt.deadline)" }
        #expect(endless == "attempt 1, never")
        #expect("\(Deadline.passed)" == "passed")
        #expect("\(Deadline.at(Instant(nanoseconds: 1_500_000_000)))" == "at 1.5 s of the clock")
    }

    @Test("a condition of one's own decides")
    func condition() {
        var policy = exact
        policy.isRetryable = { $0.kind == .connectionReset }
        #expect(times(policy, TransportError(.connectionReset, operation: .receive)).times.count == 4)
        #expect(times(policy, refused).times.count == 1)
    }

    @Test("chance shortens a pause by its part at most, and follows from the backend's numbers")
    func jitter() {
        var policy = exact
        policy.jitter = 1
        let backend = RandomBackend(base: ScriptedBackend(), number: .max)
        let error = caught {
            try backend.retrying(policy) { (_) throws(TransportError) -> Int in throw refused }
        }
        #expect(error?.attempts.count == 4)
        #expect(backend.base.clock.elapsed < .microseconds(1))
        policy.jitter = 0.5
        let other = RandomBackend(base: ScriptedBackend(), number: 1 << 63)
        _ = caught { try other.retrying(policy) { (_) throws(TransportError) -> Int in throw refused } }
        #expect(other.base.clock.elapsed == .milliseconds(450))
    }

    @Test(
        "numbers without sense do no harm",
        arguments: [
            RetryPolicy(maxAttempts: 0), RetryPolicy(maxAttempts: -1),
            RetryPolicy(
                maxAttempts: 3, firstPause: .seconds(-1), factor: .nan, longestPause: .seconds(-1), jitter: .nan),
            RetryPolicy(
                maxAttempts: 3, firstPause: .seconds(Int64.max), factor: .infinity, longestPause: .seconds(Int64.max)),
        ]
    )
    func senseless(policy: RetryPolicy) {
        #expect(times(policy, refused, timeout: .seconds(1)).error?.kind == .connectionRefused)
    }

    @Test("in a task: the same pauses, and being cancelled in one ends it")
    func suspending() async throws {
        let backend = ScriptedBackend()
        var numbers: [Int] = []
        let result = try await backend.retrying(exact) { (attempt) async throws(TransportError) -> String in
            numbers.append(attempt.number)
            if attempt.number < 3 { throw refused }
            return "there"
        }
        #expect(result == "there")
        #expect(numbers == [1, 2, 3])
        #expect(backend.clock.elapsed == .milliseconds(300))
        let task = Task {
            try await backend.retrying { (_) async throws(TransportError) -> Int in
                withUnsafeCurrentTask { $0?.cancel() }
                throw TransportError(.connectionRefused, operation: .connect)
            }
        }
        let cancelled = await caught(in: task)
        #expect(cancelled?.kind == .cancelled)
        #expect((cancelled?.underlying as? TransportError)?.kind == .connectionRefused)
        #expect(cancelled?.description == "wait: cancelled, in the pause after 1 attempt")
        #expect(cancelled?.ledger.map(\.operation) == [.connect, .wait])
    }
}

/// An error that counts how many there are of it.
private final class Witness: Error {
    private let alive: Locked<Int>

    init(_ alive: Locked<Int>) {
        self.alive = alive
        alive.withLock { $0 += 1 }
    }

    deinit { alive.withLock { $0 -= 1 } }
}

/// A backend whose random numbers are all the same.
private struct RandomBackend: BackendLayer {
    typealias Stream = ScriptedTransport
    typealias StreamListener = ScriptedListener
    typealias Family = IP
    let base: ScriptedBackend
    let number: UInt64
    func randomNumber() -> UInt64 { number }
}
