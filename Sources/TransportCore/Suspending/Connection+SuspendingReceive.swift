extension Connection {
    /// Receives up to the free capacity of a buffer, suspending the task until the first bytes are there.
    ///
    /// What is there is returned; the call does not wait for the buffer to fill. It allocates nothing. In blocking mode it
    /// suspends as long as it takes, and in nonblocking mode not at all.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go. With no free capacity the call returns 0 at once.
    ///   - timeout: How long to wait for the first bytes. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for them. The default, nil, is what ``mode`` says.
    /// - Returns: How many bytes were received, or nil when the peer has ended its stream.
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled; nothing
    ///   was received then, and the connection stays usable.
    @inlinable
    public func receive(
        into buffer: inout OutputRawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Int? {
        try await receiveOnce(timeout, deadline, hasRoom: buffer.freeCapacity > 0) { () throws(TransportError) in
            try transport.tryReceive(into: &buffer)
        }
    }

    /// Receives up to the size of an array, into the array, from its start, suspending the task until the first bytes are
    /// there.
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
    ) async throws(TransportError) -> Int? {
        let count = try checkCount(count, of: array)
        return try await receiveOnce(timeout, deadline, hasRoom: count > 0) { () throws(TransportError) in
            try array.withOutputSpan(in: 0..<count) { (span: inout OutputRawSpan) throws(TransportError) in
                try transport.tryReceive(into: &span)
            }
        }
    }

    /// Receives up to a number of bytes into a new array, suspending the task until the first bytes are there.
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
    ) async throws(TransportError) -> [UInt8]? {
        try checkCount(maximum)
        let capacity = min(maximum, largestAllocation)
        var bytes: [UInt8] = []
        let count = try await receiveOnce(timeout, deadline, hasRoom: capacity > 0) { () throws(TransportError) in
            let step = try bytes.appendBytes(atMost: capacity) { (span: inout OutputRawSpan) throws(TransportError) in
                try transport.tryReceive(into: &span)
            }
            // Nothing has come, and the task may wait for long: it needs no memory for that.
            if case .wouldBlock = step { bytes = [] }
            return step
        }
        return count == nil ? nil : bytes
    }

    /// Receives until a buffer has no free capacity, suspending the task as often as it takes.
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
    ) async throws(TransportError) {
        try await receiveAll(timeout, deadline, buffer.freeCapacity) { (_) throws(TransportError) in
            try transport.tryReceive(into: &buffer)
        }
    }

    /// Receives exactly as many bytes as an array has, into the array. Like the form for spans.
    @inlinable
    public func receiveExactly(
        into array: inout [UInt8], timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        let total = array.count
        try await receiveAll(timeout, deadline, total) { (received) throws(TransportError) in
            try array.withOutputSpan(in: received..<total) { (span: inout OutputRawSpan) throws(TransportError) in
                try transport.tryReceive(into: &span)
            }
        }
    }

    /// Receives exactly a number of bytes into a new array, suspending the task as often as it takes.
    ///
    /// The array grows with what really comes, so that a length that a broken peer has announced costs no memory.
    ///
    /// - Parameters:
    ///   - count: How many bytes, 0 or more.
    ///   - timeout: How long to wait for all of them. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for all of them. The default, nil, is what ``mode`` says.
    /// - Throws: ``TransportError/Kind/unexpectedEnd`` when the stream ends before, and what `receive` throws. What was
    ///   received before the failure is in the error's ``TransportError/partialData``, so that nothing is lost, also when
    ///   the task is cancelled.
    @inlinable
    public func receiveExactly(
        _ count: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> [UInt8] {
        try checkCount(count)
        var bytes: [UInt8] = []
        do throws(TransportError) {
            try await receiveAll(timeout, deadline, count) { (received) throws(TransportError) in
                let room = bytes.capacity - bytes.count
                let part = min(count - received, room > 0 ? room : largestAllocation)
                return try bytes.appendBytes(atMost: part) { (span: inout OutputRawSpan) throws(TransportError) in
                    try transport.tryReceive(into: &span)
                }
            }
        } catch {
            throw bytes.isEmpty ? error : error.with(partialData: bytes)
        }
        return bytes
    }

    /// Receives into several arrays, in order, as if they were one, suspending the task until the first bytes are there.
    ///
    /// Over sockets this is one `recvmsg` into up to 64 arrays that are not empty. Otherwise like `receive` for one
    /// span.
    ///
    /// - Returns: How many bytes of all together were received, or nil when the peer has ended its stream.
    public func receive(
        scatteringInto arrays: inout [[UInt8]], timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Int? {
        let hasRoom = arrays.contains { !$0.isEmpty }
        return try await receiveOnce(timeout, deadline, hasRoom: hasRoom) { () throws(TransportError) in
            try withMutableSegments(of: &arrays) { (table) throws(TransportError) in
                try transport.tryReceive(scatteringInto: Span(_unsafeElements: table))
            }
        }
    }
}

extension Connection {
    /// A whole operation of a task that makes one receive. `step` is one attempt at it.
    @inlinable
    func receiveOnce(
        _ timeout: Duration?, _ deadline: Deadline?, hasRoom: Bool,
        _ step: () throws(TransportError) -> ReceiveStep
    ) async throws(TransportError) -> Int? {
        let limit = try beginInTask(.receive, .receive, timeout, deadline)
        return try await goOnReceiving(limit, hasRoom: hasRoom, step)
    }

    /// A whole operation of a task that makes one receive, within a limit that was worked out. `step` is one attempt at it.
    @inlinable
    func receiveOnce(
        _ limit: WaitLimit, _ step: () throws(TransportError) -> ReceiveStep
    ) async throws(TransportError) -> Int? {
        try begin(.receive, .receive)
        return try await goOnReceiving(limit, hasRoom: true, step)
    }

    /// Goes on with an operation of a task that makes one receive, to its end.
    @inlinable
    func goOnReceiving(
        _ limit: WaitLimit, hasRoom: Bool, _ step: () throws(TransportError) -> ReceiveStep
    ) async throws(TransportError) -> Int? {
        let result: Result<ReceiveStep, TransportError>
        do throws(TransportError) {
            result = .success(hasRoom ? try await attempt(limit, in: .receive, step) : .received(0))
        } catch {
            result = .failure(error)
        }
        return try endReceiving(result, limit, hasRoom: hasRoom)
    }

    /// Ends an operation of a task that makes one receive.
    @inlinable @inline(never)
    func endReceiving(
        _ result: Result<ReceiveStep, TransportError>, _ limit: WaitLimit, hasRoom: Bool
    ) throws(TransportError) -> Int? {
        do throws(TransportError) {
            let step: ReceiveStep
            do throws(TransportError) {
                step = try result.get()
            } catch {
                throw failure(error, in: .receive, during: .receive)
            }
            let count = hasRoom ? try received(step, limit) : .some(0)
            end(.receive, .receive, count.map { .done(bytes: $0) } ?? .endOfStream)
            return count
        } catch {
            end(.receive, .receive, failed: error)
            throw error
        }
    }

    /// A whole operation of a task that receives until it has `total` bytes. `step` is one attempt at the next ones, and
    /// is told how many there are already.
    @inlinable
    func receiveAll(
        _ timeout: Duration?, _ deadline: Deadline?, _ total: Int,
        _ step: (_ received: Int) throws(TransportError) -> ReceiveStep
    ) async throws(TransportError) {
        let limit = try beginInTask(.receive, .receive, timeout, deadline)
        var count = 0
        do throws(TransportError) {
            while count < total {
                let result = try await drive(limit, .receive, in: .receive) { () throws(TransportError) in
                    try step(count)
                }
                guard let more = try received(result, limit) else { throw endedEarly }
                count += more
                if count < total { try checkTask(limit, .receive) }
            }
            end(.receive, .receive, .done(bytes: count))
        } catch {
            let error = error.after(count, of: total)
            end(.receive, .receive, failed: error)
            throw error
        }
    }

    // What does not wait is never inlined: a suspended task would keep room for all that it needs.

    /// Begins an operation of a task: works out how long it may wait, and takes its direction.
    @inlinable @inline(never)
    func beginInTask(
        _ direction: Direction, _ operation: TransportError.Operation, _ timeout: Duration?, _ deadline: Deadline?
    ) throws(TransportError) -> WaitLimit {
        let limit = try control.taskLimit(timeout, deadline, operation, clock: transport)
        try begin(direction, operation)
        return limit
    }

    /// Does a step within a limit, by the operation of a task that holds `direction`.
    ///
    /// - Parameter first: What the first attempt came to, where the caller has made it. The default is nothing.
    /// - Returns: What the step came to, which is never that it would block.
    @inlinable
    func drive<Step: Attempt>(
        _ limit: WaitLimit, _ operation: TransportError.Operation, in direction: Direction, after first: Step? = nil,
        _ step: () throws(TransportError) -> Step
    ) async throws(TransportError) -> Step {
        let result: Step
        do throws(TransportError) {
            result = try await attempt(limit, in: direction, after: first, step)
        } catch {
            throw failure(error, in: direction, during: operation)
        }
        if let need = result.need { throw limit.exceeded(operation, need: need) }
        return result
    }

    /// Attempts a step within a limit, by the operation of a task that holds `direction`.
    ///
    /// - Returns: What the last attempt came to.
    @inlinable
    func attempt<Step: Attempt>(
        _ limit: WaitLimit, in direction: Direction, after first: Step? = nil,
        _ step: () throws(TransportError) -> Step
    ) async throws(TransportError) -> Step {
        guard limit.mayWait else { return if let first { first } else { try step() } }
        // A send that is known to be in vain is rare, and finding out costs a little each time.
        let isHopeless = direction == .receive && transport.isKnownUnready(for: .readable)
        return try await transport.drive(
            until: limit.deadline, after: isHopeless ? .wouldBlock(.readable) : first, isGuess: isHopeless, step
        )
    }

    /// Throws when the time of a call of several steps is up, or its task was cancelled: each step by itself may have found
    /// something at once.
    @inlinable
    func checkTask(_ limit: WaitLimit, _ operation: TransportError.Operation) throws(TransportError) {
        try control.checkCancellation(operation)
        try checkTime(limit, operation)
    }
}
