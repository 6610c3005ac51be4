/// The datagrams of a socket, one after another, until it is closed. Made by `socket.datagrams(atMost:)`.
///
/// A datagram is received when it is asked for; those that the system has no room for meanwhile are lost, as datagrams are.
public struct IncomingDatagrams<D: DatagramTransport>: AsyncSequence, Sendable {
    /// The bytes of a datagram, and what is known about it.
    public typealias Element = (bytes: [UInt8], info: DatagramInfo<D.Family.SocketAddress>)
    /// Errors are those of receiving.
    public typealias Failure = TransportError

    @usableFromInline let socket: DatagramSocket<D>
    @usableFromInline let maximum: Int

    @inlinable
    init(_ socket: DatagramSocket<D>, atMost maximum: Int) {
        self.socket = socket
        self.maximum = maximum
    }

    /// Receives; every iterator goes on where the socket is.
    @inlinable
    public func makeAsyncIterator() -> Iterator { Iterator(sequence: self) }

    /// Receives one datagram after another.
    public struct Iterator: AsyncIteratorProtocol {
        @usableFromInline let sequence: IncomingDatagrams

        @inlinable
        init(sequence: IncomingDatagrams) { self.sequence = sequence }

        /// The next datagram, or nil when the socket was closed.
        ///
        /// - Throws: What `DatagramSocket.receive(atMost:timeout:deadline:)` throws otherwise; the iteration can be gone
        ///   on with.
        @inlinable
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(TransportError) -> Element? {
            do throws(TransportError) {
                return try await sequence.socket.receive(atMost: sequence.maximum)
            } catch {
                guard error.kind == .closed else { throw error }
                return nil
            }
        }
    }
}

extension DatagramSocket {
    /// The datagrams that come, one after another, until the socket is closed.
    ///
    /// ```swift
    /// for try await (bytes, info) in socket.datagrams(atMost: 1500) { … }
    /// ```
    ///
    /// - Parameter maximum: The largest datagram that is not cut, 0 or more bytes. Each one is waited for as ``mode`` says.
    @inlinable
    public func datagrams(atMost maximum: Int) -> IncomingDatagrams<D> { IncomingDatagrams(self, atMost: maximum) }
}
