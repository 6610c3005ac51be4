// Where arrays and other memory become the spans that the contract speaks of. `Array.span` would do, but exists only
// from macOS 26 on. Every place that vouches for memory by hand is in this file.

extension MutableByteSegment {
    /// Gives the memory of the segment as an empty output span that `body` fills.
    @inlinable @inline(__always)
    package func withOutputSpan<Result>(
        _ body: (inout OutputRawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        try buffer.withOutputSpan(body)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Gives the memory as an empty output span that `body` fills.
    @inlinable @inline(__always)
    package func withOutputSpan<Result>(
        _ body: (inout OutputRawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        // The memory is initialised (it is the caller's), so nothing is lost by not finalising the span's count.
        var span = OutputRawSpan(buffer: self, initializedCount: 0)
        return try body(&span)
    }
}

extension Array where Element == UInt8 {
    /// Gives the bytes of the array as a span that is valid during `body`.
    @inlinable @inline(__always)
    package func withRawSpan<Result>(
        _ body: (RawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(TransportError) -> Result in
            try body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer)))
        }
    }

    /// Gives the memory of the elements in `range` as an output span that `body` overwrites from its start.
    @inlinable @inline(__always)
    package mutating func withOutputSpan<Result>(
        in range: Range<Int>, _ body: (inout OutputRawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        try withUnsafeMutableBufferPointer { (buffer) throws(TransportError) -> Result in
            let part = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[range]))
            return try part.withOutputSpan(body)
        }
    }
}

extension Collection where Element == UInt8 {
    /// Whether giving the bytes as a span needs no copy.
    @inlinable @inline(__always)
    package var isContiguous: Bool { withContiguousStorageIfAvailable { _ in } != nil }

    /// Gives the bytes of any collection as a span that is valid during `body`; copies only what is not contiguous.
    @inlinable @inline(__always)
    package func withRawSpan<Result>(
        _ body: (RawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        // The standard library's call rethrows any error; the typed one goes round it.
        var result: Result?
        var failure: TransportError?
        withContiguousStorageIfAvailable { buffer in
            do throws(TransportError) {
                result = try body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer)))
            } catch {
                failure = error
            }
        }
        if let result { return result }
        if let failure { throw failure }
        return try [UInt8](self).withRawSpan(body)
    }
}

extension Array where Element == UInt8 {
    /// Appends what `body` puts into an output span of up to so many bytes, also when it throws in the middle.
    @inlinable @inline(__always)
    package mutating func appendBytes<Result>(
        atMost maximum: Int, _ body: (inout OutputRawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        var result: Result?
        try append(addingCapacity: maximum) { (output: inout OutputSpan<UInt8>) throws(TransportError) in
            result = try output.appendBytes(atMost: maximum, body)
        }
        // The standard library calls its closure exactly once, and does not hand its result on.
        guard let result else { throw TransportError(.invalidState, operation: .receive) }
        return result
    }
}

extension OutputSpan where Element == UInt8 {
    /// Appends what `body` puts into an output span of the free capacity, also when it throws in the middle.
    @inlinable @inline(__always)
    package mutating func appendBytes<Result>(
        atMost maximum: Int, _ body: (inout OutputRawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        try withUnsafeMutableBufferPointer { (buffer, count) throws(TransportError) -> Result in
            let free = UnsafeMutableRawBufferPointer(
                UnsafeMutableBufferPointer(rebasing: buffer[count..<min(count + maximum, buffer.count)])
            )
            var span = OutputRawSpan(buffer: free, initializedCount: 0)
            defer { count += span.byteCount }
            return try body(&span)
        }
    }
}
