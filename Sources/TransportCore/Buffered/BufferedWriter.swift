/// Writes to a connection through a buffer, so that many small pieces are sent as few large ones. Made by
/// `connection.writer()`.
///
/// ```swift
/// let writer = connection.writer()
/// for (name, value) in fields { try writer.write("\(name): \(value)\r\n") }
/// try writer.flush()
/// ```
///
/// **Nothing is sent twice, and nothing lost.** After a failure that leaves the connection usable, such as a timeout, what
/// was taken and not sent is still here (``bufferedCount``), and goes out with the next `flush(timeout:deadline:)` or
/// `write`. How many bytes of the failed `write` were taken, its error says: ``TransportError/bytesTransferred``.
///
/// **Closing.** The writer has a share in the connection: see ``Connection/release()``. One that goes away without
/// `close(timeout:deadline:)` sends what can be sent at once, and the rest is lost.
///
/// A writer belongs to one thread or task at a time; a ``BufferedReader`` may be used by another one at the same time.
/// Blocking forms and forms for tasks have the same names.
public final class BufferedWriter<T: Transport> {
    /// The connection that is written to.
    public let connection: Connection<T>

    /// When what was written is sent.
    public let buffering: Buffering

    @usableFromInline let timeout: Duration?
    @usableFromInline var pending: [UInt8] = []
    @usableFromInline var isFinished = false

    init(_ connection: Connection<T>, buffering: Buffering, timeout: Duration?) {
        self.connection = connection
        self.buffering = buffering
        self.timeout = timeout
        pending.reserveCapacity(buffering.capacity)
        connection.control.shares.take()
    }

    deinit {
        guard !isFinished else { return }
        if !pending.isEmpty, !connection.isClosed {
            try? drain(RawSpan(), .zero, nil)
        }
        giveUp()
    }

    /// Whether the writer was closed.
    public var isClosed: Bool { isFinished }

    /// How many bytes were written and not yet sent.
    public var bufferedCount: Int { pending.count }

    /// Writes bytes.
    ///
    /// - Parameters:
    ///   - bytes: What to write.
    ///   - timeout: How long to try where something must be sent. The default, nil, is that of the writer, or what the
    ///     mode says.
    ///   - deadline: Until when to try. The default, nil, is none.
    /// - Throws: What `Connection.sendAll(_:timeout:deadline:)` throws. ``TransportError/bytesTransferred`` says how many
    ///   of `bytes` were taken, from the front: they are sent or held, and only the rest is to be written again.
    @inlinable
    public func write(_ bytes: RawSpan, timeout: Duration? = nil, deadline: Deadline? = nil) throws(TransportError) {
        guard try take(bytes, deadline) else { return }
        try drain(bytes, timeout, deadline)
    }

    /// Writes bytes. Like the form for spans.
    @inlinable
    public func write(
        _ bytes: some Collection<UInt8>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) {
        try bytes.withRawSpan { (span) throws(TransportError) in
            try write(span, timeout: timeout, deadline: deadline)
        }
    }

    /// Writes a text as UTF-8. Like the form for spans.
    @inlinable
    public func write(_ text: String, timeout: Duration? = nil, deadline: Deadline? = nil) throws(TransportError) {
        try write(text.utf8, timeout: timeout, deadline: deadline)
    }

    /// Sends what is held.
    ///
    /// - Parameters:
    ///   - timeout: How long to try. The default, nil, is that of the writer, or what the mode says.
    ///   - deadline: Until when to try. The default, nil, is none.
    /// - Throws: What `Connection.sendAll(_:timeout:deadline:)` throws; what was not sent is still held.
    @inlinable
    public func flush(timeout: Duration? = nil, deadline: Deadline? = nil) throws(TransportError) {
        try ensureOpen()
        try drain(RawSpan(), timeout, deadline)
    }

