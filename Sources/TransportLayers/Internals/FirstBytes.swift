internal import TransportCore

// Copies of what passed, for layers that show it.

extension Span where Element == ByteSegment {
    /// The first so many bytes of the segments.
    func firstBytes(_ maximum: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in indices where bytes.count < maximum {
            bytes += self[index].buffer.prefix(maximum - bytes.count)
        }
        return bytes
    }
}

extension Span where Element == MutableByteSegment {
    /// The first so many bytes of the segments.
    func firstBytes(_ maximum: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in indices where bytes.count < maximum {
            bytes += self[index].buffer.prefix(maximum - bytes.count)
        }
        return bytes
    }
}
