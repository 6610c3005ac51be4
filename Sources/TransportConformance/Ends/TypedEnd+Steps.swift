internal import TransportCore

// The steps of the transport, past the connection and its rules.
extension TypedEnd {
    func tryReceive(atMost count: Int) throws(TransportError) -> (step: ReceiveStep, bytes: [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        let step = try bytes.withOutputSpan(in: 0..<count) { (span: inout OutputRawSpan) throws(TransportError) in
            let step = try transport.tryReceive(into: &span)
            filled = span.byteCount
            return step
        }
        return (step, [UInt8](bytes.prefix(filled)))
    }

    func trySend(_ bytes: [UInt8]) throws(TransportError) -> SendStep {
        try bytes.withRawSpan { (span) throws(TransportError) in try transport.trySend(span) }
    }

    func trySend(_ memory: UnsafeRawBufferPointer) throws(TransportError) -> SendStep {
        // The caller keeps the memory until this returns.
        try transport.trySend(RawSpan(_unsafeBytes: memory))
    }

    func tryReceive(scatteringInto arrays: inout [[UInt8]]) throws(TransportError) -> ReceiveStep {
        let sizes = arrays.map(\.count)
        var memory = [UInt8](joining: arrays)
        let step = try memory.withUnsafeMutableBufferPointer { (buffer) throws(TransportError) -> ReceiveStep in
            let segments = UnsafeMutableRawBufferPointer(buffer).parts(of: sizes).map(MutableByteSegment.init)
            return try segments.withUnsafeBufferPointer { (table) throws(TransportError) in
                try transport.tryReceive(scatteringInto: Span(_unsafeElements: table))
            }
        }
        arrays = memory.split(into: sizes)
        return step
    }

    func trySend(gathering segments: [[UInt8]]) throws(TransportError) -> SendStep {
        var memory = [UInt8](joining: segments)
        return try memory.withUnsafeMutableBufferPointer { (buffer) throws(TransportError) -> SendStep in
            let parts = UnsafeMutableRawBufferPointer(buffer).parts(of: segments.map(\.count))
            let table = parts.map { ByteSegment(UnsafeRawBufferPointer($0)) }
            return try table.withUnsafeBufferPointer { (table) throws(TransportError) in
                try transport.trySend(gathering: Span(_unsafeElements: table))
            }
        }
    }

    func tryFlush() throws(TransportError) -> ProgressStep { try transport.tryFlush() }

    func tryShutdownWrite() throws(TransportError) -> ProgressStep { try transport.tryShutdownWrite() }

    func waitStep(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try transport.wait(for: need, until: deadline)
    }

    func ready(for need: Need) async throws(TransportError) { try await transport.ready(for: need) }

    func closeTransport() { transport.close() }
}

extension UnsafeMutableRawBufferPointer {
    /// The memory in runs of some sizes, one after the other.
    fileprivate func parts(of sizes: [Int]) -> [UnsafeMutableRawBufferPointer] {
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return UnsafeMutableRawBufferPointer(rebasing: self[start..<start + size])
        }
    }
}

extension [UInt8] {
    /// All arrays, one after the other.
    init(joining arrays: [[UInt8]]) {
        self = []
        for array in arrays { append(contentsOf: array) }
    }

    /// The bytes in arrays of some sizes, one after the other.
    func split(into sizes: [Int]) -> [[UInt8]] {
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return [UInt8](self[start..<start + size])
        }
    }
}
