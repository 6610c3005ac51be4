extension DatagramSocket {
    /// Receives datagrams into a batch, in place of what was in it: at least one, and as many as are there and fit.
    ///
    /// Waits for the first only. Over sockets on Linux one system call for up to 64 (`recvmmsg`), and no allocation.
    ///
    /// - Parameters:
    ///   - batch: Where the datagrams go.
    ///   - timeout: How long to wait for the first. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for it. The default, nil, is what ``mode`` says.
    /// - Returns: How many there are in the batch, 1 or more.
    /// - Throws: What `receive` for one datagram throws. An error that comes after some datagrams is thrown by the next
    ///   call: none of them is lost.
    @discardableResult
    @inlinable
    public func receive(
        into batch: inout DatagramBatch<D.Family.SocketAddress>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Int {
        let limit = try control.limit(timeout, deadline, .receive, clock: transport)
        try begin(.receiving, .receive)
        batch.removeAll()
        do throws(TransportError) {
            let step =
                if limit.mayWait {
                    try transport.receive(into: &batch, until: limit.deadline)
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

    /// Sends the datagrams of a batch that have not been sent, in order, waiting for room.
    ///
    /// Over sockets on Linux one system call for 64 (`sendmmsg`), and no allocation.
    ///
    /// - Parameters:
    ///   - batch: The datagrams. How many were sent is in ``DatagramBatch/sentCount``, also after an error: the same call
    ///     goes on with the rest.
    ///   - timeout: How long to wait for room, in all. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for room. The default, nil, is what ``mode`` says.
    /// - Throws: What `send` for one datagram throws, about the first that was not sent.
    @inlinable
    public func send(
        _ batch: inout DatagramBatch<D.Family.SocketAddress>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, .send, clock: transport)
        try begin(.sending, .send)
        do throws(TransportError) {
            while batch.sentCount < batch.count {
                let step: SendStep =
                    if limit.mayWait {
                        try transport.drive(until: limit.deadline) { () throws(TransportError) in
                            try transport.trySend(&batch)
                        }
                    } else {
                        try transport.trySend(&batch)
                    }
                if let need = step.need { throw limit.exceeded(.send, need: need) }
            }
            control.end(.sending, .send, of: self, .done(bytes: batch.byteCount))
        } catch {
            throw failed(error, .sending, .send)
        }
    }
}

extension DatagramBatch {
    /// How many bytes the datagrams have together.
    @inlinable var byteCount: Int {
        var total = 0
        for index in 0..<count { total += infos[index].byteCount }
        return total
    }
}
