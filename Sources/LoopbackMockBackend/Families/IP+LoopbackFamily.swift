public import TransportCore

extension IP: LoopbackAddressSpace {
    /// The address in its plain form: a mapped IPv4 address is the IPv4 address.
    public static func spaceAddress(of address: SocketAddress) -> SocketAddress { address.canonical }

    /// A mapped address where an IPv6 endpoint has an IPv4 peer.
    public static func address(_ address: SocketAddress, seenAt own: SocketAddress?) -> SocketAddress {
        guard case .v4(let plain) = address, case .v6? = own else { return address }
        return .v6(IPv6.SocketAddress(mapping: plain))
    }

    /// The address, with a port.
    public static func bindingAddress(for address: SocketAddress, port: () -> UInt16) -> SocketAddress {
        address.port == 0 ? address.with(port: port()) : address
    }

    /// The IPv4 wildcard for the IPv6 one.
    public static func dualStackTwin(of address: SocketAddress) -> SocketAddress? {
        guard case .v6(let address) = address, address.address.isUnspecified else { return nil }
        return .v4(.any(port: address.port))
    }

    /// The loopback address for a wildcard.
    public static func destination(of address: SocketAddress) -> SocketAddress {
        guard address.address.isUnspecified else { return address }
        return wildcardOrLoopback(likeThatOf: address, isLoopback: true)
    }

    /// The address itself, then the wildcard.
    public static func bindings(reachedAt address: SocketAddress) -> [SocketAddress] {
        let wildcard = wildcardOrLoopback(likeThatOf: address, isLoopback: false)
        return address == wildcard ? [address] : [address, wildcard]
    }

    private static func wildcardOrLoopback(
        likeThatOf address: SocketAddress, isLoopback: Bool
    ) -> SocketAddress {
        switch address {
        case .v4: .v4(IPv4.SocketAddress(isLoopback ? .loopback : .any, port: address.port))
        case .v6: .v6(IPv6.SocketAddress(isLoopback ? .loopback : .any, port: address.port))
        }
    }

    /// The machine whose address it is; the own one for loopback addresses.
    public static func host(
        at address: SocketAddress, seenFrom host: LoopbackHost, in hosts: [LoopbackHost]
    ) -> LoopbackHost? {
        if isOwn(address.address) { return host }
        let index = LoopbackHost.number(of: address.address) - 1
        return hosts.indices.contains(index) ? hosts[index] : nil
    }

    /// Whether it is 255.255.255.255.
    public static func isBroadcast(_ address: SocketAddress) -> Bool { address.ipv4?.address.isBroadcast == true }

    /// The machine's address of the peer's kind, or the loopback address when the peer has that.
    public static func address(
        connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16
    ) -> SocketAddress {
        let isOwn = isOwn(peer.address)
        return switch peer {
        case .v4: .v4(IPv4.SocketAddress(isOwn ? .loopback : host.ipv4, port: port()))
        case .v6: .v6(IPv6.SocketAddress(isOwn ? .loopback : host.ipv6, port: port()))
        }
    }

    /// The address itself, or for a wildcard the machine's address.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/familyNotSupported`` and
    ///   ``/TransportCore/TransportError/Kind/networkUnreachable`` between IPv4 and IPv6, and
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` from a loopback address to another machine.
    public static func source(
        of bound: SocketAddress, goingTo peer: SocketAddress, from host: LoopbackHost
    ) throws(TransportError) -> SocketAddress {
        switch (bound, peer) {
        case (.v4, .v6): throw TransportError(.familyNotSupported, operation: .send)
        case (.v6, .v4): throw TransportError(.networkUnreachable, operation: .send)
        default:
            if bound.address.isUnspecified { return address(connectingTo: peer, from: host) { bound.port } }
            let staysHere = isOwn(peer.address) || peer.address == .v4(host.ipv4) || peer.address == .v6(host.ipv6)
            guard staysHere || !bound.address.isLoopback else {
                throw TransportError(.invalidArgument, operation: .send)
                    .with(message: "\(bound) means another machine over there: nobody could answer")
            }
            return bound
        }
    }

    /// The wildcard of the peer's kind, with port 0; that of IPv6, which reaches both kinds, when there is no peer.
    public static func unboundAddress(goingTo peer: SocketAddress?) -> SocketAddress? {
        if case .v4? = peer { .v4(.any(port: 0)) } else { .v6(.any(port: 0)) }
    }

    /// 65,507 over IPv4 and 65,527 over IPv6: what the lengths in the headers of IP and UDP leave.
    public static func largestDatagram(to address: SocketAddress) -> Int { address.ipv4 == nil ? 65527 : 65507 }

    private static func isOwn(_ address: Address) -> Bool { address.isLoopback || address.isUnspecified }
}

// A machine has its ports for IPv4 and IPv6 whatever the type is that they are used by.

extension IPv4: LoopbackFamily {
    /// A machine has one address space, for IPv4 and IPv6.
    public typealias Space = IP

    /// The address as one of ``TransportCore/IP``.
    public static func spaceAddress(of address: SocketAddress) -> IP.SocketAddress { .v4(address) }

    /// The address, which is one of version 4.
    public static func address(_ address: IP.SocketAddress, seenAt own: SocketAddress?) -> SocketAddress {
        address.ipv4 ?? own ?? .any(port: address.port)
    }

    /// The wildcard, with port 0.
    public static func unboundAddress(goingTo peer: IP.SocketAddress?) -> IP.SocketAddress? { .v4(.any(port: 0)) }
}

extension IPv6: LoopbackFamily {
    /// A machine has one address space, for IPv4 and IPv6.
    public typealias Space = IP

    /// The address as one of ``TransportCore/IP``: a mapped IPv4 address is the IPv4 address.
    public static func spaceAddress(of address: SocketAddress) -> IP.SocketAddress {
        IP.spaceAddress(of: .v6(address))
    }

    /// The address, mapped where it is one of version 4.
    public static func address(_ address: IP.SocketAddress, seenAt own: SocketAddress?) -> SocketAddress {
        switch address {
        case .v4(let address): SocketAddress(mapping: address)
        case .v6(let address): address
        }
    }

    /// The wildcard, with port 0.
    public static func unboundAddress(goingTo peer: IP.SocketAddress?) -> IP.SocketAddress? { .v6(.any(port: 0)) }
}
