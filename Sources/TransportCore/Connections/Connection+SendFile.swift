extension Connection {
    /// Sends a file, or a part of one, without reading it into the program where the system can do that.
    ///
    /// Over plain sockets the system moves the bytes by itself (`sendfile`); over TLS and everything else the file is read
    /// in parts of 64 KiB and sent. The file's own position is neither used nor changed. A socket is nonblocking for the time
    /// of a system call, which has no flag for it: who shares it with another process sees that there.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - offset: The place of the first byte. The default is the beginning.
    ///   - count: How many bytes to send at most. The default, nil, is all to the end of the file. A file that ends
    ///     before is no error.
    ///   - timeout: How long to try, for the whole of it. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to try. The default, nil, is what ``mode`` says.
    ///   - progress: Told how many bytes have been sent by now, after each part of up to 1 MiB.
    /// - Returns: How many bytes were sent.
    /// - Throws: As `sendAll(_:timeout:deadline:)` does, with ``TransportError/bytesTransferred``: after a timeout, go on
    ///   from there. ``TransportError/Kind/invalidArgument`` for a negative offset or count; what reading the file throws.
    @discardableResult
    public func sendFile(
        _ file: some FileSource, from offset: Int64 = 0, count: Int64? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil, progress: ((_ sent: Int64) -> Void)? = nil
    ) throws(TransportError) -> Int64 {
        var transfer = try FileTransfer(file, from: offset, count: count)
        let limit = try control.limit(timeout, deadline, .send, clock: transport)
        try begin(.send, .send)
        do throws(TransportError) {
            while !transfer.isDone {
                _ = try drive(limit, .send, in: .send) { () throws(TransportError) in
                    try transfer.step(on: transport)
                }
                progress?(transfer.sent)
                if !transfer.isDone { try checkTime(limit, .send) }
            }
            try flush(limit)
            end(.send, .send, .done(bytes: Int(transfer.sent)))
        } catch {
            let error = error.with(bytesTransferred: Int(transfer.sent))
            end(.send, .send, failed: error)
            throw error
        }
        return transfer.sent
    }

    /// Sends a file, or a part of one, suspending the task as often as it takes. Like the blocking form.
    ///
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled.
    @discardableResult
    public func sendFile(
        _ file: some FileSource, from offset: Int64 = 0, count: Int64? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil, progress: ((_ sent: Int64) -> Void)? = nil
    ) async throws(TransportError) -> Int64 {
        var transfer = try FileTransfer(file, from: offset, count: count)
        let limit = try control.taskLimit(timeout, deadline, .send, clock: transport)
        try begin(.send, .send)
        do throws(TransportError) {
            while !transfer.isDone {
                _ = try await drive(limit, .send, in: .send) { () throws(TransportError) in
                    try transfer.step(on: transport)
                }
                progress?(transfer.sent)
                if !transfer.isDone { try checkTask(limit, .send) }
            }
            _ = try await drive(limit, .flush, in: .send) { () throws(TransportError) in try transport.tryFlush() }
            end(.send, .send, .done(bytes: Int(transfer.sent)))
        } catch {
            let error = error.with(bytesTransferred: Int(transfer.sent))
            end(.send, .send, failed: error)
            throw error
        }
        return transfer.sent
    }
}
