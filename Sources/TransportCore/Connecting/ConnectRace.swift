/// The attempts to reach a host: which come when, which are under way, and what became of them.
///
/// It makes the decisions of RFC 8305, waits for nothing and looks at no clock: the blocking and the suspending form of
/// connecting do what ``move(at:)`` says and tell what came of it.
struct ConnectRace<Stream: Transport> where Stream.Family == IP {
    /// What is to be done next.
    enum Move {
        /// Await the next part of the look-up.
        case lookUp(until: Deadline)
        /// Open a stream to an address to which there is no alternative now.
        case open(IP.SocketAddress)
        /// Begin an attempt besides those that are under way.
        case begin(IP.SocketAddress)
        /// Wait for any of the attempts that are under way.
        case wait(until: Deadline)
        /// Nothing is left to be done.
        case giveUp
    }

    /// An attempt that is under way.
    struct Attempt {
        let stream: Stream
        /// What would let it go on.
        var need: Need
        /// Which of the attempts it is.
        let number: Int
    }

    /// What became of an attempt.
    private struct Record {
        let address: IP.SocketAddress
        let began: Instant
        let limit: Deadline
        var ended: Instant?
        var failure: TransportError?
    }

    private let host: String
    private let strategy: ConnectStrategy
    private let began: Instant
    private let end: Deadline

    private var candidates: CandidateQueue
    private var records: [Record] = []
    private(set) var running: [Attempt] = []
    /// When the next attempt may begin besides those that are under way; nil for at once.
    private var nextBegin: Instant?
    /// The attempt whose failure was the last one to be told.
    private var lastFailed: Int?
    private var isCancelled = false

    private var isLookUpOver = false
    private var lookUpEnd: Instant?
    private var lookUpFailure: TransportError?
    /// Until when addresses of the preferred family are waited for.
    private var familyEnd: Instant?
    /// Whether the look-up was asked since there was something else to do.
    private var hasLooked = false

    init(_ host: String, _ strategy: ConnectStrategy, from began: Instant, until end: Deadline) {
        self.host = host
        self.strategy = strategy
        self.began = began
        self.end = end
        candidates = CandidateQueue(strategy)
    }

    // MARK: Looking up

    /// How long to wait, at least, before a look-up is asked again that is all there is to be done while attempts are under
    /// way.
    private static var lookUpPause: Duration { .milliseconds(10) }

    /// Takes the address of a host that needs no look-up.
    mutating func take(_ numeric: IP.SocketAddress) {
        candidates.add([numeric])
        isLookUpOver = true
    }

    /// Takes a part of the look-up's answer, or that there was none in time.
    mutating func take(_ part: ResolverAnswerPart?, at now: Instant) {
        guard let part else {
            guard end.hasPassed(at: now), candidates.isEmpty else { return }
            return lookUpFailed(TransportError(.timedOut, operation: .resolve).with(address: host), at: now)
        }
        candidates.add(part.addresses, isLast: part.isLast, preference: part.preference)
        lookUpFailure = lookUpFailure ?? part.failure
        hasLooked = false
        if part.isLast {
            isLookUpOver = true
            lookUpEnd = now
        } else if familyEnd == nil, !part.addresses.isEmpty {
            familyEnd = now.advanced(by: strategy.resolutionDelay)
        }
    }

    /// Takes that the look-up has failed.
    mutating func lookUpFailed(_ error: TransportError, at now: Instant) {
        isLookUpOver = true
        lookUpEnd = now
        lookUpFailure = error.asPart(of: .resolve)
        if error.kind == .noSuchName, let advice = HostMistake.advice(for: host) {
            lookUpFailure = lookUpFailure?.with(advice: advice)
        }
        isCancelled = isCancelled || error.kind == .cancelled
    }

    // MARK: Attempts

    /// What is to be done next.
    mutating func move(at now: Instant) -> Move {
        if isCancelled { return .giveUp }
        if records.isEmpty, !isLookUpOver {
            if candidates.isEmpty { return .lookUp(until: end) }
            let limit = min(end, familyEnd.map(Deadline.at) ?? .passed)
            if !candidates.hasPreferred, !limit.hasPassed(at: now) { return .lookUp(until: limit) }
        }
        if !records.isEmpty, end.hasPassed(at: now) { return .giveUp }
        if running.isEmpty { return moveWithoutAttempts() }
        return moveWithAttempts(at: now)
    }

    private mutating func moveWithoutAttempts() -> Move {
        if !isLookUpOver, candidates.isEmpty { return .lookUp(until: end) }
        if let look = lookBeforeAttempt() { return look }
        guard let address = candidates.popNext() else { return .giveUp }
        let isAlone = !strategy.isConcurrent || (candidates.isEmpty && isLookUpOver)
        return isAlone ? .open(address) : .begin(address)
    }

    private mutating func moveWithAttempts(at now: Instant) -> Move {
        let limit = running.map { records[$0.number].limit }.min() ?? end
        if candidates.isEmpty || !strategy.isConcurrent {
            guard !isLookUpOver else { return .wait(until: min(limit, end)) }
            // A thread waits for attempts or for a look-up, not for both: it looks at the latter every so often.
            defer { hasLooked.toggle() }
            guard hasLooked else { return .lookUp(until: .passed) }
            return .wait(until: min(limit, now.nextLook(since: began, after: Self.lookUpPause)))
        }
        if let nextBegin, nextBegin > now { return .wait(until: min(limit, .at(nextBegin))) }
        if let look = lookBeforeAttempt() { return look }
        guard let address = candidates.popNext() else { return .giveUp }
        return .begin(address)
    }

