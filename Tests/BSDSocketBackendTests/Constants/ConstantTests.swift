import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// The system's constants, by their names.
@Suite("Constants")
struct ConstantTests {
    @Test(
        "C01, C03, C04, C19, C06, C07, C08, C11, C13, C14, C15: the values are those that Python knows",
        .enabled(if: access("/usr/bin/python3", X_OK) == 0)
    )
    func sameAsPython() throws {
        let constants = ConstantTable.all
        let script = """
            import socket, sys
            for name in sys.argv[1].split():
                print(getattr(socket, name, "-"))
            """
        let python = try ChildProcess.python(script, constants.map(\.name).joined(separator: " "))
        var known = 0
        for constant in constants {
            let answer = try python.readLine()
            guard let value = Int64(answer) else { continue }
            known += 1
            // Python has flags as unsigned numbers.
            #expect(constant.value.map { Int64($0) } == Int64(Int32(truncatingIfNeeded: value)), "\(constant.name)")
        }
        #expect(known > 120)
        #expect(try python.waitForExit() == 0)
    }

    @Test("no two constants of one kind are the same number, and each name is there once")
    func distinct() {
        for (kind, constants) in ConstantTable.kinds {
            // Linux has AF_ROUTE as another name of AF_NETLINK.
            let values = constants.filter { $0.0 != "AF_ROUTE" }.compactMap(\.1)
            #expect(Set(values).count == values.count, "\(kind)")
        }
    }

    @Test("C02, C16: what the platform lacks is nil, and what it has is not")
    func lacking() {
        #if os(Linux)
        #expect(SocketOptionName.noSigPipe == nil && SocketOptionName.noPush == nil)
        #expect(SocketDomain.system == nil && AddressInfoFlags.platformDefault == nil)
        #expect(SocketOptionName.cork != nil && SocketDomain.netlink != nil && MessageFlags.noSignal != nil)
        #else
        #expect(SocketOptionName.noSigPipe != nil && SocketDomain.system != nil)
        #expect(SocketOptionName.cork == nil && SocketDomain.netlink == nil)
        #endif
    }

    @Test("C12, E03: the codes of the resolver are those of the platform's headers")
    func resolverCodes() {
        #expect(AddressInfoErrorCode.noName.rawValue == EAI_NONAME)
        #expect(AddressInfoErrorCode.system.rawValue == EAI_SYSTEM)
        #if os(Linux)
        #expect(ConstantTable.eai.compactMap(\.1).allSatisfy { $0 < 0 })
        #expect(AddressInfoErrorCode.addressFamily?.rawValue == -9 && AddressInfoErrorCode.overflow.rawValue == -12)
        #expect(ConstantTable.eai.compactMap(\.1).count == 12)
        #else
        #expect(ConstantTable.eai.compactMap(\.1).allSatisfy { $0 > 0 })
        #endif
        #expect(ConstantTable.herr.map(\.1) == [1, 2, 3, 4])
    }

    @Test("C05: a longer backlog than the system's longest is capped, and no error")
    func backlog() throws {
        #expect(SocketPlatform.maximumBacklog >= 128)
        let listener = try SocketBackend<IPv4>().listen(
            on: .loopback(port: 0), options: ListenerOptions(backlog: SocketPlatform.maximumBacklog + 1)
        )
        listener.close()
    }

