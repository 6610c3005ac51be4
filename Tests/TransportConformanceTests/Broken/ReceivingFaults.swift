import TransportCore

// Transports that do something wrong with what they receive.

/// Exchanges the first two bytes of what it receives.
struct Reorders<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let before = buffer.byteCount
        let step = try lower.tryReceive(into: &buffer)
        if case .received(let count) = step, count > 1 {
            buffer.withUnsafeMutableBytes { memory, _ in memory.swapAt(before, before + 1) }
        }
        return step
    }
}

/// Writes behind the memory that it was given.
struct WritesBehindTheBuffer<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let step = try lower.tryReceive(into: &buffer)
        // The case offers the middle of some memory, so this harms nobody but the case.
        buffer.withUnsafeMutableBytes { memory, _ in
            if let base = memory.baseAddress { base.storeBytes(of: 0x66, toByteOffset: memory.count, as: UInt8.self) }
        }
        return step
    }
}

/// Says that it received more than it did.
struct CountsTooMany<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard case .received(let count) = try lower.tryReceive(into: &buffer), count > 0 else {
            return .wouldBlock(.readable)
        }
        return .received(count + 1)
    }
}

/// Gives the end as a count of 0.
struct EndsWithZero<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let step = try lower.tryReceive(into: &buffer)
        return step == .endOfStream ? .received(0) : step
    }
}

/// Never tells of the end.
struct LosesTheEnd<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let step = try lower.tryReceive(into: &buffer)
        return step == .endOfStream ? .wouldBlock(.readable) : step
    }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try lower.wait(for: Need([], notBefore: lower.now.advanced(by: .seconds(60))), until: deadline)
    }
}

/// Tells of the end once, and then makes something up.
final class ForgetsTheEnd<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let isTold = Locked(false)

    init(lower: Lower) { self.lower = lower }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let step = try lower.tryReceive(into: &buffer)
        guard step == .endOfStream,
            isTold.withLock({ told in
                defer { told = true }; return told
            })
        else { return step }
        buffer.append(0)
        return .received(1)
    }
}

/// Takes a wait that ended for nothing for data.
struct TakesReadinessForData<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let step = try lower.tryReceive(into: &buffer)
        guard case .wouldBlock = step else { return step }
        buffer.append(0)
        return .received(1)
    }
}

/// Takes no room for a reason to wait.
struct WaitsForNoRoom<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        buffer.freeCapacity == 0 ? .wouldBlock(.readable) : try lower.tryReceive(into: &buffer)
    }
}

/// Fills the arrays of a scattering receive from the last one on.
struct ScattersFromTheEnd<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        for index in segments.indices.reversed() where segments[index].count > 0 {
            return try segments[index].buffer.withOutputSpan { (span: inout OutputRawSpan) throws(TransportError) in
                try lower.tryReceive(into: &span)
            }
        }
        return .received(0)
    }
}

/// Receives more than it is asked for, and does not say that it holds the rest.
final class HoldsInputInSecret<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let held = Locked<[UInt8]>([])

    init(lower: Lower) { self.lower = lower }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        if held.withLock({ $0.isEmpty }) {
            var piece = [UInt8](repeating: 0, count: 512)
            let step = try piece.withOutputSpan(in: 0..<512) { (span: inout OutputRawSpan) throws(TransportError) in
                try lower.tryReceive(into: &span)
            }
            guard case .received(let count) = step else { return step }
            held.withLock { $0 = [UInt8](piece.prefix(count)) }
        }
        let room = buffer.freeCapacity
        let bytes = held.withLock { held in
            defer { held.removeFirst(min(room, held.count)) }
            return [UInt8](held.prefix(room))
        }
        for byte in bytes { buffer.append(byte) }
        return .received(bytes.count)
    }
}
