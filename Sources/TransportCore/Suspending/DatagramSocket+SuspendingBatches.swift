extension DatagramSocket {
    /// Receives datagrams into a batch, suspending the task until there is one. Like the blocking form.
    ///
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled.
    @discardableResult
    @inlinable
    public func receive(
        into batch: inout DatagramBatch<D.Family.SocketAddress>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Int {
        let limit = try control.taskLimit(timeout, deadline, .receive, clock: transport)
        try begin(.receiving, .receive)
        batch.removeAll()
        do throws(TransportError) {
            let step =
                if limit.mayWait {
                    try await transport.drive(until: limit.deadline) { () throws(TransportError) in
                        try transport.tryReceive(into: &batch)
                    }
                } else {
                    try transport.tryReceive(into: &batch)
                }
            if let need = step.need { throw limit.exceeded(.receive, need: need) }
            control.end(.receiving, .receive, of: self, .done(bytes: batch.byteCount))
            return batch.count
        } catch {
            throw failed(error, .receiving, .receive)
        }
    }

    /// Sends the datagrams of a batch that have not been sent, suspending the task until there is room. Like the blocking
    /// form.
    ///
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled, also between
    ///   the system calls of a large batch.
    @inlinable
    public func send(
        _ batch: inout DatagramBatch<D.Family.SocketAddress>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) {
        let limit = try control.taskLimit(timeout, deadline, .send, clock: transport)
        try begin(.sending, .send)
        do throws(TransportError) {
            while batch.sentCount < batch.count {
                let step: SendStep =
                    if limit.mayWait {
                        try await transport.drive(until: limit.deadline) { () throws(TransportError) in
                            try transport.trySend(&batch)
                        }
                    } else {
                        try transport.trySend(&batch)
                    }
                if let need = step.need { throw limit.exceeded(.send, need: need) }
                // What was to be done is done, also in a task that was cancelled meanwhile.
                if batch.sentCount < batch.count { try control.checkCancellation(.send) }
            }
            control.end(.sending, .send, of: self, .done(bytes: batch.byteCount))
        } catch {
            throw failed(error, .sending, .send)
        }
    }
}
