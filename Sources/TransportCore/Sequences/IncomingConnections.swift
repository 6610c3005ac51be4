/// The connections of a listener, one after another, until it is closed. Made by `listener.connections`.
///
/// A connection is accepted when it is asked for, and not before.
public struct IncomingConnections<L: TransportListener>: AsyncSequence, Sendable {
    /// A connection that was accepted.
    public typealias Element = Connection<L.Accepted>
    /// Errors are those of accepting.
    public typealias Failure = TransportError

    private let listener: Listener<L>

    init(_ listener: Listener<L>) { self.listener = listener }

    /// Accepts; several iterators share the connections.
    public func makeAsyncIterator() -> Iterator { Iterator(listener: listener) }

    /// Accepts one connection after another.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let listener: Listener<L>

        /// The next connection, or nil when the listener was closed, or has stopped accepting and has none left.
        ///
        /// - Throws: What `Listener.accept(timeout:deadline:)` throws otherwise; the iteration can be gone on with.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(TransportError) -> Connection<L.Accepted>? {
            do throws(TransportError) {
                return try await listener.accept()
            } catch {
                guard error.kind == .closed else { throw error }
                return nil
            }
        }
    }
}

extension Listener {
    /// The connections, one after another, until the listener is closed.
    ///
    /// ```swift
    /// for try await connection in listener.connections { … }
    /// ```
    ///
    /// Each one is waited for as ``mode`` says.
    public var connections: IncomingConnections<L> { IncomingConnections(self) }
}
