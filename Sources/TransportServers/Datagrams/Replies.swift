internal import TransportCore

/// The way back from the handlers of a socket's datagrams: one of them at a time takes a step, and none when the server has
/// given them up.
final class Replies<D: DatagramTransport>: ServedConnection {
    let socket: DatagramSocket<D>
    private let isGivenUp = Locked(false)

    init(_ socket: DatagramSocket<D>) { self.socket = socket }

    /// Sends a datagram, if there is room.
    func trySend(_ bytes: [UInt8], to address: D.Family.SocketAddress?) throws(TransportError) -> SendStep {
        // A transport takes one step of sending at a time; none of them waits.
        try isGivenUp.withLock { (isGivenUp) throws(TransportError) in
            if isGivenUp { throw .closed(.send).with(message: "the server has stopped, and waits no more for replies") }
            return try socket.transport.trySend(bytes.span.bytes, to: address)
        }
    }

    // MARK: For the service

    var activity: UInt16 { 0 }
    var isAwaited: Bool { false }
    var movedTo: AnyObject? { nil }
    var isClosed: Bool { socket.isClosed }
    var source: any ReadinessSource { socket.transport }
    func close() { isGivenUp.withLock { $0 = true } }
    func abort() { close() }
}
