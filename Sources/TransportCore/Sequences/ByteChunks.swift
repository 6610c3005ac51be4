/// What a connection receives, chunk by chunk, until the peer ends its stream. Made by `connection.chunks(atMost:)`.
///
/// Nothing is received before it is asked for: a consumer that is slow slows the peer down. A chunk is what was there, not
/// what the peer sent at once.
public struct ByteChunks<T: Transport>: AsyncSequence, Sendable {
    /// At least one byte.
    public typealias Element = [UInt8]
    /// Errors are those of receiving.
    public typealias Failure = TransportError

    @usableFromInline let connection: Connection<T>
    @usableFromInline let maximum: Int
    @usableFromInline let timeout: Duration?

    @inlinable
    init(_ connection: Connection<T>, atMost maximum: Int, timeout: Duration?) {
        self.connection = connection
        self.maximum = maximum
        self.timeout = timeout
    }

    /// Receives; every iterator goes on where the connection is.
    @inlinable
    public func makeAsyncIterator() -> Iterator { Iterator(sequence: self) }

    /// The error of a size that is none.
    @usableFromInline var refusal: TransportError {
        .invalidArgument("chunks of at most \(maximum) bytes: give 1 or more", operation: .receive)
    }

    /// Receives one chunk after another.
    public struct Iterator: AsyncIteratorProtocol {
        @usableFromInline let sequence: ByteChunks

        @inlinable
        init(sequence: ByteChunks) { self.sequence = sequence }

        /// The next chunk, or nil when the peer has ended its stream.
        ///
        /// - Throws: What `Connection.receive(atMost:timeout:deadline:)` throws; nothing is lost by that, and the
        ///   iteration can be gone on with where the connection still can.
        @inlinable
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(TransportError) -> [UInt8]? {
            guard sequence.maximum > 0 else { throw sequence.refusal }
            return try await sequence.connection.receive(atMost: sequence.maximum, timeout: sequence.timeout)
        }
    }
}

extension Connection {
    /// What is received, chunk by chunk, until the peer ends its stream.
    ///
    /// ```swift
    /// for try await chunk in connection.chunks(atMost: 4096) { … }
    /// ```
    ///
    /// - Parameters:
    ///   - maximum: The size of the largest chunk, 1 to 1,048,576 bytes.
    ///   - timeout: How long to wait for each chunk. The default, nil, is what ``mode`` says.
    @inlinable
    public func chunks(atMost maximum: Int, timeout: Duration? = nil) -> ByteChunks<T> {
        ByteChunks(self, atMost: maximum, timeout: timeout)
    }
}
