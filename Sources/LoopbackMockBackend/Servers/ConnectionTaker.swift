internal import TransportCore

/// Something bound to an address that is given every stream at once, without a queue. Used with the network's lock held.
final class ConnectionTaker<Space: LoopbackAddressSpace> {
    /// Takes the far side of a stream, with its local and its remote address.
    let take: (StreamPair, Space.SocketAddress, Space.SocketAddress) -> Void

    init(take: @escaping (StreamPair, Space.SocketAddress, Space.SocketAddress) -> Void) { self.take = take }
}
