extension BufferedWriter {
    /// Writes bytes, suspending the task where something must be sent and there is no room.
    ///
    /// Otherwise like the blocking form; what was taken when the task is cancelled, the error says.
    @inlinable
    public func write(
        _ bytes: RawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        guard try take(bytes, deadline) else { return }
        try await drain(bytes, timeout, deadline)
    }

    /// Writes bytes, suspending the task where something must be sent and there is no room.
    @inlinable
    public func write(
        _ bytes: some Collection<UInt8>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        let isTaken = try bytes.withRawSpan { (span) throws(TransportError) in try !take(span, deadline) }
        if isTaken { return }
        // Memory that is lent for a closure cannot be held while the task is suspended.
        let copy = [UInt8](bytes)
        try await drain(copy, timeout, deadline)
    }

    /// Writes a text as UTF-8, suspending the task where something must be sent and there is no room.
    @inlinable
    public func write(
        _ text: String, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        try await write(text.utf8, timeout: timeout, deadline: deadline)
    }

    /// Sends what is held, suspending the task as often as it takes. Otherwise like the blocking form.
    @inlinable
    public func flush(timeout: Duration? = nil, deadline: Deadline? = nil) async throws(TransportError) {
        try ensureOpen()
        try await drain(RawSpan(), timeout, deadline)
    }

    /// Sends what is held and gives up the writer's share in the connection. Otherwise like the blocking form.
    public func close(timeout: Duration? = nil, deadline: Deadline? = nil) async throws(TransportError) {
        guard !isFinished else { return }
        do throws(TransportError) {
            if !pending.isEmpty { try await flush(timeout: timeout, deadline: deadline) }
        } catch {
            if !error.aftermath.canSend { giveUp() }
            throw error
        }
        giveUp()
    }

    @inlinable
    func drain(_ bytes: RawSpan, _ timeout: Duration?, _ deadline: Deadline?) async throws(TransportError) {
        let held = pending.count
        do throws(TransportError) {
            try await connection.sendEverything(
                timeout ?? self.timeout, deadline, held + bytes.byteCount
            ) { (sent) throws(TransportError) in try step(held, bytes, sent) }
            remove(held)
        } catch {
            throw settle(held, error, isFlush: bytes.isEmpty)
        }
    }

    @inlinable
    func drain(_ bytes: [UInt8], _ timeout: Duration?, _ deadline: Deadline?) async throws(TransportError) {
        let held = pending.count
        do throws(TransportError) {
            try await connection.sendEverything(
                timeout ?? self.timeout, deadline, held + bytes.count
            ) { (sent) throws(TransportError) in
                try bytes.withRawSpan { (span) throws(TransportError) in try step(held, span, sent) }
            }
            remove(held)
        } catch {
            throw settle(held, error, isFlush: bytes.isEmpty)
        }
    }
}
