public import TransportCore

/// A stream that passes no more bytes in a time than it is told to, in each direction.
///
/// Nothing is held back but time: bytes are not taken from below, or not given to it, before their time. A call that has to
/// wait does so in the transport's own time, without being woken in vain.
public struct Throttled<Lower: Transport>: TransportLayer {
    /// The addresses are of the family of the transport below.
    public typealias Family = Lower.Family

    /// The transport below.
    public let lower: Lower

    /// `throttled`.
    public static var kind: String { "throttled" }

    /// The limit for what is received; nil for none.
    public let receiving: RateLimiter?

    /// The limit for what is sent; nil for none.
    public let sending: RateLimiter?

    /// Puts the layer over a transport.
    ///
    /// - Parameters:
    ///   - lower: The transport below.
    ///   - receiving: The limit for what is received; nil for none.
    ///   - sending: The limit for what is sent; nil for none.
    public init(over lower: Lower, receiving: RateLimiter?, sending: RateLimiter?) {
        self.lower = lower
        self.receiving = receiving
        self.sending = sending
    }

    // MARK: Steps

    /// Receives as much as may pass now.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard let receiving, buffer.freeCapacity > 0 else { return try lower.tryReceive(into: &buffer) }
        return try passing(buffer.freeCapacity, receiving) { (grant) throws(TransportError) in
            try buffer.withFreeBytes(atMost: grant) { (part: inout OutputRawSpan) throws(TransportError) in
                try lower.tryReceive(into: &part)
            }
        }
    }

    /// Sends as much as may pass now.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        guard let sending, bytes.byteCount > 0 else { return try lower.trySend(bytes) }
        return try passing(bytes.byteCount, sending) { (grant) throws(TransportError) in
            try lower.trySend(bytes.extracting(first: grant))
        }
    }

    /// Receives into several buffers, as much as may pass now.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        let total = segments.byteCount
        guard let receiving, total > 0 else { return try lower.tryReceive(scatteringInto: segments) }
        return try passing(total, receiving) { (grant) throws(TransportError) in
            if grant == total { return try lower.tryReceive(scatteringInto: segments) }
            return try segments.withFirstBytes(grant) { (part) throws(TransportError) in
                try lower.tryReceive(scatteringInto: part)
            }
        }
    }

    /// Sends several runs of bytes as one, as much as may pass now.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        let total = segments.byteCount
        guard let sending, total > 0 else { return try lower.trySend(gathering: segments) }
        return try passing(total, sending) { (grant) throws(TransportError) in
            if grant == total { return try lower.trySend(gathering: segments) }
            return try segments.withFirstBytes(grant) { (part) throws(TransportError) in
                try lower.trySend(gathering: part)
            }
        }
    }

    /// Lets bytes pass as far as a limiter grants them, and gives back what was not used.
    private func passing<Step: ThrottledStep>(
        _ count: Int, _ limiter: RateLimiter, _ body: (_ grant: Int) throws(TransportError) -> Step
    ) throws(TransportError) -> Step {
        switch limiter.ask(for: min(count, limiter.burst), at: lower.now) {
        case .notBefore(let instant): return .wouldBlock(Need([], notBefore: instant))
        case .bytes(let grant):
            var used = 0
            defer { limiter.giveBack(grant - used) }
            let step = try body(grant)
            used = step.passedCount
            return step
        }
    }

    // MARK: Waiting

    /// Waits below, and before that until something may pass.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        if let instant = blockedUntil(need) {
            guard try lower.wait(for: Need([], notBefore: instant), until: deadline) else { return false }
        }
        return try lower.wait(for: need, until: deadline)
    }

    /// Waits below, and before that until something may pass.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        if let instant = blockedUntil(need) {
            guard try await lower.ready(for: Need([], notBefore: instant), until: deadline) else { return false }
        }
        return try await lower.ready(for: need, until: deadline)
    }

    /// Until when nothing may pass in the one direction that somebody waits for. Who waits for either is not kept back.
    private func blockedUntil(_ need: Need) -> Instant? {
        switch need.interest {
        case .readable: receiving?.nextInstant(at: lower.now)
        case .writable: sending?.nextInstant(at: lower.now)
        default: nil
        }
    }

    /// What the transport below knows: what may pass is not there without it.
    public func isKnownUnready(for interest: Need.Interest) -> Bool { lower.isKnownUnready(for: interest) }
}

/// A step that moves bytes.
private protocol ThrottledStep {
    static func wouldBlock(_ need: Need) -> Self
    var passedCount: Int { get }
}

extension ReceiveStep: ThrottledStep {
    fileprivate var passedCount: Int { if case .received(let count) = self { count } else { 0 } }
}

extension SendStep: ThrottledStep {
    fileprivate var passedCount: Int { if case .sent(let count) = self { count } else { 0 } }
}
