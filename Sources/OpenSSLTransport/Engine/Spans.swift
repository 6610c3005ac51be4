internal import TransportCore

extension OutputRawSpan {
    /// Gives the free memory to a body that fills it from its start and says how much it filled.
    @inline(__always)
    mutating func withFreeMemory(
        _ body: (UnsafeMutableRawBufferPointer) throws(TransportError) -> ReceiveStep
    ) throws(TransportError) -> ReceiveStep {
        try withUnsafeMutableBytes { (buffer, count) throws(TransportError) -> ReceiveStep in
            let step = try body(UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if case .received(let more) = step { count += more }
            return step
        }
    }
}
