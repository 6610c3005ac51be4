import TransportCore

// Transports that do something wrong with what they are given to send.

/// Says that it took one byte more than it did when it did not take all.
struct LosesAByteOfAShortSend<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        let step = try lower.trySend(bytes)
        guard case .sent(let count) = step, count < bytes.byteCount else { return step }
        return .sent(count + 1)
    }
}

/// Does not send the last of several bytes.
struct DropsTheLastByte<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        guard bytes.byteCount > 1 else { return try lower.trySend(bytes) }
        let step = try lower.trySend(bytes.extracting(0..<bytes.byteCount - 1))
        return step == .sent(bytes.byteCount - 1) ? .sent(bytes.byteCount) : step
    }
}

/// Sends everything twice.
struct DeliversTwice<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        let step = try lower.trySend(bytes)
        if case .sent(let count) = step { _ = try lower.trySend(bytes.extracting(0..<count)) }
        return step
    }
}

/// Keeps the caller's memory, and sends what is in it when it is flushed.
final class HoldsTheCallersMemory<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let held = Locked<Held?>(nil)

    /// Not sendable, and that is the fault.
    private struct Held: @unchecked Sendable {
        let memory: UnsafeRawBufferPointer
    }

    init(lower: Lower) { self.lower = lower }

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        bytes.withUnsafeBytes { memory in held.withLock { $0 = Held(memory: memory) } }
        return .sent(bytes.byteCount)
    }

    func tryFlush() throws(TransportError) -> ProgressStep {
        if let memory = held.withLock({ $0.take() })?.memory {
            _ = try lower.trySend(RawSpan(_unsafeBytes: memory))
        }
        return try lower.tryFlush()
    }
}

/// Keeps the last byte until it is flushed, and does not say so.
final class KeepsATail<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let tail = Locked<UInt8?>(nil)

    init(lower: Lower) { self.lower = lower }

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        guard bytes.byteCount > 0 else { return .sent(0) }
        _ = try tryFlush()
        let step = try lower.trySend(bytes.extracting(0..<bytes.byteCount - 1))
        guard step == .sent(bytes.byteCount - 1) else { return step }
        bytes.withUnsafeBytes { memory in tail.withLock { $0 = memory.last } }
        return .sent(bytes.byteCount)
    }

    func tryFlush() throws(TransportError) -> ProgressStep {
        if let byte = tail.withLock({ $0.take() }) {
            _ = try [byte].withRawSpan { (span) throws(TransportError) in try lower.trySend(span) }
        }
        return try lower.tryFlush()
    }
}

/// Makes a byte of nothing.
struct SendsSomethingForNothing<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        guard bytes.byteCount == 0 else { return try lower.trySend(bytes) }
        _ = try [UInt8(0)].withRawSpan { (span) throws(TransportError) in try lower.trySend(span) }
        return .sent(0)
    }
}

/// Says that it took all runs when it took the first.
struct CountsAllRunsForTheFirst<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        guard case .sent(let count) = try lower.trySend(gathering: segments), count > 0 else {
            return .wouldBlock(.writable)
        }
        return .sent(segments.indices.reduce(0) { $0 + segments[$1].count })
    }
}

/// Takes as much as it likes, in a network that is to do the same every time.
struct TakesAsItLikes<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        guard bytes.byteCount > 0 else { return .sent(0) }
        return try lower.trySend(bytes.extracting(0..<Int.random(in: 1...bytes.byteCount)))
    }
}
