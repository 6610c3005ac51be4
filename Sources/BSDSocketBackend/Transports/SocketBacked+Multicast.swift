internal import CSockets
public import TransportCore

// Multicast: which groups are heard, and how groups are spoken to. For how far datagrams go and whether this machine hears
// its own, there are the options `.multicastHops` and `.multicastLoop`.
extension SocketBacked {
    /// Hears a multicast group. The corresponding option of C is `MCAST_JOIN_GROUP` (RFC 3678).
    ///
    /// The socket has to be bound to the port that the group speaks to, to the wildcard address or the group's.
    ///
    /// - Parameters:
    ///   - group: The group: 224.0.0.0 to 239.255.255.255, or ff00::/8.
    ///   - interface: The number of the interface on which it is heard. The default, 0, has the system choose.
    ///   - source: The one sender that is heard. The default, nil, is everyone.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for an address that is no group or of another
    ///   version than the socket; ``/TransportCore/TransportError/Kind/addressInUse`` when it is heard already;
    ///   ``/TransportCore/TransportError/Kind/system`` (`ENODEV`) when there is no such interface.
    public func joinGroup(
        _ group: IP.Address, interface: UInt32 = 0, source: IP.Address? = nil
    ) throws(TransportError) {
        try changeGroup(group, interface, source, join: true)
    }

    /// Does not hear a multicast group any more. The arguments are those of joining it.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/addressNotAvailable`` when it was not heard.
    public func leaveGroup(
        _ group: IP.Address, interface: UInt32 = 0, source: IP.Address? = nil
    ) throws(TransportError) {
        try changeGroup(group, interface, source, join: false)
    }

    /// Chooses the interface by which groups are spoken to (`IP_MULTICAST_IF`, `IPV6_MULTICAST_IF`).
    ///
    /// - Parameter interface: Its number; 0 has the system choose.
    /// - Throws: ``/TransportCore/TransportError/Kind/addressNotAvailable`` and other errors of the system when there
    ///   is no such interface, ``/TransportCore/TransportError/Kind/closed``.
    public func setMulticastInterface(_ interface: UInt32) throws(TransportError) {
        try handle.use(.setOption) { (descriptor) throws(TransportError) in
            try handle.check(csockets_multicast_interface(descriptor, handle.domain, interface), .setOption)
        }
    }

    private func changeGroup(
        _ group: IP.Address, _ interface: UInt32, _ source: IP.Address?, join: Bool
    ) throws(TransportError) {
        guard group.isMulticast else {
            throw .invalidArgument("\(group) is no multicast group", operation: .setOption)
        }
        let groupBytes = try bytes(of: group)
        let sourceBytes = try source.map { (source) throws(TransportError) in try bytes(of: source) }
        let result = try handle.use(.setOption) { (descriptor) throws(TransportError) in
            groupBytes.withBytes { group in
                (sourceBytes ?? SocketAddressBytes()).withBytes { source in
                    csockets_group(
                        descriptor, handle.domain, join ? 1 : 0, interface, group.baseAddress, UInt32(group.count),
                        source.baseAddress, UInt32(source.count))
                }
            }
        }
        if result < 0 { throw handle.failure(Int(result), .setOption).with(address: group) }
    }

    /// An address in the form that the socket's family has groups in.
    private func bytes(of address: IP.Address) throws(TransportError) -> SocketAddressBytes {
        switch (address, handle.domain) {
        case (.v4, AF_INET), (.v6, AF_INET6): return IP.bytes(of: IP.SocketAddress(address, port: 0))
        default:
            throw .invalidArgument(
                "\(address) is of another version than the socket: groups of IPv4 take a socket of IPv4, and so on",
                operation: .setOption
            )
        }
    }
}

extension DatagramSocket where D: SocketBacked {
    /// Hears a multicast group. See ``SocketBacked/joinGroup(_:interface:source:)``.
    public func joinGroup(
        _ group: IP.Address, interface: UInt32 = 0, source: IP.Address? = nil
    ) throws(TransportError) {
        try transport.joinGroup(group, interface: interface, source: source)
    }

    /// Does not hear a multicast group any more. See ``SocketBacked/leaveGroup(_:interface:source:)``.
    public func leaveGroup(
        _ group: IP.Address, interface: UInt32 = 0, source: IP.Address? = nil
    ) throws(TransportError) {
        try transport.leaveGroup(group, interface: interface, source: source)
    }

    /// Chooses the interface by which groups are spoken to. See ``SocketBacked/setMulticastInterface(_:)``.
    public func setMulticastInterface(_ interface: UInt32) throws(TransportError) {
        try transport.setMulticastInterface(interface)
    }
}
