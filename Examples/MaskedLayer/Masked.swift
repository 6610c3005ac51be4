public import TransportCore

/// A layer that sends every byte with some bits turned over, and receives it so.
///
/// It hides nothing from anybody. It shows what a layer that changes bytes has to do, and what it need not.
public struct Masked<Lower: Transport>: TransportLayer {
    /// The addresses are those of the transport below.
    public typealias Family = Lower.Family

    /// The transport below.
    public let lower: Lower

    /// The bits that are turned over.
    private let mask: UInt8

    /// Puts a layer over a transport.
    public init(over lower: Lower, mask: UInt8) {
        self.lower = lower
        self.mask = mask
    }

    /// Sends what the transport below takes of the masked bytes.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        // No more than is taken at a time: what is sent later is masked then.
        let masked = bytes.withUnsafeBytes { $0.prefix(65_536).map { $0 ^ mask } }
        return try lower.trySend(masked.span.bytes)
    }

    /// Receives, and turns the bits back where the bytes are.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let start = buffer.byteCount
        let step = try lower.tryReceive(into: &buffer)
        buffer.withUnsafeMutableBytes { bytes, end in
            for index in start..<end { bytes[index] ^= mask }
        }
        return step
    }

    /// Sends the first run. Forwarded as it is, the call would pass by the mask.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        for index in segments.indices where segments[index].count > 0 {
            return try trySend(segments[index].buffer.bytes)
        }
        return .sent(0)
    }

    /// Fills the first run that has room.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        for index in segments.indices where segments[index].count > 0 {
            var buffer = OutputRawSpan(buffer: segments[index].buffer, initializedCount: 0)
            return try tryReceive(into: &buffer)
        }
        return .received(0)
    }

    /// The facts of the transport below, less what the layer does not keep.
    public var facts: TransportFacts { lower.facts.subtracting(.vectored) }
}
