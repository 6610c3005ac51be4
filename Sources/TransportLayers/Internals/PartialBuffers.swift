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

/// One run of bytes in the table of a vectored call, of either kind.
protocol TableSegment: BitwiseCopyable {
    var count: Int { get }
    /// Its first so many bytes; all of them when there are fewer.
    func first(_ maximum: Int) -> Self
}

extension ByteSegment: TableSegment {
    func first(_ maximum: Int) -> ByteSegment {
        ByteSegment(UnsafeRawBufferPointer(rebasing: buffer.prefix(maximum)))
    }
}

extension MutableByteSegment: TableSegment {
    func first(_ maximum: Int) -> MutableByteSegment {
        MutableByteSegment(UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(maximum)))
    }
}

extension Span where Element: TableSegment {
    /// How many bytes the segments have together.
    var byteCount: Int {
        var count = 0
        for index in indices { count += self[index].count }
        return count
    }

    /// Gives a table of the first so many bytes, of 64 segments at most.
    func withFirstBytes<Result>(
        _ maximum: Int, _ body: (Span<Element>) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        let source = self
        return try withSegmentTable(Swift.min(count, largestSegmentTable)) {
            (table: UnsafeMutableBufferPointer<Element>) throws(TransportError) -> Result in
            var rest = maximum
            for index in table.indices {
                table[index] = source[index].first(rest)
                rest -= table[index].count
            }
            return try body(Span(_unsafeElements: UnsafeBufferPointer(table)))
        }
    }
}
