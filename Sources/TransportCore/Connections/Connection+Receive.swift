extension Connection {
    /// Receives up to the free capacity of a buffer, waiting for the first bytes.
    ///
    /// What is there is returned; the call does not wait for the buffer to fill. One system call in blocking mode, one
    /// more with a timeout, and no allocation. The corresponding C function is `recv`.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go. With no free capacity the call returns 0 at once.
    ///   - timeout: How long to wait for the first bytes. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for them. The default, nil, is what ``mode`` says.
    /// - Returns: How many bytes were received, or nil when the peer has ended its stream.
    /// - Throws: ``TransportError/Kind/timedOut`` and, in nonblocking mode, ``TransportError/Kind/wouldBlock``, after
    ///   which the call can be repeated; ``TransportError/Kind/connectionReset`` and other ends of the connection, which
    ///   every later call repeats; ``TransportError/Kind/busy``; ``TransportError/Kind/closed``.
    @inlinable
    public func receive(
        into buffer: inout OutputRawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Int? {
        let limit = try control.limit(timeout, deadline, .receive, clock: transport)
        try begin(.receive, .receive)
        do throws(TransportError) {
            let count = try receiveSome(into: &buffer, limit)
            end(.receive, .receive, count.map { .done(bytes: $0) } ?? .endOfStream)
            return count
        } catch {
            end(.receive, .receive, failed: error)
            throw error
        }
    }

    /// Receives up to the size of an array, into the array, from its start.
    ///
    /// Like the form for spans. Elements after the received ones keep their values.
    ///
    /// - Parameters:
    ///   - array: Where the bytes go.
    ///   - count: How many bytes to receive at most, from 0 to the array's size. The default is the array's size.
    ///   - timeout: How long to wait for the first bytes. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for them. The default, nil, is what ``mode`` says.
    /// - Returns: How many bytes were received, or nil when the peer has ended its stream.
    /// - Throws: As for spans, and ``TransportError/Kind/invalidArgument`` when `count` is out of range.
    @inlinable
    public func receive(
        into array: inout [UInt8], count: Int? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Int? {
        let count = try checkCount(count, of: array)
        return try array.withOutputSpan(in: 0..<count) { (span: inout OutputRawSpan) throws(TransportError) in
            try receive(into: &span, timeout: timeout, deadline: deadline)
        }
    }

    /// Receives up to a number of bytes into a new array.
    ///
    /// The forms that fill a buffer do without the new array.
    ///
    /// - Parameters:
    ///   - maximum: How many bytes to receive at most, 0 or more. A small power of two such as 4,096 is a good choice;
    ///     one call gives at most 1 MiB.
    ///   - timeout: How long to wait for the first bytes. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for them. The default, nil, is what ``mode`` says.
    /// - Returns: The bytes, exactly as many as were received, or nil when the peer has ended its stream.
    /// - Throws: As for spans, and ``TransportError/Kind/invalidArgument`` when `maximum` is negative.
    @inlinable
    public func receive(
        atMost maximum: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> [UInt8]? {
        try checkCount(maximum)
        var count: Int?
        let capacity = min(maximum, largestAllocation)
        let bytes = try [UInt8](capacity: capacity) { (output: inout OutputSpan<UInt8>) throws(TransportError) in
            count = try output.appendBytes(atMost: capacity) { (span: inout OutputRawSpan) throws(TransportError) in
                try receive(into: &span, timeout: timeout, deadline: deadline)
            }
        }
        return count == nil ? nil : bytes
    }

    /// Receives until a buffer has no free capacity.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go.
    ///   - timeout: How long to wait for all of them. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for all of them. The default, nil, is what ``mode`` says.
    /// - Throws: ``TransportError/Kind/unexpectedEnd`` when the stream ends before, and what `receive` throws.
    ///   ``TransportError/bytesTransferred`` says how many bytes are in the buffer; they stay there.
    @inlinable
    public func receiveExactly(
        into buffer: inout OutputRawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, .receive, clock: transport)
        try begin(.receive, .receive)
        var received = 0
        do throws(TransportError) {
            try receiveAll(into: &buffer, limit, received: &received)
            end(.receive, .receive, .done(bytes: received))
        } catch {
            end(.receive, .receive, failed: error)
            throw error
        }
    }

    /// Receives exactly as many bytes as an array has, into the array. Like the form for spans.
    @inlinable
    public func receiveExactly(
        into array: inout [UInt8], timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) {
        let range = 0..<array.count
        try array.withOutputSpan(in: range) { (span: inout OutputRawSpan) throws(TransportError) in
            try receiveExactly(into: &span, timeout: timeout, deadline: deadline)
        }
    }

    /// Receives exactly a number of bytes into a new array.
    ///
    /// The array grows with what really comes, so that a length that a broken peer has announced costs no memory.
    ///
    /// - Parameters:
    ///   - count: How many bytes, 0 or more.
    ///   - timeout: How long to wait for all of them. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for all of them. The default, nil, is what ``mode`` says.
    /// - Throws: ``TransportError/Kind/unexpectedEnd`` when the stream ends before, and what `receive` throws. What was
    ///   received before the failure is in the error's ``TransportError/partialData``, so that nothing is lost.
    @inlinable
    public func receiveExactly(
        _ count: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> [UInt8] {
        try checkCount(count)
        let limit = try control.limit(timeout, deadline, .receive, clock: transport)
        try begin(.receive, .receive)
        var bytes: [UInt8] = []
        do throws(TransportError) {
            var received = 0
            while received < count {
                let part = min(count - received, largestAllocation)
                try bytes.appendBytes(atMost: part) { (span: inout OutputRawSpan) throws(TransportError) in
                    try receiveAll(into: &span, limit, received: &received, of: count)
                }
            }
            end(.receive, .receive, .done(bytes: count))
            return bytes
        } catch {
            end(.receive, .receive, failed: error)
            throw bytes.isEmpty ? error : error.with(partialData: bytes)
        }
    }
}

extension Connection {
    /// One receive, by the operation that holds the direction.
    @inlinable
    func receiveSome(into buffer: inout OutputRawSpan, _ limit: WaitLimit) throws(TransportError) -> Int? {
        guard buffer.freeCapacity > 0 else { return 0 }
        let step: ReceiveStep
        do throws(TransportError) {
            step =
                if limit.mayWait {
                    try transport.receive(into: &buffer, until: limit.deadline)
                } else {
                    try transport.tryReceive(into: &buffer)
                }
        } catch {
            throw failure(error, in: .receive, during: .receive)
        }
        return try received(step, limit)
    }

    /// The count of a step, nil for the end, or the error that it means.
    @inlinable
    func received(_ step: ReceiveStep, _ limit: WaitLimit) throws(TransportError) -> Int? {
        switch step {
        case .received(let count):
            guard count > 0 else { throw brokenTransport(.receive) }
            return count
        case .endOfStream:
            if let error = failureInPlaceOfEnd { throw failure(error, in: .receive, during: .receive) }
            return nil
        case .wouldBlock(let need): throw limit.exceeded(.receive, need: need)
        }
    }

    /// Receives until the buffer is full; the error says how many bytes came.
    @inlinable
    func receiveAll(
        into buffer: inout OutputRawSpan, _ limit: WaitLimit, received: inout Int, of total: Int? = nil
    ) throws(TransportError) {
        let total = total ?? buffer.freeCapacity
        do throws(TransportError) {
            while buffer.freeCapacity > 0 {
                guard let count = try receiveSome(into: &buffer, limit) else { throw endedEarly }
                received += count
                if buffer.freeCapacity > 0 { try checkTime(limit, .receive) }
            }
        } catch {
            throw error.after(received, of: total)
        }
    }

    /// The error of a stream that has ended before a call had all that it was to receive.
    @usableFromInline var endedEarly: TransportError { TransportError(.unexpectedEnd, operation: .receive) }

    @inlinable
    func checkCount(_ count: Int) throws(TransportError) {
        guard count >= 0 else {
            throw .invalidArgument("cannot receive \(count) bytes: give 0 or more", operation: .receive)
        }
    }

    /// How many bytes to receive into an array at most.
    @inlinable
    func checkCount(_ count: Int?, of array: [UInt8]) throws(TransportError) -> Int {
        let count = count ?? array.count
        guard (0...array.count).contains(count) else {
            throw .invalidArgument("cannot receive \(count) bytes into \(array.count)", operation: .receive)
        }
        return count
    }

    /// More than this is not allocated ahead of what has come: a mistaken size must not become a mistaken allocation.
    @inlinable
    var largestAllocation: Int { 1 << 20 }
}
