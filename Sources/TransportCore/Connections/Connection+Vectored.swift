extension Connection {
    /// Sends two runs of bytes as one, such as a header and a body, at least one byte of them.
    ///
    /// Neither run is copied: over sockets this is one `sendmsg`. Otherwise like `send` for one span.
    ///
    /// - Returns: How many bytes of both together were taken, from the front.
    public func send(
        _ first: RawSpan, _ second: RawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Int {
        try withSegments(of: first, second) { (table) throws(TransportError) in try send(table, timeout, deadline) }
    }

    /// Sends several runs of bytes as one, at least one byte of them.
    ///
    /// The runs are not copied. Over sockets this is one `sendmsg` of up to 64 runs that are not empty; more than these
    /// are left for the next call. Otherwise like `send` for one span.
    ///
    /// - Returns: How many bytes of all together were taken, from the front.
    public func send(
        gathering segments: [[UInt8]], timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Int {
        try withSegments(of: segments[...], skipping: 0) { (table) throws(TransportError) -> Int in
            try send(table, timeout, deadline)
        }
    }

    /// Sends all of several runs of bytes, in order, waiting for room as often as it takes.
    ///
    /// - Throws: As `sendAll(_:timeout:deadline:)` does; the count in the error is that of all runs together.
    public func sendAll(
        gathering segments: [[UInt8]], timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, .send, clock: transport)
        try begin(.send, .send)
        let total = segments.reduce(0) { $0 + $1.count }
        var rest = SegmentRest(segments)
        var sent = 0
        do throws(TransportError) {
            while sent < total {
                let count = try rest.withSegments { (table) throws(TransportError) in try sendSome(table, limit) }
                sent += count
                rest.drop(count)
                if sent < total { try checkTime(limit, .send) }
            }
            try flush(limit)
            end(.send, .send, .done(bytes: sent))
        } catch {
            let error = error.after(sent, of: total)
            end(.send, .send, failed: error)
            throw error
        }
    }

    /// Receives into several arrays, in order, as if they were one.
    ///
    /// Over sockets this is one `recvmsg` into up to 64 arrays that are not empty. Otherwise like `receive` for one
    /// span.
    ///
    /// - Returns: How many bytes of all together were received, or nil when the peer has ended its stream.
    public func receive(
        scatteringInto arrays: inout [[UInt8]], timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Int? {
        let limit = try control.limit(timeout, deadline, .receive, clock: transport)
        try begin(.receive, .receive)
        do throws(TransportError) {
            let count = try withMutableSegments(of: &arrays) { (table) throws(TransportError) -> Int? in
                try receiveSome(into: table, limit)
            }
            end(.receive, .receive, count.map { .done(bytes: $0) } ?? .endOfStream)
            return count
        } catch {
            end(.receive, .receive, failed: error)
            throw error
        }
    }
}

extension Connection {
    private func send(
        _ table: UnsafeBufferPointer<ByteSegment>, _ timeout: Duration?, _ deadline: Deadline?
    ) throws(TransportError) -> Int {
        let limit = try control.limit(timeout, deadline, .send, clock: transport)
        try begin(.send, .send)
        do throws(TransportError) {
            let count = try sendSome(table, limit)
            end(.send, .send, .done(bytes: count))
            return count
        } catch {
            end(.send, .send, failed: error)
            throw error
        }
    }

    private func sendSome(
        _ table: UnsafeBufferPointer<ByteSegment>, _ limit: WaitLimit
    ) throws(TransportError) -> Int {
        guard table.contains(where: { $0.count > 0 }) else { return 0 }
        let step = try drive(limit, .send, in: .send) { () throws(TransportError) in
            try transport.trySend(gathering: Span(_unsafeElements: table))
        }
        return try sent(step, limit)
    }

    private func receiveSome(
        into table: UnsafeBufferPointer<MutableByteSegment>, _ limit: WaitLimit
    ) throws(TransportError) -> Int? {
        guard table.contains(where: { $0.count > 0 }) else { return 0 }
        let step = try drive(limit, .receive, in: .receive) { () throws(TransportError) in
            try transport.tryReceive(scatteringInto: Span(_unsafeElements: table))
        }
        return try received(step, limit)
    }
}
