// What the constants are called in the headers, for whoever prints them.

extension SocketDomain: CustomStringConvertible {
    /// The name in the headers, such as "AF_INET", or the number.
    public var description: String {
        name(
            of: self, or: "AF",
            [
                (.unspecified, "AF_UNSPEC"), (.unix, "AF_UNIX"), (.ipv4, "AF_INET"), (.ipv6, "AF_INET6"),
                (.netlink, "AF_NETLINK"), (.packet, "AF_PACKET"), (.vsock, "AF_VSOCK"), (.kernelCryptography, "AF_ALG"),
                (.can, "AF_CAN"), (.bluetooth, "AF_BLUETOOTH"), (.xdp, "AF_XDP"), (.system, "AF_SYSTEM"),
                (.route, "AF_ROUTE"), (.appleTalk, "AF_APPLETALK"), (.ipx, "AF_IPX"),
            ])
    }
}

extension SocketType: CustomStringConvertible {
    /// The name in the headers, such as "SOCK_STREAM", or the number.
    public var description: String {
        name(
            of: self, or: "SOCK",
            [
                (.stream, "SOCK_STREAM"), (.datagram, "SOCK_DGRAM"), (.raw, "SOCK_RAW"),
                (.reliableMessage, "SOCK_RDM"), (.sequencedPacket, "SOCK_SEQPACKET"),
            ])
    }
}

extension SocketProtocol: CustomStringConvertible {
    /// The name in the headers, such as "IPPROTO_TCP", or the number. 0, which leaves the choice to the system, is
    /// "IPPROTO_IP".
    public var description: String {
        name(
            of: self, or: "IPPROTO",
            [
                (.unspecified, "IPPROTO_IP"), (.icmp, "IPPROTO_ICMP"), (.igmp, "IPPROTO_IGMP"), (.tcp, "IPPROTO_TCP"),
                (.udp, "IPPROTO_UDP"), (.ipv6, "IPPROTO_IPV6"), (.icmpv6, "IPPROTO_ICMPV6"), (.raw, "IPPROTO_RAW"),
                (.esp, "IPPROTO_ESP"), (.ah, "IPPROTO_AH"), (.pim, "IPPROTO_PIM"), (.gre, "IPPROTO_GRE"),
                (.ipip, "IPPROTO_IPIP"), (.egp, "IPPROTO_EGP"), (.pup, "IPPROTO_PUP"), (.idp, "IPPROTO_IDP"),
                (.tp, "IPPROTO_TP"), (.routing, "IPPROTO_ROUTING"), (.fragment, "IPPROTO_FRAGMENT"),
                (.rsvp, "IPPROTO_RSVP"), (.noNextHeader, "IPPROTO_NONE"), (.destinationOptions, "IPPROTO_DSTOPTS"),
                (.sctp, "IPPROTO_SCTP"), (.dccp, "IPPROTO_DCCP"), (.udpLite, "IPPROTO_UDPLITE"),
                (.multipathTCP, "IPPROTO_MPTCP"),
            ])
    }
}

private func name<Constant: RawRepresentable<Int32> & Equatable>(
    of constant: Constant, or prefix: String, _ names: [(Constant?, String)]
) -> String {
    names.first { $0.0 == constant }?.1 ?? "\(prefix) \(constant.rawValue)"
}
