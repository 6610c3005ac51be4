extension Connection {
    /// Sends bytes, at least one of them, suspending the task until there is room.
    ///
    /// As many bytes are taken as there is room for; the rest is for the caller to send, which
    /// `sendAll(_:timeout:deadline:)` does. The call allocates nothing. In blocking mode it suspends as long as it takes,
    /// and in nonblocking mode not at all.
    ///
    /// - Parameters:
    ///   - bytes: What to send. Sending no bytes does nothing and returns 0.
    ///   - timeout: How long to wait for room. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for room. The default, nil, is what ``mode`` says.
    /// - Returns: How many bytes were taken, from the front.
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled; nothing
    ///   was sent then, and the connection stays usable.
    @inlinable
    public func send(
        _ bytes: RawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Int {
        try await sendOnce(timeout, deadline, isEmpty: bytes.isEmpty) { () throws(TransportError) in
            try transport.trySend(bytes)
        }
    }

    /// Sends bytes, at least one of them, suspending the task until there is room. Like the form for spans.
    @inlinable
    public func send(
        _ bytes: some Collection<UInt8>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Int {
        guard bytes.isContiguous else {
            return try await send([UInt8](bytes), timeout: timeout, deadline: deadline)
        }
        return try await sendOnce(timeout, deadline, isEmpty: bytes.isEmpty) { () throws(TransportError) in
            try bytes.withRawSpan { (span) throws(TransportError) in try transport.trySend(span) }
        }
    }

    /// Sends all of some bytes, suspending the task as often as it takes.
    ///
    /// The timeout or deadline is for the whole of it and is not renewed by progress. When the call returns, the lowest
    /// transport has the bytes; whether the peer has them only the peer can say.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - timeout: How long to try. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to try. The default, nil, is what ``mode`` says.
    /// - Throws: As `send` does. The error's ``TransportError/bytesTransferred`` says how many bytes were taken before
    ///   the failure, also when the task is cancelled: go on with the rest, or close the connection.
    @inlinable
    public func sendAll(
        _ bytes: RawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        let limit = try beginInTask(.send, .send, timeout, deadline)
        guard let first = try sendAtOnce(bytes) else { return }
        try await sendRest(limit, bytes.byteCount, after: first) { (sent) throws(TransportError) in
            try transport.trySend(bytes.extracting(sent..<bytes.byteCount))
        }
    }

    /// Sends all of some bytes, suspending the task as often as it takes. Like the form for spans.
    @inlinable
    public func sendAll(
        _ bytes: some Collection<UInt8>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        guard bytes.isContiguous else {
            return try await sendAll([UInt8](bytes), timeout: timeout, deadline: deadline)
        }
        let limit = try beginInTask(.send, .send, timeout, deadline)
        let first = try bytes.withRawSpan { (span) throws(TransportError) in try sendAtOnce(span) }
        guard let first else { return }
        try await sendRest(limit, bytes.count, after: first) { (sent) throws(TransportError) in
            try bytes.withRawSpan { (span) throws(TransportError) in
                try transport.trySend(span.extracting(sent..<span.byteCount))
            }
        }
    }

    /// Sends all of a text as UTF-8. Like the form for spans.
    @inlinable
    public func sendAll(
        _ text: String, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        try await sendAll(text.utf8, timeout: timeout, deadline: deadline)
    }

    /// Sends two runs of bytes as one, such as a header and a body, at least one byte of them.
    ///
    /// Neither run is copied: over sockets this is one `sendmsg`. Otherwise like `send` for one span.
    ///
    /// - Returns: How many bytes of both together were taken, from the front.
    public func send(
        _ first: RawSpan, _ second: RawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Int {
        let isEmpty = first.isEmpty && second.isEmpty
        return try await sendOnce(timeout, deadline, isEmpty: isEmpty) { () throws(TransportError) in
            try withSegments(of: first, second) { (table) throws(TransportError) in
                try transport.trySend(gathering: Span(_unsafeElements: table))
            }
        }
    }

    /// Sends several runs of bytes as one, at least one byte of them.
    ///
    /// The runs are not copied. Over sockets this is one `sendmsg` of up to 64 runs that are not empty; more than these
    /// are left for the next call. Otherwise like `send` for one span.
    ///
    /// - Returns: How many bytes of all together were taken, from the front.
    public func send(
        gathering segments: [[UInt8]], timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Int {
        let isEmpty = segments.allSatisfy(\.isEmpty)
        let rest = SegmentRest(segments)
        return try await sendOnce(timeout, deadline, isEmpty: isEmpty) { () throws(TransportError) in
            try rest.withSegments { (table) throws(TransportError) in
                try transport.trySend(gathering: Span(_unsafeElements: table))
            }
        }
    }

    /// Sends all of several runs of bytes, in order, suspending the task as often as it takes.
    ///
    /// - Throws: As `sendAll(_:timeout:deadline:)` does; the count in the error is that of all runs together.
    public func sendAll(
        gathering segments: [[UInt8]], timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        let total = segments.reduce(0) { $0 + $1.count }
        var rest = SegmentRest(segments)
        var dropped = 0
        try await sendEverything(timeout, deadline, total) { (sent) throws(TransportError) in
            rest.drop(sent - dropped)
            dropped = sent
            return try rest.withSegments { (table) throws(TransportError) in
                try transport.trySend(gathering: Span(_unsafeElements: table))
            }
        }
    }
}

extension Connection {
    /// A whole operation of a task that makes one send. `step` is one attempt at it.
    @inlinable
    func sendOnce(
        _ timeout: Duration?, _ deadline: Deadline?, isEmpty: Bool, _ step: () throws(TransportError) -> SendStep
    ) async throws(TransportError) -> Int {
        let limit = try beginInTask(.send, .send, timeout, deadline)
        do throws(TransportError) {
            let count = isEmpty ? 0 : try sent(await drive(limit, .send, in: .send, step), limit)
            end(.send, .send, .done(bytes: count))
            return count
        } catch {
            end(.send, .send, failed: error)
            throw error
        }
    }

    /// A whole operation of a task that sends `total` bytes. `step` is one attempt at the next ones, and is told how many
    /// are sent already.
    @inlinable
    func sendEverything(
        _ timeout: Duration?, _ deadline: Deadline?, _ total: Int,
        _ step: (_ sent: Int) throws(TransportError) -> SendStep
    ) async throws(TransportError) {
        let limit = try beginInTask(.send, .send, timeout, deadline)
        if let first = try sendAtOnce(total, step) { try await sendRest(limit, total, after: first, step) }
    }

    /// Makes the first attempt at sending bytes, and ends the operation if that is all.
    ///
    /// There is room for all of it, nearly always: then nothing is suspended, and a task that is suspended elsewhere need not
    /// keep what would be of use here.
    ///
    /// - Returns: What it came to, when there is something left to be done.
    @inlinable @inline(never)
    func sendAtOnce(_ bytes: RawSpan) throws(TransportError) -> SendStep? {
        try sendAtOnce(bytes.byteCount) { (_) throws(TransportError) in try transport.trySend(bytes) }
    }

    /// Makes the first attempt at sending `total` bytes, and ends the operation if that is all.
    ///
    /// - Returns: What it came to, when there is something left to be done.
    @inlinable @inline(__always)
    func sendAtOnce(
        _ total: Int, _ step: (_ sent: Int) throws(TransportError) -> SendStep
    ) throws(TransportError) -> SendStep? {
        var count = 0
        do throws(TransportError) {
            let first = try total > 0 ? step(0) : .sent(0)
            guard case .sent(total) = first else { return first }
            count = total
            guard case .done = try transport.tryFlush() else { return first }
        } catch {
            throw sendFailed(failure(error, in: .send, during: count == 0 ? .send : .flush), count, of: total)
        }
        end(.send, .send, .done(bytes: total))
        return nil
    }

    /// Goes on with an operation of a task that sends `total` bytes, after its first attempt.
    @inlinable @inline(never)
    func sendRest(
        _ limit: WaitLimit, _ total: Int, after first: SendStep,
        _ step: (_ sent: Int) throws(TransportError) -> SendStep
    ) async throws(TransportError) {
        var count = 0
        var next: SendStep? = first
        do throws(TransportError) {
            while count < total {
                let result = try await drive(limit, .send, in: .send, after: next) { () throws(TransportError) in
                    try step(count)
                }
                next = nil
                count += try sent(result, limit)
                if count < total { try checkTask(limit, .send) }
            }
            _ = try await drive(limit, .flush, in: .send) { () throws(TransportError) in try transport.tryFlush() }
            end(.send, .send, .done(bytes: count))
        } catch {
            throw sendFailed(error, count, of: total)
        }
    }

    /// Ends a send that has failed after so many bytes.
    @usableFromInline
    func sendFailed(_ error: TransportError, _ count: Int, of total: Int) -> TransportError {
        let error = error.after(count, of: total)
        end(.send, .send, failed: error)
        return error
    }
}