    /// Has the look-up asked before an attempt, so that addresses of the other family come when it is their turn.
    private mutating func lookBeforeAttempt() -> Move? {
        guard !isLookUpOver, !records.isEmpty else { return nil }
        guard !hasLooked else {
            hasLooked = false
            return nil
        }
        hasLooked = true
        return .lookUp(until: .passed)
    }

    /// Notes that an attempt begins.
    ///
    /// - Returns: Its number, and until when it may take.
    mutating func beginAttempt(at address: IP.SocketAddress, _ now: Instant) -> (number: Int, limit: Deadline) {
        let limit = strategy.attemptTimeout.map { min(end, .at(now.advanced(by: $0))) } ?? end
        records.append(Record(address: address, began: now, limit: limit))
        nextBegin = now.advanced(by: strategy.attemptDelay)
        return (records.count - 1, limit)
    }

    /// Notes that an attempt is under way, and how.
    mutating func goesOn(_ stream: Stream, _ number: Int, _ need: Need) {
        running.append(Attempt(stream: stream, need: need, number: number))
    }

    /// Notes that an attempt has failed; the next one begins at once.
    mutating func failed(_ number: Int, _ error: TransportError, at now: Instant) {
        let error = error.asAttempt(at: place(of: records[number]))
        records[number].ended = now
        records[number].failure = error
        lastFailed = number
        nextBegin = nil
        isCancelled = isCancelled || error.kind == .cancelled
    }

    /// Goes on with every attempt that is under way, after a wait; those whose time is up fail.
    ///
    /// - Returns: The stream that is connected, the first one begun if there are several. The others are closed then.
    mutating func goOn(at now: Instant) -> Stream? {
        var index = 0
        while index < running.count {
            let attempt = running[index]
            do throws(TransportError) {
                switch try attempt.stream.tryEstablish() {
                case .done:
                    running.remove(at: index)
                    closeAll()
                    return attempt.stream
                case .wouldBlock(let need):
                    guard !records[attempt.number].limit.hasPassed(at: now) else {
                        throw attempt.stream.timedOutEstablishing
                    }
                    running[index].need = need
                    index += 1
                }
            } catch {
                running.remove(at: index)
                attempt.stream.close()
                failed(attempt.number, error, at: now)
            }
        }
        return nil
    }

    /// Takes that waiting has failed: for the one attempt that was waited for, or for all of them.
    mutating func waitFailed(_ error: TransportError, at now: Instant) {
        let waiting = running
        closeAll()
        for attempt in waiting { failed(attempt.number, error, at: now) }
        // What ends all at once is nothing that another address would change.
        if waiting.count > 1 { isCancelled = true }
    }

    /// Closes the attempts that are under way.
    mutating func closeAll() {
        for attempt in running { attempt.stream.close() }
        running = []
    }

    // MARK: The end

    /// Gives everything up: the error that says what became of it all.
    mutating func giveUp(at now: Instant) -> TransportError {
        for attempt in running {
            let error = attempt.stream.timedOutEstablishing  // asked before it is closed
            attempt.stream.close()
            failed(attempt.number, error, at: now)
        }
        running = []
        let ledger = ledger(at: now)
        guard let lastFailed, let last = records[lastFailed].failure else {
            let none = TransportError(.noAddressForName, operation: .resolve).with(address: host)
            return (lookUpFailure ?? none).with(ledger: ledger)
        }
        let attempts = records.compactMap { record in
            record.failure.map { failure in failure.with(ledger: [entry(of: record, at: now)]) }
        }
        let error = last.with(attempts: attempts).with(ledger: ledger)
        guard attempts.count > 1 else { return error }
        return error.with(
            message: "\(last.message), as the last of \(attempts.count) attempts to reach \(QuotedInput.bare(host))")
    }

    /// Where the time went.
    private func ledger(at now: Instant) -> [TransportError.TimeSpent] {
        var ledger: [TransportError.TimeSpent] = []
        let lookUpEnd = lookUpEnd ?? (isLookUpOver ? nil : now)
        if let lookUpEnd {
            ledger.append(
                TransportError.TimeSpent(
                    .resolve, on: host, from: .zero, to: began.duration(to: lookUpEnd), failure: lookUpFailure?.kind
                )
            )
        }
        return ledger + records.map { entry(of: $0, at: now) }
    }

    /// Where an attempt leads, as errors name it.
    private func place(of record: Record) -> String { IP.place(record.address, host) }

    private func entry(of record: Record, at now: Instant) -> TransportError.TimeSpent {
        TransportError.TimeSpent(
            record.failure?.operation ?? .connect, on: place(of: record),
            from: began.duration(to: record.began), to: began.duration(to: record.ended ?? now),
            failure: record.failure?.kind
        )
    }
}

extension TransportError {
    /// The error of an attempt to reach an address.
    func asAttempt(at address: some CustomStringConvertible) -> TransportError {
        let error = asPart(of: .connect)
        return error.address == nil ? error.with(address: address) : error
    }
}