    @Test("C17: the platform knows IPv6; whether the machine has it is found by trying, as Python finds")
    func versionSix() throws {
        #expect(SocketPlatform.hasIPv6)
        let usable = (try? SocketBackend<IPv6>().listen(on: .loopback(port: 0))) != nil
        #expect(SocketPlatform.hasUsableIPv6() == usable)
        if usable { #expect(SocketPlatform.supportsDualStack()) }
    }

    @Test("C18: the types of sockets are public, and are told apart at run time")
    func types() throws {
        let (left, _) = try SocketBackend<Unix>().connectedPair()
        let transport: any Transport = left.transport
        #expect(transport is SocketTransport<Unix> && !(transport is SocketTransport<IPv4>))
    }

    @Test("C09: the bounds of ports")
    func ports() {
        #expect(ReservedPorts.end == 1024 && ReservedPorts.userEnd == 5000)
    }

    @Test("families, types and protocols are printed as the headers call them, and numbers without a name as numbers")
    func names() {
        for (name, value) in ConstantTable.domain where name != "AF_ROUTE" {
            if let value { #expect("\(SocketDomain(rawValue: value))" == name) }
        }
        for (name, value) in ConstantTable.type { #expect(value.map { "\(SocketType(rawValue: $0))" } == name) }
        for (name, value) in ConstantTable.protocol {
            if let value { #expect("\(SocketProtocol(rawValue: value))" == name) }
        }
        #expect("\(SocketDomain(rawValue: 999))" == "AF 999")
        #expect("\(SocketType(rawValue: -1)), \(SocketProtocol(rawValue: 200))" == "SOCK -1, IPPROTO 200")
    }

    @Test("numbers that nobody has named survive, and flags can be combined")
    func open() {
        #expect(SocketDomain(rawValue: 999).rawValue == 999)
        #expect(MessageFlags(rawValue: 1 << 30).union(.peek).contains(.peek))
        #expect(SocketOptionName(level: OptionLevel(rawValue: 77), number: 5).level.rawValue == 77)
        #expect(
            MessageFlags([.peek, .dontWait]).rawValue == MessageFlags.peek.rawValue | MessageFlags.dontWait.rawValue)
    }
}

/// Every constant under the name that C has for it.
private enum ConstantTable {
    static var kinds: [(String, [(String, Int32?)])] {
        [
            ("domain", domain), ("type", type), ("protocol", `protocol`), ("message", message), ("level", level),
            ("level alias", levelAlias), ("so", so), ("tcp", tcp), ("udp", udp), ("ip", ip), ("ipv6", ipv6), ("ai", ai),
            ("ni", ni), ("eai", eai),
            ("herr", herr), ("shut", shut),
        ]
    }

    static var all: [(name: String, value: Int32?)] { kinds.flatMap { $0.1.map { (name: $0.0, value: $0.1) } } }

    static let domain: [(String, Int32?)] = [
        ("AF_UNSPEC", SocketDomain.unspecified.rawValue),
        ("AF_UNIX", SocketDomain.unix.rawValue),
        ("AF_INET", SocketDomain.ipv4.rawValue),
        ("AF_INET6", SocketDomain.ipv6.rawValue),
        ("AF_NETLINK", SocketDomain.netlink?.rawValue),
        ("AF_PACKET", SocketDomain.packet?.rawValue),
        ("AF_VSOCK", SocketDomain.vsock?.rawValue),
        ("AF_ALG", SocketDomain.kernelCryptography?.rawValue),
        ("AF_CAN", SocketDomain.can?.rawValue),
        ("AF_BLUETOOTH", SocketDomain.bluetooth?.rawValue),
        ("AF_XDP", SocketDomain.xdp?.rawValue),
        ("AF_SYSTEM", SocketDomain.system?.rawValue),
        ("AF_ROUTE", SocketDomain.route?.rawValue),
        ("AF_APPLETALK", SocketDomain.appleTalk?.rawValue),
        ("AF_IPX", SocketDomain.ipx?.rawValue),
    ]
    static let type: [(String, Int32?)] = [
        ("SOCK_STREAM", SocketType.stream.rawValue),
        ("SOCK_DGRAM", SocketType.datagram.rawValue),
        ("SOCK_RAW", SocketType.raw.rawValue),
        ("SOCK_RDM", SocketType.reliableMessage.rawValue),
        ("SOCK_SEQPACKET", SocketType.sequencedPacket.rawValue),
    ]
    static let `protocol`: [(String, Int32?)] = [
        ("IPPROTO_IP", SocketProtocol.unspecified.rawValue),
        ("IPPROTO_ICMP", SocketProtocol.icmp.rawValue),
        ("IPPROTO_IGMP", SocketProtocol.igmp.rawValue),
        ("IPPROTO_TCP", SocketProtocol.tcp.rawValue),
        ("IPPROTO_UDP", SocketProtocol.udp.rawValue),
        ("IPPROTO_IPV6", SocketProtocol.ipv6.rawValue),
        ("IPPROTO_ICMPV6", SocketProtocol.icmpv6.rawValue),
        ("IPPROTO_RAW", SocketProtocol.raw.rawValue),
        ("IPPROTO_ESP", SocketProtocol.esp.rawValue),
        ("IPPROTO_AH", SocketProtocol.ah.rawValue),
        ("IPPROTO_PIM", SocketProtocol.pim.rawValue),
        ("IPPROTO_GRE", SocketProtocol.gre.rawValue),
        ("IPPROTO_IPIP", SocketProtocol.ipip.rawValue),
        ("IPPROTO_EGP", SocketProtocol.egp.rawValue),
        ("IPPROTO_PUP", SocketProtocol.pup.rawValue),
        ("IPPROTO_IDP", SocketProtocol.idp.rawValue),
        ("IPPROTO_TP", SocketProtocol.tp.rawValue),
        ("IPPROTO_ROUTING", SocketProtocol.routing.rawValue),
        ("IPPROTO_FRAGMENT", SocketProtocol.fragment.rawValue),
        ("IPPROTO_RSVP", SocketProtocol.rsvp.rawValue),
        ("IPPROTO_NONE", SocketProtocol.noNextHeader.rawValue),
        ("IPPROTO_DSTOPTS", SocketProtocol.destinationOptions.rawValue),
        ("IPPROTO_SCTP", SocketProtocol.sctp?.rawValue),
        ("IPPROTO_DCCP", SocketProtocol.dccp?.rawValue),
        ("IPPROTO_UDPLITE", SocketProtocol.udpLite?.rawValue),
        ("IPPROTO_MPTCP", SocketProtocol.multipathTCP?.rawValue),
    ]
    static let message: [(String, Int32?)] = [
        ("MSG_OOB", MessageFlags.outOfBand.rawValue),
        ("MSG_PEEK", MessageFlags.peek.rawValue),
        ("MSG_DONTROUTE", MessageFlags.dontRoute.rawValue),
        ("MSG_WAITALL", MessageFlags.waitAll.rawValue),
        ("MSG_DONTWAIT", MessageFlags.dontWait.rawValue),
        ("MSG_TRUNC", MessageFlags.truncated.rawValue),
        ("MSG_CTRUNC", MessageFlags.controlTruncated.rawValue),
        ("MSG_EOR", MessageFlags.endOfRecord.rawValue),
        ("MSG_NOSIGNAL", MessageFlags.noSignal?.rawValue),
        ("MSG_MORE", MessageFlags.more?.rawValue),
        ("MSG_CONFIRM", MessageFlags.confirm?.rawValue),
        ("MSG_ERRQUEUE", MessageFlags.errorQueue?.rawValue),
        ("MSG_WAITFORONE", MessageFlags.waitForOne?.rawValue),
        ("MSG_ZEROCOPY", MessageFlags.zeroCopy?.rawValue),
        ("MSG_FASTOPEN", MessageFlags.fastOpen?.rawValue),
        ("MSG_CMSG_CLOEXEC", MessageFlags.closeOnExec?.rawValue),
        ("MSG_EOF", MessageFlags.endOfStream?.rawValue),
    ]
    // The reference's names for the levels, which are other ones' too.
    static let levelAlias: [(String, Int32?)] = [
        ("SOL_IP", OptionLevel.ip.rawValue), ("SOL_TCP", OptionLevel.tcp.rawValue),
        ("SOL_UDP", OptionLevel.udp.rawValue),
    ]
    static let level: [(String, Int32?)] = [
        ("SOL_SOCKET", OptionLevel.socket.rawValue),
        ("IPPROTO_IP", OptionLevel.ip.rawValue),
        ("IPPROTO_IPV6", OptionLevel.ipv6.rawValue),
        ("IPPROTO_TCP", OptionLevel.tcp.rawValue),
        ("IPPROTO_UDP", OptionLevel.udp.rawValue),
        ("IPPROTO_ICMPV6", OptionLevel.icmpv6.rawValue),
        ("SOL_NETLINK", OptionLevel.netlink?.rawValue),
        ("SOL_PACKET", OptionLevel.packet?.rawValue),
        ("SOL_RAW", OptionLevel.raw?.rawValue),
        ("SOL_TLS", OptionLevel.tls?.rawValue),
    ]
    static let so: [(String, Int32?)] = [
        ("SO_DEBUG", SocketOptionName.debug.number),
        ("SO_REUSEADDR", SocketOptionName.reuseAddress.number),
        ("SO_TYPE", SocketOptionName.socketType.number),
        ("SO_ERROR", SocketOptionName.error.number),
        ("SO_DONTROUTE", SocketOptionName.dontRoute.number),
        ("SO_BROADCAST", SocketOptionName.broadcast.number),
        ("SO_SNDBUF", SocketOptionName.sendBufferSize.number),
        ("SO_RCVBUF", SocketOptionName.receiveBufferSize.number),
        ("SO_KEEPALIVE", SocketOptionName.keepAlive.number),
        ("SO_OOBINLINE", SocketOptionName.outOfBandInline.number),
        ("SO_LINGER", SocketOptionName.linger.number),
        ("SO_REUSEPORT", SocketOptionName.reusePort.number),
        ("SO_RCVLOWAT", SocketOptionName.receiveLowWater.number),
        ("SO_SNDLOWAT", SocketOptionName.sendLowWater.number),
        ("SO_RCVTIMEO", SocketOptionName.receiveTimeout.number),
        ("SO_SNDTIMEO", SocketOptionName.sendTimeout.number),
        ("SO_ACCEPTCONN", SocketOptionName.acceptsConnections.number),
        ("SO_TIMESTAMP", SocketOptionName.timestamp.number),
        ("SO_PROTOCOL", SocketOptionName.socketProtocol?.number),
        ("SO_DOMAIN", SocketOptionName.domain?.number),
        ("SO_PASSCRED", SocketOptionName.passCredentials?.number),
        ("SO_PEERCRED", SocketOptionName.peerCredentials?.number),
        ("SO_BINDTODEVICE", SocketOptionName.bindToDevice?.number),
        ("SO_MARK", SocketOptionName.mark?.number),
        ("SO_PRIORITY", SocketOptionName.priority?.number),
        ("SO_BUSY_POLL", SocketOptionName.busyPoll?.number),
        ("SO_INCOMING_CPU", SocketOptionName.incomingCPU?.number),
        ("SO_INCOMING_NAPI_ID", SocketOptionName.incomingNAPIID?.number),
        ("SO_RXQ_OVFL", SocketOptionName.receiveQueueOverflow?.number),
        ("SO_TIMESTAMPNS", SocketOptionName.timestampNanoseconds?.number),
        ("SO_TIMESTAMPING", SocketOptionName.timestamping?.number),
        ("SO_ZEROCOPY", SocketOptionName.zeroCopy?.number),
        ("SO_MAX_PACING_RATE", SocketOptionName.maximumPacingRate?.number),
        ("SO_SNDBUFFORCE", SocketOptionName.sendBufferSizeForced?.number),
        ("SO_RCVBUFFORCE", SocketOptionName.receiveBufferSizeForced?.number),
        ("SO_NOSIGPIPE", SocketOptionName.noSigPipe?.number),
        ("SO_USELOOPBACK", SocketOptionName.useLoopback?.number),
    ]
    static let tcp: [(String, Int32?)] = [
        ("TCP_NODELAY", SocketOptionName.noDelay.number),
        ("TCP_MAXSEG", SocketOptionName.maximumSegment.number),
        ("TCP_KEEPINTVL", SocketOptionName.keepAliveInterval.number),
        ("TCP_KEEPCNT", SocketOptionName.keepAliveProbes.number),
        ("TCP_KEEPIDLE", SocketOptionName.keepAliveIdle.number),
        ("TCP_FASTOPEN", SocketOptionName.fastOpen?.number),
        ("TCP_CORK", SocketOptionName.cork?.number),
        ("TCP_NOPUSH", SocketOptionName.noPush?.number),
        ("TCP_SYNCNT", SocketOptionName.connectAttempts?.number),
        ("TCP_LINGER2", SocketOptionName.finWait2?.number),
        ("TCP_DEFER_ACCEPT", SocketOptionName.deferAccept?.number),
        ("TCP_WINDOW_CLAMP", SocketOptionName.windowClamp?.number),
        ("TCP_INFO", SocketOptionName.info?.number),
        ("TCP_CONNECTION_INFO", SocketOptionName.connectionInfo?.number),
        ("TCP_QUICKACK", SocketOptionName.quickAcknowledge?.number),
        ("TCP_CONGESTION", SocketOptionName.congestionControl?.number),
        ("TCP_USER_TIMEOUT", SocketOptionName.userTimeout?.number),
        ("TCP_FASTOPEN_CONNECT", SocketOptionName.fastOpenConnect?.number),
        ("TCP_NOTSENT_LOWAT", SocketOptionName.notSentLowWater?.number),
        ("TCP_ULP", SocketOptionName.upperLayerProtocol?.number),
    ]
    static let udp: [(String, Int32?)] = [
        ("UDP_CORK", SocketOptionName.udpCork?.number),
        ("UDP_SEGMENT", SocketOptionName.udpSegment?.number),
        ("UDP_GRO", SocketOptionName.udpGRO?.number),
    ]
    static let ip: [(String, Int32?)] = [
        ("IP_TOS", SocketOptionName.ipTypeOfService.number),
        ("IP_TTL", SocketOptionName.ipTimeToLive.number),
        ("IP_HDRINCL", SocketOptionName.ipHeaderIncluded.number),
        ("IP_OPTIONS", SocketOptionName.ipOptions.number),
        ("IP_RECVOPTS", SocketOptionName.ipReceiveOptions.number),
        ("IP_RETOPTS", SocketOptionName.ipReturnOptions.number),
        ("IP_MULTICAST_IF", SocketOptionName.ipMulticastInterface.number),
        ("IP_MULTICAST_TTL", SocketOptionName.ipMulticastTimeToLive.number),
        ("IP_MULTICAST_LOOP", SocketOptionName.ipMulticastLoop.number),
        ("IP_ADD_MEMBERSHIP", SocketOptionName.ipAddMembership.number),
        ("IP_DROP_MEMBERSHIP", SocketOptionName.ipDropMembership.number),
        ("IP_RECVTTL", SocketOptionName.ipReceiveTimeToLive.number),
        ("IP_RECVTOS", SocketOptionName.ipReceiveTypeOfService.number),
        ("IP_PKTINFO", SocketOptionName.ipPacketInfo?.number),
        ("IP_RECVERR", SocketOptionName.ipReceiveErrors?.number),
        ("IP_MTU_DISCOVER", SocketOptionName.ipPathMTUDiscovery?.number),
        ("IP_MTU", SocketOptionName.ipMTU?.number),
        ("IP_FREEBIND", SocketOptionName.ipFreeBind?.number),
        ("IP_TRANSPARENT", SocketOptionName.ipTransparent?.number),
        ("IP_BIND_ADDRESS_NO_PORT", SocketOptionName.ipBindAddressNoPort?.number),
        ("IP_ADD_SOURCE_MEMBERSHIP", SocketOptionName.ipAddSourceMembership?.number),
        ("IP_DROP_SOURCE_MEMBERSHIP", SocketOptionName.ipDropSourceMembership?.number),
        ("IP_BLOCK_SOURCE", SocketOptionName.ipBlockSource?.number),
        ("IP_UNBLOCK_SOURCE", SocketOptionName.ipUnblockSource?.number),
        ("IP_MULTICAST_ALL", SocketOptionName.ipMulticastAll?.number),
        ("IP_RECVORIGDSTADDR", SocketOptionName.ipReceiveOriginalDestination?.number),
    ]
    static let ipv6: [(String, Int32?)] = [
        ("IPV6_V6ONLY", SocketOptionName.ipv6Only.number),
        ("IPV6_UNICAST_HOPS", SocketOptionName.ipv6UnicastHops.number),
        ("IPV6_MULTICAST_IF", SocketOptionName.ipv6MulticastInterface.number),
        ("IPV6_MULTICAST_HOPS", SocketOptionName.ipv6MulticastHops.number),
        ("IPV6_MULTICAST_LOOP", SocketOptionName.ipv6MulticastLoop.number),
        ("IPV6_JOIN_GROUP", SocketOptionName.ipv6JoinGroup.number),
        ("IPV6_LEAVE_GROUP", SocketOptionName.ipv6LeaveGroup.number),
        ("IPV6_TCLASS", SocketOptionName.ipv6TrafficClass.number),
        ("IPV6_RECVTCLASS", SocketOptionName.ipv6ReceiveTrafficClass.number),
        ("IPV6_RECVPKTINFO", SocketOptionName.ipv6ReceivePacketInfo?.number),
        ("IPV6_PKTINFO", SocketOptionName.ipv6PacketInfo?.number),
        ("IPV6_RECVHOPLIMIT", SocketOptionName.ipv6ReceiveHopLimit?.number),
        ("IPV6_HOPLIMIT", SocketOptionName.ipv6HopLimit?.number),
        ("IPV6_CHECKSUM", SocketOptionName.ipv6Checksum?.number),
        ("IPV6_DONTFRAG", SocketOptionName.ipv6DontFragment?.number),
        ("IPV6_RECVERR", SocketOptionName.ipv6ReceiveErrors?.number),
        ("IPV6_MTU_DISCOVER", SocketOptionName.ipv6PathMTUDiscovery?.number),
        ("IPV6_MTU", SocketOptionName.ipv6MTU?.number),
        ("IPV6_RTHDR", SocketOptionName.ipv6RoutingHeader?.number),
        ("IPV6_RECVRTHDR", SocketOptionName.ipv6ReceiveRoutingHeader?.number),
        ("IPV6_HOPOPTS", SocketOptionName.ipv6HopOptions?.number),
        ("IPV6_RECVHOPOPTS", SocketOptionName.ipv6ReceiveHopOptions?.number),
        ("IPV6_DSTOPTS", SocketOptionName.ipv6DestinationOptions?.number),
        ("IPV6_RECVDSTOPTS", SocketOptionName.ipv6ReceiveDestinationOptions?.number),
        ("IPV6_NEXTHOP", SocketOptionName.ipv6NextHop?.number),
        ("IPV6_RECVPATHMTU", SocketOptionName.ipv6ReceivePathMTU?.number),
        ("IPV6_PATHMTU", SocketOptionName.ipv6PathMTU?.number),
        ("IPV6_USE_MIN_MTU", SocketOptionName.ipv6UseMinimumMTU?.number),
    ]
    static let ai: [(String, Int32?)] = [
        ("AI_PASSIVE", AddressInfoFlags.passive.rawValue),
        ("AI_CANONNAME", AddressInfoFlags.canonicalName.rawValue),
        ("AI_NUMERICHOST", AddressInfoFlags.numericHost.rawValue),
        ("AI_NUMERICSERV", AddressInfoFlags.numericService.rawValue),
        ("AI_V4MAPPED", AddressInfoFlags.v4Mapped.rawValue),
        ("AI_ALL", AddressInfoFlags.all.rawValue),
        ("AI_ADDRCONFIG", AddressInfoFlags.addressConfigured.rawValue),
        ("AI_IDN", AddressInfoFlags.internationalized?.rawValue),
        ("AI_CANONIDN", AddressInfoFlags.canonicalInternationalized?.rawValue),
        ("AI_DEFAULT", AddressInfoFlags.platformDefault?.rawValue),
    ]
    static let ni: [(String, Int32?)] = [
        ("NI_NUMERICHOST", NameInfoFlags.numericHost.rawValue),
        ("NI_NUMERICSERV", NameInfoFlags.numericService.rawValue),
        ("NI_NOFQDN", NameInfoFlags.localPart.rawValue),
        ("NI_NAMEREQD", NameInfoFlags.nameRequired.rawValue),
        ("NI_DGRAM", NameInfoFlags.datagram.rawValue),
        ("NI_IDN", NameInfoFlags.internationalized?.rawValue),
    ]
    static let eai: [(String, Int32?)] = [
        ("EAI_AGAIN", AddressInfoErrorCode.tryAgain.rawValue),
        ("EAI_BADFLAGS", AddressInfoErrorCode.badFlags.rawValue),
        ("EAI_FAIL", AddressInfoErrorCode.failed.rawValue),
        ("EAI_FAMILY", AddressInfoErrorCode.family.rawValue),
        ("EAI_MEMORY", AddressInfoErrorCode.memory.rawValue),
        ("EAI_NONAME", AddressInfoErrorCode.noName.rawValue),
        ("EAI_OVERFLOW", AddressInfoErrorCode.overflow.rawValue),
        ("EAI_SERVICE", AddressInfoErrorCode.service.rawValue),
        ("EAI_SOCKTYPE", AddressInfoErrorCode.socketType.rawValue),
        ("EAI_SYSTEM", AddressInfoErrorCode.system.rawValue),
        ("EAI_ADDRFAMILY", AddressInfoErrorCode.addressFamily?.rawValue),
        ("EAI_NODATA", AddressInfoErrorCode.noData?.rawValue),
        ("EAI_BADHINTS", AddressInfoErrorCode.badHints?.rawValue),
        ("EAI_PROTOCOL", AddressInfoErrorCode.badProtocol?.rawValue),
    ]
    static let herr: [(String, Int32?)] = [
        ("HOST_NOT_FOUND", HostLookUpErrorCode.hostNotFound.rawValue),
        ("TRY_AGAIN", HostLookUpErrorCode.tryAgain.rawValue),
        ("NO_RECOVERY", HostLookUpErrorCode.noRecovery.rawValue),
        ("NO_DATA", HostLookUpErrorCode.noData.rawValue),
    ]
    static let shut: [(String, Int32?)] = [
        ("SHUT_RD", ShutdownDirection.read.rawValue),
        ("SHUT_WR", ShutdownDirection.write.rawValue),
        ("SHUT_RDWR", ShutdownDirection.both.rawValue),
    ]
}
