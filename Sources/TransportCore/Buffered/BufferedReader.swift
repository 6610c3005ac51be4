/// Reads a connection through a buffer: by lines, exact counts, or to the end. Made by `connection.reader()`.
///
/// ```swift
/// let reader = connection.reader()
/// while let line = try reader.readLine(), !line.isEmpty { … }
/// let body = try reader.readExactly(length)
/// ```
///
/// With the bytes that are asked for come those that follow them; they are kept here. So make one reader for a connection
/// and read everything through it; ``takeBuffered()`` gives what it holds to whoever reads on without it.
///
/// **Nothing is lost.** A call that fails takes nothing: after a timeout, a ``TransportError/Kind/wouldBlock`` or a
/// cancellation, what has come is still there (``bufferedCount`` says how much), and the call can be repeated, or another
/// one made. (Python's reader cannot be used any more after a timeout.)
///
/// **Limits.** As everywhere, `timeout:` and `deadline:` are for the whole of a call; without them ``Connection/mode`` counts.
///
/// **Closing.** The reader has a share in the connection: see ``Connection/release()``.
///
/// A reader belongs to one thread or task at a time; a ``BufferedWriter`` may be used by another one at the same time.
/// Blocking forms and forms for tasks have the same names.
public final class BufferedReader<T: Transport> {
    /// The connection that is read.
    public let connection: Connection<T>

    /// What ends a line.
    public let lineEnding: LineEnding

    /// Whether a line whose ending is missing is an error, and not the last line.
    public let requiresEnding: Bool

    /// How many bytes a line may have, without its ending.
    public let maximumLineLength: Int

    /// How long a call may take that does not say it itself; nil is what the connection's mode says.
    @usableFromInline let timeout: Duration?

    /// Whether to receive no more than what is asked for.
    @usableFromInline let isUnbuffered: Bool

    // Without the runtime's check for overlapping accesses, which costs more than finding a short line. Nobody else has
    // the object (it is not Sendable), and what calls out while it uses the buffer sets `isLent`, which every entry sees.
    @exclusivity(unchecked) @usableFromInline var input: InputBuffer

    /// Whether bytes of the buffer are lent to a closure of the caller's right now.
    @exclusivity(unchecked) @usableFromInline var isLent = false

    /// Whether the reader was closed.
    @exclusivity(unchecked) @usableFromInline var isFinished = false

    @usableFromInline
    init(
        _ connection: Connection<T>, bufferSize: Int, lineEnding: LineEnding, requiresEnding: Bool,
        maximumLineLength: Int, timeout: Duration?
    ) {
        self.connection = connection
        self.lineEnding = lineEnding
        self.requiresEnding = requiresEnding
        self.maximumLineLength = max(0, maximumLineLength)
        self.timeout = timeout
        isUnbuffered = bufferSize <= 0
        input = InputBuffer(capacity: min(bufferSize, 1 << 24))
        connection.control.shares.take()
    }

    deinit { if !isFinished { connection.giveUpShare() } }

    /// Whether ``close()`` was called.
    public var isClosed: Bool { isFinished }

    /// Gives up the reader's share in the connection, and what the reader holds. May be repeated.
    ///
    /// The connection is closed when this was the last share: see ``Connection/release()``.
    public func close() {
        guard !isFinished else { return }
        isFinished = true
        connection.giveUpShare()
    }
}

// MARK: - What is held

extension BufferedReader {
    /// How many bytes were received and not yet read.
    public var bufferedCount: Int { input.count }

    /// A copy of what was received and not yet read.
    public var buffered: [UInt8] { [UInt8](input.bytes) }

    /// Takes out what was received and not yet read; nothing while it is lent to a closure.
    public func takeBuffered() -> [UInt8] { isLent ? [] : input.takeAll() }
}

// MARK: - How every call is made

/// What an attempt to read from the buffer came to.
@usableFromInline
enum BufferedStep<Result> {
    /// It is done.
    case done(Result)
    /// At least so many bytes are missing.
    case missing(Int)
}

extension BufferedReader {
    /// Throws when nothing can be read now, whatever is held.
    @inlinable
    func ensureUsable() throws(TransportError) {
        if isFinished || isLent || connection.isClosed { throw unusable() }
    }

    @usableFromInline
    func unusable() -> TransportError {
        guard isLent, !isFinished, !connection.isClosed else { return .closed(.receive) }
        return TransportError(.busy, operation: .receive)
            .with(message: "bytes of this reader are lent to a closure that has not returned yet")
    }

    /// Makes attempts at the buffer until one is done, receiving more in between.
    ///
    /// - Parameter attempt: Looks at the buffer and takes from it only when it is done. It is told whether the stream has
    ///   ended, and is done then in any case.
    @inlinable
    func read<Result>(
        _ timeout: Duration?, _ deadline: Deadline?,
        _ attempt: (_ isAtEnd: Bool) throws(TransportError) -> BufferedStep<Result>
    ) throws(TransportError) -> Result {
        try ensureUsable()
        // What is held needs no clock. A deadline that has passed still comes before everything.
        if deadline == nil, case .done(let result) = try attempt(false) { return result }
        return try readOn(timeout, deadline, attempt)
    }

    @inlinable @inline(never)
    func readOn<Result>(
        _ timeout: Duration?, _ deadline: Deadline?,
        _ attempt: (_ isAtEnd: Bool) throws(TransportError) -> BufferedStep<Result>
    ) throws(TransportError) -> Result {
        let limit = try connection.control.limit(
            timeout ?? self.timeout, deadline, .receive, clock: connection.transport
        )
        var isAtEnd = false, isLater = false
        while true {
            switch try attempt(isAtEnd) {
            case .done(let result): return result
            case .missing(let count):
                guard !isAtEnd else { throw TransportError(.invalidState, operation: .receive) }
                if isLater { try connection.checkTime(limit, .receive) }
                isLater = true
                isAtEnd = try !fill(count, limit)
            }
        }
    }

    /// Receives once into the buffer.
    ///
    /// - Returns: Whether anything came; otherwise the stream has ended.
    @inlinable
    func fill(_ missing: Int, _ limit: WaitLimit) throws(TransportError) -> Bool {
        let portion = prepare(missing)
        try connection.begin(.receive, .receive)
        do throws(TransportError) {
            let count = try input.append(atMost: portion) { (span: inout OutputRawSpan) throws(TransportError) in
                try connection.receiveSome(into: &span, limit)
            }
            connection.end(.receive, .receive, count.map { .done(bytes: $0) } ?? .endOfStream)
            return count != nil
        } catch {
            connection.end(.receive, .receive, failed: error)
            throw error
        }
    }

    /// Makes room in the buffer, and says how much to receive at most.
    @usableFromInline
    func prepare(_ missing: Int) -> Int {
        // Never more at once than what has come before, so that a mistaken length is not a mistaken allocation.
        let wanted = max(1, min(missing, max(input.capacity, 1 << 16)))
        input.makeRoom(atLeast: isUnbuffered ? wanted : max(wanted, input.usualCapacity / 2))
        return isUnbuffered ? wanted : .max
    }
}
