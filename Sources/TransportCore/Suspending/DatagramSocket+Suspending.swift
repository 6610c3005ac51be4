extension DatagramSocket {
    /// Receives one datagram into the free capacity of a buffer, suspending the task until there is one.
    ///
    /// It allocates nothing.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go. A datagram that does not fit is cut, and the result says so.
    ///   - timeout: How long to wait. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Returns: The sender, the size and whether the datagram was cut.
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled; no
    ///   datagram was taken then.
    @inlinable
    public func receive(
        into buffer: inout OutputRawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> DatagramInfo<D.Family.SocketAddress> {
        try await receiveOne(timeout, deadline) { () throws(TransportError) in
            try transport.tryReceive(into: &buffer)
        }
    }

    /// Receives one datagram into an array, from its start, suspending the task until there is one. Like the form for
    /// spans.
    ///
    /// Elements after the received ones keep their values.
    @inlinable
    public func receive(
        into array: inout [UInt8], timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> DatagramInfo<D.Family.SocketAddress> {
        let range = 0..<array.count
        return try await receiveOne(timeout, deadline) { () throws(TransportError) in
            try array.withOutputSpan(in: range) { (span: inout OutputRawSpan) throws(TransportError) in
                try transport.tryReceive(into: &span)
            }
        }
    }

    /// Receives one datagram into a new array, suspending the task until there is one.
    ///
    /// - Parameters:
    ///   - maximum: The largest datagram that is not cut, 0 or more. No datagram over IP has more than 65,535 bytes.
    ///   - timeout: How long to wait. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Returns: The bytes and what is known about them.
    /// - Throws: As for spans, and ``TransportError/Kind/invalidArgument`` when `maximum` is negative.
    @inlinable
    public func receive(
        atMost maximum: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> (bytes: [UInt8], info: DatagramInfo<D.Family.SocketAddress>) {
        let capacity = try capacity(for: maximum)
        var bytes: [UInt8] = []
        let info = try await receiveOne(timeout, deadline) { () throws(TransportError) in
            try bytes.appendBytes(atMost: capacity) { (span: inout OutputRawSpan) throws(TransportError) in
                try transport.tryReceive(into: &span)
            }
        }
        return (bytes, info)
    }

    /// Sends one datagram, suspending the task until there is room.
    ///
    /// It allocates nothing.
    ///
    /// - Parameters:
    ///   - bytes: The datagram; may be empty.
    ///   - address: Where it goes. The default, nil, is the peer of a connected socket.
    ///   - timeout: How long to wait for room. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for room. The default, nil, is what ``mode`` says.
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled; nothing
    ///   was sent then.
    @inlinable
    public func send(
        _ bytes: RawSpan, to address: D.Family.SocketAddress? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil
    ) async throws(TransportError) {
        try await sendOne(timeout, deadline, bytes.byteCount) { () throws(TransportError) in
            try transport.trySend(bytes, to: address)
        }
    }

    /// Sends one datagram, suspending the task until there is room. Like the form for spans.
    @inlinable
    public func send(
        _ bytes: some Collection<UInt8>, to address: D.Family.SocketAddress? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil
    ) async throws(TransportError) {
        guard bytes.isContiguous else {
            return try await send([UInt8](bytes), to: address, timeout: timeout, deadline: deadline)
        }
        try await sendOne(timeout, deadline, bytes.count) { () throws(TransportError) in
            try bytes.withRawSpan { (span) throws(TransportError) in try transport.trySend(span, to: address) }
        }
    }

    /// Sends a text as one datagram of UTF-8, suspending the task until there is room. Like the form for spans.
    public func send(
        _ text: String, to address: D.Family.SocketAddress? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil
    ) async throws(TransportError) {
        try await send(text.utf8, to: address, timeout: timeout, deadline: deadline)
    }

    /// Suspends the task until receiving or sending may be possible, without doing it. See
    /// `Connection.wait(for:timeout:deadline:)`.
    public func wait(
        for interest: Need.Interest, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Bool {
        let end = try control.taskWaitDeadline(timeout, deadline, clock: transport)
        try control.checkInterest(interest)
        return try await control.observing(.wait, of: self) { () async throws(TransportError) in
            try await transport.ready(for: Need(interest), until: end)
        }
    }
}

extension DatagramSocket {
    /// A whole operation of a task that receives a datagram. `step` is one attempt at it.
    @inlinable
    func receiveOne(
        _ timeout: Duration?, _ deadline: Deadline?,
        _ step: () throws(TransportError) -> DatagramStep<D.Family.SocketAddress>
    ) async throws(TransportError) -> DatagramInfo<D.Family.SocketAddress> {
        let limit = try control.taskLimit(timeout, deadline, .receive, clock: transport)
        try begin(.receiving, .receive)
        do throws(TransportError) {
            let result = try limit.mayWait ? await transport.drive(until: limit.deadline, step) : step()
            guard case .received(let info) = result else { throw limit.exceeded(.receive, result) }
            control.end(.receiving, .receive, of: self, .done(bytes: info.byteCount))
            return info
        } catch {
            throw failed(error, .receiving, .receive)
        }
    }

    /// A whole operation of a task that sends a datagram of `count` bytes. `step` is one attempt at it.
    @inlinable
    func sendOne(
        _ timeout: Duration?, _ deadline: Deadline?, _ count: Int, _ step: () throws(TransportError) -> SendStep
    ) async throws(TransportError) {
        let limit = try control.taskLimit(timeout, deadline, .send, clock: transport)
        try begin(.sending, .send)
        do throws(TransportError) {
            let result = try limit.mayWait ? await transport.drive(until: limit.deadline, step) : step()
            if let need = result.need { throw limit.exceeded(.send, need: need) }
            control.end(.sending, .send, of: self, .done(bytes: count))
        } catch {
            throw failed(error, .sending, .send)
        }
    }
}
