public import TransportCore

extension IPv4: LoopbackFamily {
    /// The port.
    public static func port(of address: SocketAddress) -> UInt16? { address.port }

    /// The address, with a port.
    public static func listeningAddress(for address: SocketAddress, port: () -> UInt16) -> SocketAddress {
        address.port == 0 ? address.with(port: port()) : address
    }

    /// The address itself, then the wildcard.
    public static func listeners(reachedAt address: SocketAddress) -> [SocketAddress] {
        [address, .any(port: address.port)]
    }

    /// The machine's address, or the loopback address when the peer has that.
    public static func address(
        connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16
    ) -> SocketAddress {
        SocketAddress(peer.address.isLoopback || peer.address.isUnspecified ? .loopback : host.ipv4, port: port())
    }

    /// The machine whose address it is; the own one for loopback addresses.
    public static func host(
        at address: SocketAddress, seenFrom host: LoopbackHost, in hosts: [LoopbackHost]
    ) -> LoopbackHost? {
        address.address.isLoopback || address.address.isUnspecified
            ? host : hosts.first { $0.ipv4 == address.address }
    }
}

extension IPv6: LoopbackFamily {
    /// The port.
    public static func port(of address: SocketAddress) -> UInt16? { address.port }

    /// The address, with a port.
    public static func listeningAddress(for address: SocketAddress, port: () -> UInt16) -> SocketAddress {
        address.port == 0 ? address.with(port: port()) : address
    }

    /// The address itself, then the wildcard.
    public static func listeners(reachedAt address: SocketAddress) -> [SocketAddress] {
        [address, .any(port: address.port)]
    }

    /// The machine's address, or the loopback address when the peer has that.
    public static func address(
        connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16
    ) -> SocketAddress {
        SocketAddress(peer.address.isLoopback || peer.address.isUnspecified ? .loopback : host.ipv6, port: port())
    }

    /// The machine whose address it is; the own one for loopback addresses.
    public static func host(
        at address: SocketAddress, seenFrom host: LoopbackHost, in hosts: [LoopbackHost]
    ) -> LoopbackHost? {
        address.address.isLoopback || address.address.isUnspecified
            ? host : hosts.first { $0.ipv6 == address.address }
    }
}

extension IP: LoopbackFamily {
    /// The port.
    public static func port(of address: SocketAddress) -> UInt16? { address.port }

    /// The address, with a port.
    public static func listeningAddress(for address: SocketAddress, port: () -> UInt16) -> SocketAddress {
        address.port == 0 ? address.with(port: port()) : address
    }

    /// The address itself, then the wildcard.
    public static func listeners(reachedAt address: SocketAddress) -> [SocketAddress] {
        switch address {
        case .v4(let address): IPv4.listeners(reachedAt: address).map(SocketAddress.v4)
        case .v6(let address): IPv6.listeners(reachedAt: address).map(SocketAddress.v6)
        }
    }

    /// The machine's address of the peer's kind.
    public static func address(
        connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16
    ) -> SocketAddress {
        switch peer {
        case .v4(let peer): .v4(IPv4.address(connectingTo: peer, from: host, port: port))
        case .v6(let peer): .v6(IPv6.address(connectingTo: peer, from: host, port: port))
        }
    }

    /// The machine whose address it is; the own one for loopback addresses.
    public static func host(
        at address: SocketAddress, seenFrom host: LoopbackHost, in hosts: [LoopbackHost]
    ) -> LoopbackHost? {
        switch address {
        case .v4(let address): IPv4.host(at: address, seenFrom: host, in: hosts)
        case .v6(let address): IPv6.host(at: address, seenFrom: host, in: hosts)
        }
    }
}

extension IP {
    /// The IPv4 wildcard for the IPv6 one.
    public static func dualStackTwin(of address: SocketAddress) -> SocketAddress? {
        guard case .v6(let address) = address, address.address.isUnspecified else { return nil }
        return .v4(.any(port: address.port))
    }

    /// A mapped address where an IPv6 listener has an IPv4 peer.
    public static func address(_ address: SocketAddress, seenAt listener: SocketAddress) -> SocketAddress {
        guard case .v4(let plain) = address, case .v6 = listener else { return address }
        return .v6(IPv6.SocketAddress(mapping: plain))
    }
}

extension Unix: LoopbackFamily {
    /// Like Unix streams.
    public static var usualProfile: NetworkProfile { .unix }

    /// Unnamed.
    public static func address(
        connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16
    ) -> SocketAddress { .unnamed }
}
