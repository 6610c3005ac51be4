import BSDSocketBackend
import Glibc
import Testing
import TestSupport
import TransportCore

@Suite("Broadcast and multicast", .ownThread)
struct MulticastTests {
    private var loopback: UInt32 { if_nametoindex("lo") }

    @Test("C11: an IPv4 group that is joined on the loopback is heard, and not any more once it is left")
    func ipv4() throws {
        let backend = SocketBackend<IPv4>()
        let receiver = try backend.datagramSocket(boundTo: .any(port: 0), options: [.set(.reuseAddress, true)])
        let group = IPv4.Address(239, 7, 11, 13)
        let to = IPv4.SocketAddress(group, port: try receiver.localAddress.port)
        let sender = try backend.datagramSocket(boundTo: .loopback(port: 0))
        try sender.setMulticastInterface(loopback)
        try sender.setOption(.multicastHops, to: 1)
        try sender.setOption(.multicastLoop, to: true)
        #expect(try sender.option(.multicastHops) == 1)
        #expect(try sender.option(.multicastLoop))

        try sender.send("nobody", to: to)
        try receiver.joinGroup(.v4(group), interface: loopback)
        #expect(failure { try receiver.joinGroup(.v4(group), interface: loopback) }?.kind == .addressInUse)
        try sender.send("hello", to: to)
        let (bytes, info) = try receiver.receive(atMost: 100, timeout: patience)
        #expect(bytes == "hello".bytes)
        #expect(info.sender == (try sender.localAddress))
        try receiver.leaveGroup(.v4(group), interface: loopback)
        #expect(failure { try receiver.leaveGroup(.v4(group), interface: loopback) }?.kind == .addressNotAvailable)
        try sender.send("gone", to: to)
        // A datagram of its own shows that the one to the group has not come.
        try sender.send("direct", to: .loopback(port: to.port))
        #expect(try receiver.receive(atMost: 100, timeout: patience).bytes == "direct".bytes)
    }

    /// Whether the machine has a way to IPv6 groups on its loopback interface.
    private static let reachesIPv6Groups: Bool = {
        guard let socket = try? SocketBackend<IPv6>().datagramSocket(),
            (try? socket.setMulticastInterface(if_nametoindex("lo"))) != nil
        else { return false }
        let group = IPv6.Address(high: 0xFF01 << 48, low: 0x7_0011_0013)
        return (try? socket.send("probe", to: IPv6.SocketAddress(group, port: 9))) != nil
    }()

    @Test("C11: an IPv6 group is joined, once, and left")
    func ipv6Membership() throws {
        let receiver = try SocketBackend<IPv6>().datagramSocket(boundTo: .any(port: 0))
        let group = IP.Address.v6(IPv6.Address(high: 0xFF01 << 48, low: 0x7_0011_0014))
        try receiver.joinGroup(group, interface: loopback)
        #expect(failure { try receiver.joinGroup(group, interface: loopback) }?.kind == .addressInUse)
        try receiver.leaveGroup(group, interface: loopback)
        #expect(failure { try receiver.leaveGroup(group, interface: loopback) }?.kind == .addressNotAvailable)
    }

    @Test(
        "C11: an IPv6 group is heard on the loopback",
        .enabled(if: reachesIPv6Groups, "needs a route for IPv6 groups on the loopback"))
    func ipv6() throws {
        let backend = SocketBackend<IPv6>()
        let receiver = try backend.datagramSocket(boundTo: .any(port: 0))
        let group = IPv6.Address(high: 0xFF01 << 48, low: 0x7_0011_0013)
        try receiver.joinGroup(.v6(group), interface: loopback)
        let sender = try backend.datagramSocket()
        try sender.setMulticastInterface(loopback)
        try sender.setOption(.multicastHops, to: 2)
        #expect(try sender.option(.multicastHops) == 2)
        try sender.send("six", to: IPv6.SocketAddress(group, port: try receiver.localAddress.port))
        #expect(try receiver.receive(atMost: 10, timeout: patience).bytes == "six".bytes)
    }

    @Test("A group of one sender lets in that one alone")
    func sourceSpecific() throws {
        let backend = SocketBackend<IPv4>()
        let group = IPv4.Address(232, 7, 11, 13)
        let receiver = try backend.datagramSocket(boundTo: .any(port: 0))
        try receiver.joinGroup(.v4(group), interface: loopback, source: .v4(.loopback))
        let to = IPv4.SocketAddress(group, port: try receiver.localAddress.port)
        let stranger = try backend.datagramSocket(boundTo: IPv4.SocketAddress(IPv4.Address(127, 0, 0, 2), port: 0))
        let friend = try backend.datagramSocket(boundTo: .loopback(port: 0))
        for socket in [stranger, friend] { try socket.setMulticastInterface(loopback) }
        try stranger.send("stranger", to: to)
        try friend.send("friend", to: to)
        #expect(try receiver.receive(atMost: 10, timeout: patience).bytes == "friend".bytes)
        try receiver.leaveGroup(.v4(group), interface: loopback, source: .v4(.loopback))
    }

    @Test("What is no group, or one of another version, is refused before the system is asked")
    func refusals() throws {
        let socket = try SocketBackend<IPv4>().datagramSocket()
        #expect(failure { try socket.joinGroup(.v4(.loopback)) }?.kind == .invalidArgument)
        #expect(
            failure { try socket.joinGroup(.v6(IPv6.Address(high: 0xFF02 << 48, low: 1))) }?.kind == .invalidArgument)
        #expect(
            failure { try socket.joinGroup(.v4(IPv4.Address(239, 1, 2, 3)), interface: 1 << 30) }?.code?.value == ENODEV
        )
        #expect(failure { try socket.setOption(.multicastHops, to: 256) }?.kind == .invalidArgument)
        try socket.setOption(.hopLimit, to: 7)
        #expect(try socket.option(.hopLimit) == 7)
    }

    @Test("A08: broadcasting takes the option for it, and arrives")
    func broadcast() throws {
        let backend = SocketBackend<IPv4>()
        let receiver = try backend.datagramSocket(boundTo: .any(port: 0))
        let port = try receiver.localAddress.port
        let socket = try backend.datagramSocket()
        // The loopback's own broadcast address, so that nothing leaves the machine.
        let everyone = IPv4.SocketAddress(IPv4.Address(127, 255, 255, 255), port: port)
        let error = failure { try socket.send("x", to: everyone) }
        #expect(error?.kind == .permissionDenied)
        #expect(error?.code?.value == EACCES)
        try socket.setOption(.broadcast, to: true)
        try socket.send("everyone", to: everyone)
        #expect(try receiver.receive(atMost: 10, timeout: patience).bytes == "everyone".bytes)
    }
}
