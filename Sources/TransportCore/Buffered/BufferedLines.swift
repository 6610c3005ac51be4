/// What a reader reads, line by line, as text. Made by `reader.lines` or `connection.lines()`.
///
/// ```swift
/// for try await line in connection.lines() { … }
/// ```
///
/// Every loop over it goes on where the one before ended. In code that blocks, `while let line = try reader.readLine()` is
/// the same.
public struct BufferedLines<T: Transport>: AsyncSequence {
    /// A line without its ending. Bytes that are not UTF-8 appear as U+FFFD.
    public typealias Element = String
    /// Errors are those of receiving, and that of a line that is too long.
    public typealias Failure = TransportError

    /// The reader, which has what follows the lines.
    public let reader: BufferedReader<T>

    @inlinable
    init(reader: BufferedReader<T>) { self.reader = reader }

    /// Reads on where the reader is.
    @inlinable
    public func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

    /// Reads one line after another.
    public struct Iterator: AsyncIteratorProtocol {
        @usableFromInline let reader: BufferedReader<T>

        @inlinable
        init(reader: BufferedReader<T>) { self.reader = reader }

        /// The next line, or nil at the end of the stream.
        @inlinable
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(TransportError) -> String? {
            try await reader.readLine()
        }
    }
}

extension BufferedReader {
    /// What is read, line by line, as text.
    @inlinable
    public var lines: BufferedLines<T> { BufferedLines(reader: self) }
}
