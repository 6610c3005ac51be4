internal import TransportCore

// Parts of what a call was given, for layers that let less pass.

extension OutputRawSpan {
    /// Gives the first part of the free capacity as an output span that `body` fills.
    mutating func withFreeBytes<Result>(
        atMost maximum: Int, _ body: (inout OutputRawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        if maximum >= freeCapacity { return try body(&self) }
        return try withUnsafeMutableBytes { (bytes, count) throws(TransportError) -> Result in
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[count..<count + maximum])
            var span = OutputRawSpan(buffer: part, initializedCount: 0)
            defer { count += span.byteCount }
            return try body(&span)
        }
    }
}

extension Span where Element == ByteSegment {
    /// How many bytes the segments have together.
    var byteCount: Int {
        var count = 0
        for index in indices { count += self[index].count }
        return count
    }

    /// Gives a table of the first so many bytes, of 64 segments at most.
    func withFirstBytes<Result>(
        _ maximum: Int, _ body: (Span<ByteSegment>) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        let source = self
        return try withSegmentTable(Swift.min(count, 64)) {
            (table: UnsafeMutableBufferPointer<ByteSegment>) throws(TransportError) -> Result in
            var rest = maximum
            for index in table.indices {
                let buffer = source[index].buffer
                let part = UnsafeRawBufferPointer(rebasing: buffer.prefix(rest))
                rest -= part.count
                table[index] = ByteSegment(part)
            }
            return try body(Span(_unsafeElements: UnsafeBufferPointer(table)))
        }
    }
}

extension Span where Element == MutableByteSegment {
    /// How much room the segments have together.
    var byteCount: Int {
        var count = 0
        for index in indices { count += self[index].count }
        return count
    }

    /// Gives a table of the first so many bytes, of 64 segments at most.
    func withFirstBytes<Result>(
        _ maximum: Int, _ body: (Span<MutableByteSegment>) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        let source = self
        return try withSegmentTable(Swift.min(count, 64)) {
            (table: UnsafeMutableBufferPointer<MutableByteSegment>) throws(TransportError) -> Result in
            var rest = maximum
            for index in table.indices {
                let buffer = source[index].buffer
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest))
                rest -= part.count
                table[index] = MutableByteSegment(part)
            }
            return try body(Span(_unsafeElements: UnsafeBufferPointer(table)))
        }
    }
}
