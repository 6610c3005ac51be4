public import TransportCore

/// A datagram that a server has received, and the way back.
public struct ServedDatagram<D: DatagramTransport>: Sendable {
    /// The datagram; may be empty.
    public let bytes: [UInt8]
    /// Who sent it, and whether it was cut.
    public let info: DatagramInfo<D.Family.SocketAddress>
    private let replies: Replies<D>

    init(_ bytes: [UInt8], _ info: DatagramInfo<D.Family.SocketAddress>, _ replies: Replies<D>) {
        self.bytes = bytes
        self.info = info
        self.replies = replies
    }

    /// The socket that it came to.
    public var socket: DatagramSocket<D> { replies.socket }

    /// Sends a datagram to the sender, suspending the task until there is room.
    ///
    /// Unlike those of the socket, replies of several handlers may be sent at the same time.
    ///
    /// - Parameters:
    ///   - bytes: The datagram; may be empty.
    ///   - timeout: How long to wait for room. The default, nil, is as long as it takes.
    /// - Throws: ``/TransportCore/TransportError/Kind/notConnected`` when the sender has no address,
    ///   ``/TransportCore/TransportError/Kind/timedOut``, ``/TransportCore/TransportError/Kind/cancelled``,
    ///   ``/TransportCore/TransportError/Kind/closed`` when the server has given the handler up, and what sending throws.
    public func reply(_ bytes: some Collection<UInt8>, timeout: Duration? = nil) async throws(TransportError) {
        let bytes = [UInt8](bytes)
        let (address, end) = try way(timeout)
        let step = try await socket.transport.drive(until: end) { () throws(TransportError) in
            try replies.trySend(bytes, to: address)
        }
        if step.need != nil { throw TransportError(.timedOut, operation: .send) }
    }

    /// Sends a datagram to the sender, blocking this thread until there is room. Like the form for tasks.
    public func reply(_ bytes: some Collection<UInt8>, timeout: Duration? = nil) throws(TransportError) {
        let bytes = [UInt8](bytes)
        let (address, end) = try way(timeout)
        let step = try socket.transport.drive(until: end) { () throws(TransportError) in
            try replies.trySend(bytes, to: address)
        }
        if step.need != nil { throw TransportError(.timedOut, operation: .send) }
    }

    private func way(
        _ timeout: Duration?
    ) throws(TransportError) -> (address: D.Family.SocketAddress?, end: Deadline) {
        if info.sender == nil, (try? socket.transport.remoteAddress) == nil {
            throw TransportError(.notConnected, operation: .send).with(message: "the sender has no address to reply to")
        }
        return (
            info.sender,
            try timeout.map { (time) throws(TransportError) in
                try socket.transport.deadline(after: time)
            } ?? .never
        )
    }
}