    /// Sends what is held and gives up the writer's share in the connection. May be repeated.
    ///
    /// The connection is closed when this was the last share: see ``Connection/release()``.
    ///
    /// - Throws: What `flush(timeout:deadline:)` throws. Where the connection can still send, the writer then stays open
    ///   with what it holds, so that the call can be repeated; otherwise it is closed.
    public func close(timeout: Duration? = nil, deadline: Deadline? = nil) throws(TransportError) {
        guard !isFinished else { return }
        do throws(TransportError) {
            if !pending.isEmpty { try flush(timeout: timeout, deadline: deadline) }
        } catch {
            if !error.aftermath.canSend { giveUp() }
            throw error
        }
        giveUp()
    }

    /// Forgets what is held.
    ///
    /// - Returns: What was held.
    public func discardBuffered() -> [UInt8] {
        defer { pending.removeAll(keepingCapacity: true) }
        return pending
    }
}

// MARK: - What both forms share

extension BufferedWriter {
    @inlinable
    func ensureOpen() throws(TransportError) {
        if isFinished || connection.isClosed { throw .closed(.send) }
    }

    /// Takes bytes into the buffer where they fit and may stay there.
    ///
    /// - Returns: Whether something must be sent: the bytes, when they were not taken.
    @inlinable
    func take(_ bytes: RawSpan, _ deadline: Deadline?) throws(TransportError) -> Bool {
        try ensureOpen()
        if let deadline { _ = try connection.control.limit(nil, deadline, .send, clock: connection.transport) }
        guard pending.count + bytes.byteCount <= buffering.capacity, !endsLine(bytes) else { return true }
        bytes.withUnsafeBytes { pending.append(contentsOf: $0) }
        return false
    }

    /// Whether the bytes end a line that must not be held.
    @inlinable
    func endsLine(_ bytes: RawSpan) -> Bool {
        buffering.endsWithLine && bytes.withUnsafeBytes { $0.contains(UInt8(ascii: "\n")) }
    }

    /// One attempt to send the first `held` bytes of the buffer and `bytes`, without the first `sent` of both together.
    ///
    /// More may be in the buffer: an actor that owns the writer may have written while an operation of its was suspended.
    @inlinable
    func step(_ held: Int, _ bytes: RawSpan, _ sent: Int) throws(TransportError) -> SendStep {
        guard sent < held else { return try connection.transport.trySend(bytes.extracting((sent - held)...)) }
        return try pending.withRawSpan { (pending) throws(TransportError) in
            let rest = pending.extracting(sent..<held)
            if bytes.isEmpty { return try connection.transport.trySend(rest) }
            return try step(rest, bytes)
        }
    }

    /// One attempt to send two runs of bytes as one.
    @usableFromInline
    func step(_ first: RawSpan, _ second: RawSpan) throws(TransportError) -> SendStep {
        try withSegments(of: first, second) { (table) throws(TransportError) in
            try connection.transport.trySend(gathering: Span(_unsafeElements: table))
        }
    }

    /// Takes what was sent out of the buffer.
    @inlinable
    func remove(_ count: Int) {
        if count == pending.count { pending.removeAll(keepingCapacity: true) } else { pending.removeFirst(count) }
    }

    /// Takes out of the buffer what was sent before a failure.
    ///
    /// - Returns: The error with the number of bytes of the call, `isFlush` or not, that were sent.
    @usableFromInline
    func settle(_ held: Int, _ error: TransportError, isFlush: Bool) -> TransportError {
        let sent = error.bytesTransferred
        remove(min(sent, held))
        if isFlush { return error }
        return error.with(bytesTransferred: max(0, sent - held), of: error.bytesRequested.map { max(0, $0 - held) })
    }

    func giveUp() {
        isFinished = true
        if !pending.isEmpty { connection.transport.take(.outputLost(byteCount: pending.count)) }
        connection.giveUpShare()
    }
}

extension BufferedWriter {
    /// Sends what is held, and the bytes behind it, as one operation of the connection.
    @inlinable
    func drain(_ bytes: RawSpan, _ timeout: Duration?, _ deadline: Deadline?) throws(TransportError) {
        let held = pending.count
        do throws(TransportError) {
            try connection.sendEverything(
                timeout ?? self.timeout, deadline, held + bytes.byteCount
            ) { (sent) throws(TransportError) in try step(held, bytes, sent) }
            remove(held)
        } catch {
            throw settle(held, error, isFlush: bytes.isEmpty)
        }
    }
}
