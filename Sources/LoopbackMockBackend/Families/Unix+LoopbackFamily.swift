public import TransportCore

extension Unix: LoopbackAddressSpace {
    /// Like Unix streams.
    public static var usualProfile: NetworkProfile { .unix }

    /// Like Unix datagrams.
    public static var usualDatagramProfile: DatagramProfile { .unix }

    /// Whether it is a path; abstract names go with their owners.
    public static func isFile(_ address: SocketAddress) -> Bool { address.pathBytes != nil }

    /// Unnamed.
    public static func address(
        connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16
    ) -> SocketAddress { .unnamed }

    /// Unnamed, also after the first datagram.
    public static func unboundAddress(goingTo peer: SocketAddress?) -> SocketAddress? { .unnamed }

    /// 212,960: what fits the send buffer that Linux gives a socket.
    public static func largestDatagram(to address: SocketAddress) -> Int { 212_960 }
}
