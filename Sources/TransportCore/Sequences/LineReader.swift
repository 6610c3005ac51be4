/// What a connection receives, line by line. Made by `connection.lines()`.
///
/// ```swift
/// let lines = connection.lines()
/// for try await line in lines { … }
/// ```
///
/// A line ends with LF, or CR and LF, which are not part of it. What comes after the last of them, if anything, is the last
/// line. Nothing is received before it is asked for, but with the bytes of a line come those that follow it: they are kept
/// in the reader. So make one reader for a connection and keep it. Every loop over it goes on where the one before ended; a
/// timeout or a cancellation in the middle of a line loses nothing; and what is left when the protocol goes on with
/// something else than lines is given by ``takeBuffered()``.
///
/// A reader belongs to one task at a time.
public final class LineReader<T: Transport>: AsyncSequence {
    /// A line without its end. Bytes that are not UTF-8 appear as U+FFFD; ``nextBytes(timeout:deadline:)`` has them as
    /// they came.
    public typealias Element = String
    /// Errors are those of receiving, and that of a line that is too long.
    public typealias Failure = TransportError

    /// The connection that is read.
    public let connection: Connection<T>
    /// How many bytes a line may have, without its end.
    public let maximumLength: Int

    private let timeout: Duration?
    private var buffer = LineBuffer()

    init(_ connection: Connection<T>, maximumLength: Int, timeout: Duration?) {
        self.connection = connection
        self.maximumLength = maximumLength
        self.timeout = timeout
    }

    /// The next line as text, or nil at the end of the stream. Like ``nextBytes(timeout:deadline:)``.
    public func next(timeout: Duration? = nil, deadline: Deadline? = nil) async throws(TransportError) -> String? {
        try await nextLine(timeout, deadline).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The next line as bytes, or nil at the end of the stream.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the whole of the line. The default, nil, is that of the reader, and without one
    ///     what the connection's mode says.
    ///   - deadline: Until when to wait for it. The default, nil, is none.
    /// - Throws: ``TransportError/Kind/messageTooLarge`` for a line that is longer than ``maximumLength``, again and again,
    ///   until ``takeBuffered()`` takes its beginning away; and what ``Connection/receive(atMost:timeout:deadline:)``
    ///   throws. What has come of the line stays in the reader.
    public func nextBytes(timeout: Duration? = nil, deadline: Deadline? = nil) async throws(TransportError) -> [UInt8]?
    {
        try await nextLine(timeout, deadline).map { [UInt8]($0) }
    }

    /// What was received and not yet given out as lines.
    public var buffered: [UInt8] { [UInt8](buffer.rest) }

    /// Takes out what was received and not yet given out as lines.
    public func takeBuffered() -> [UInt8] { [UInt8](buffer.takeRest()) }

    private func nextLine(
        _ timeout: Duration?, _ deadline: Deadline?
    ) async throws(TransportError) -> ArraySlice<UInt8>? {
        let limit = try connection.control.taskLimit(
            timeout ?? self.timeout, deadline, .receive, clock: connection.transport
        )
        while true {
            if let line = try buffer.takeLine(atMost: maximumLength) { return line }
            try connection.checkTask(limit, .receive)
            let count = try await connection.receiveOnce(limit) { () throws(TransportError) in
                try buffer.append { (span: inout OutputRawSpan) throws(TransportError) in
                    try connection.transport.tryReceive(into: &span)
                }
            }
            if count == nil { return buffer.rest.isEmpty ? nil : buffer.takeRest() }
        }
    }

    /// Reads on where the reader is.
    public func makeAsyncIterator() -> Iterator { Iterator(reader: self) }

    /// Reads one line after another.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let reader: LineReader

        /// The next line, or nil at the end of the stream.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(TransportError) -> String? {
            try await reader.next()
        }
    }
}

extension Connection {
    /// A reader of what is received, line by line.
    ///
    /// - Parameters:
    ///   - maximumLength: How many bytes a line may have, without its end. A peer that sends none would otherwise fill the
    ///     memory. The default is 65,536.
    ///   - timeout: How long to wait for each line. The default, nil, is what ``mode`` says.
    public func lines(maximumLength: Int = 65_536, timeout: Duration? = nil) -> LineReader<T> {
        LineReader(self, maximumLength: maximumLength, timeout: timeout)
    }
}
