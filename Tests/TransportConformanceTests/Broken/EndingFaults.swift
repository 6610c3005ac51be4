import TransportCore

// Transports that end in the wrong way.

/// Does not close while somebody waits.
final class ClosesWithoutWaking<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let waiting = Locked(0)

    init(lower: Lower) { self.lower = lower }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        waiting.withLock { $0 += 1 }
        defer { waiting.withLock { $0 -= 1 } }
        return try lower.wait(for: need, until: deadline)
    }

    func close() {
        if waiting.withLock({ $0 == 0 }) { lower.close() }
    }
}

/// Opens again when it is closed twice.
final class OpensWhenClosedTwice<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let isClosed = Locked(false)

    init(lower: Lower) { self.lower = lower }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        if isClosed.withLock({ $0 }) { throw .closed(.receive) }
        return try lower.tryReceive(into: &buffer)
    }

    func close() { isClosed.withLock { $0.toggle() } }
}

/// Takes what is sent after it was closed.
final class SendsAfterClosing<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let isClosed = Locked(false)

    init(lower: Lower) { self.lower = lower }

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        isClosed.withLock({ $0 }) ? .sent(bytes.byteCount) : try lower.trySend(bytes)
    }

    func close() {
        isClosed.withLock { $0 = true }
        lower.close()
    }
}

/// Ends both directions when it is to end one.
struct EndsBothDirections<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        lower.close()
        return .done
    }
}

/// Fails when it is to end a direction that has ended.
final class EndsADirectionOnce<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let count = Locked(0)

    init(lower: Lower) { self.lower = lower }

    func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        guard
            count.withLock({
                $0 += 1; return $0
            }) == 1
        else {
            throw TransportError(.brokenPipe, operation: .shutdownWrite)
        }
        return try lower.tryShutdownWrite()
    }
}

/// Goes on sending after it ended that direction.
final class SendsAfterEnding<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let hasEnded = Locked(false)

    init(lower: Lower) { self.lower = lower }

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        hasEnded.withLock({ $0 }) ? .sent(bytes.byteCount) : try lower.trySend(bytes)
    }

    func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        hasEnded.withLock { $0 = true }
        return try lower.tryShutdownWrite()
    }
}

/// Says of a reset that the connection can still be used.
struct ForgetsAReset<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        do throws(TransportError) {
            return try lower.tryReceive(into: &buffer)
        } catch {
            throw error.with(aftermath: .usable)
        }
    }
}

/// Closes when it is to cut.
struct ClosesInPlaceOfCutting<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func abort() { lower.close() }
}

/// Cuts when it is to close.
struct CutsInPlaceOfClosing<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func close() { lower.abort() }
}

/// Takes what is sent to a peer that has gone.
struct SendsToNobody<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        do throws(TransportError) {
            return try lower.trySend(bytes)
        } catch {
            guard error.kind == .brokenPipe else { throw error }
            return .sent(bytes.byteCount)
        }
    }
}
