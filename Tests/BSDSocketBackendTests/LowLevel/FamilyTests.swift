import BSDSocketBackend
import Glibc
import Testing
import TestSupport
import TransportCore

@Suite("All families and types of the reference", .ownThread)
struct FamilyTests {
    @Test("A12: Netlink addresses are a number that the kernel chooses and the groups that were asked for")
    func netlinkAddresses() throws {
        let domain = try #require(SocketDomain.netlink)
        let first = try SocketDescriptor(domain, .raw)
        try first.bind(to: RawSocketAddress(Netlink.SocketAddress(), in: Netlink.self))
        let second = try SocketDescriptor(domain, .raw)
        try second.bind(to: RawSocketAddress(Netlink.SocketAddress(groups: 1), in: Netlink.self))
        let one = try first.localAddress.address(in: Netlink.self)
        let other = try second.localAddress.address(in: Netlink.self)
        #expect(one.port != 0 && other.port != 0 && one.port != other.port)
        #expect(one.groups == 0)
        #expect(other.groups == 1)
        #expect(other.description == "netlink \(other.port), groups 0x1")
        #expect(RawSocketAddress(other).description == other.description)
        #expect(try first.localAddress == RawSocketAddress(one))
    }

    @Test("A12, P: the kernel lists the links of the machine, the loopback among them")
    func dumpOfLinks() throws {
        let socket = try SocketDescriptor(try #require(SocketDomain.netlink), .raw)
        let kernel = RawSocketAddress(Netlink.SocketAddress(), in: Netlink.self)
        // struct nlmsghdr (RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP) and struct rtgenmsg.
        var request = [UInt8](repeating: 0, count: 20)
        request[0] = 20
        request[4] = 18
        request[6] = 0x01
        request[7] = 0x03
        request[8] = 77
        try socket.send(request, to: kernel)
        var names: [String] = []
        dump: while true {
            let (bytes, sender) = try socket.receiveFrom(atMost: 65536)
            #expect(try sender?.address(in: Netlink.self) == Netlink.SocketAddress())
            var place = 0
            while place + 16 <= bytes.count {
                let length = Int(number(bytes, place, 4))
                let type = number(bytes, place + 4, 2)
                #expect(number(bytes, place + 8, 4) == 77)
                if type == 3 { break dump }  // NLMSG_DONE
                try #require(type == 16 && length >= 32, "RTM_NEWLINK")
                // After struct ifinfomsg, attributes: length, type, value; IFLA_IFNAME is 3.
                var attribute = place + 32
                while attribute + 4 <= place + length {
                    let size = Int(number(bytes, attribute, 2))
                    try #require(size >= 4)
                    if number(bytes, attribute + 2, 2) & 0x3FFF == 3 {
                        let value = bytes[(attribute + 4)..<(attribute + size)].prefix { $0 != 0 }
                        names.append(String(decoding: value, as: UTF8.self))
                    }
                    attribute += (size + 3) & ~3
                }
                place += (length + 3) & ~3
            }
        }
        #expect(names.contains("lo"))
        #expect(names.allSatisfy { if_nametoindex($0) != 0 })
    }

    /// A little number of this machine's order.
    private func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> UInt32 {
        bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    @Test("C03: a sequenced packet socket keeps bounds, and what does not fit is lost")
    func sequencedPackets() throws {
        let (one, other) = try SocketDescriptor.pair(.unix, .sequencedPacket)
        try one.send("abc".bytes)
        try one.send("def".bytes)
        #expect(try other.receive(atMost: 2) == "ab".bytes)
        #expect(try other.receive(atMost: 10) == "def".bytes)
        one.close()
        #expect(try other.receive(atMost: 10).isEmpty)
    }

    @Test("A-12, A-13: abstract names keep any byte, in both addresses, and have their largest length")
    func abstractNames() throws {
        let name: [UInt8] = [0, 255, 7] + Array("swift-\(getpid())-abstract".utf8)
        let address = RawSocketAddress(try Unix.SocketAddress(abstractName: name))
        for type in [SocketType.stream, .sequencedPacket] {
            let listening = try SocketDescriptor(.unix, type)
            try listening.bind(to: address)
            try listening.listen()
            #expect(try listening.localAddress.address(in: Unix.self).abstractName == name)
            let client = try SocketDescriptor(.unix, type)
            try client.connect(to: address)
            #expect(try client.remoteAddress == address)
            #expect(try listening.accept().peer.address(in: Unix.self) == .unnamed)
        }
        let longest = try Unix.SocketAddress(abstractName: [UInt8](repeating: 120, count: 107))
        try SocketDescriptor(.unix, .datagram).bind(to: RawSocketAddress(longest))
        #expect(failure { try Unix.SocketAddress(abstractName: [UInt8](repeating: 120, count: 108)) } != nil)
    }

    @Test("A-14: binding a Unix socket to no name has the system choose one, each time another")
    func autobind() throws {
        var names: Set<[UInt8]> = []
        let sockets = try (0..<3).map { _ in try SocketDescriptor(.unix, .datagram) }
        for socket in sockets {
            try socket.bind(to: RawSocketAddress(Unix.SocketAddress.unnamed))
            let name = try #require(try socket.localAddress.address(in: Unix.self).abstractName)
            #expect(name.count == 5)
            names.insert(name)
        }
        #expect(names.count == 3)
    }

    @Test("A01, E-01: Unix datagrams go between names, over the backend and over descriptors")
    func unixDatagrams() throws {
        let name = try Unix.SocketAddress(abstractName: "swift-\(getpid())-datagrams")
        let receiver = try SocketBackend<Unix>().datagramSocket(boundTo: name)
        let sender = try SocketDescriptor(.unix, .datagram)
        try sender.send("anonymous".bytes, to: RawSocketAddress(name))
        let first = try receiver.receive(atMost: 100)
        #expect(first.bytes == "anonymous".bytes)
        #expect(first.info.sender == nil || first.info.sender == .unnamed)
        try sender.bind(to: RawSocketAddress(Unix.SocketAddress.unnamed))
        try sender.send("named".bytes, to: RawSocketAddress(name))
        let second = try receiver.receive(atMost: 100)
        let back = try #require(second.info.sender)
        try receiver.send("answer", to: back)
        #expect(try sender.receive(atMost: 100) == "answer".bytes)
    }

    @Test("E-08: a datagram to an end of a pair that has gone is refused")
    func deadPair() throws {
        let (one, other) = try SocketDescriptor.pair(.unix, .datagram)
        other.close()
        #expect(failure { try one.send("x".bytes) }?.code?.value == ECONNREFUSED)
    }

    @Test(
        "C03, P: a raw socket is answered by the machine's own echo (ICMP)",
        .enabled(if: (try? SocketDescriptor(.ipv4, .raw, .icmp)) != nil, "takes the right to open raw sockets"))
    func echoOverRawSocket() throws {
        let socket = try SocketDescriptor(.ipv4, .raw, .icmp)
        let identifier = UInt16(truncatingIfNeeded: getpid())
        var request: [UInt8] =
            [8, 0, 0, 0, UInt8(identifier >> 8), UInt8(identifier & 255), 0, 1] + "echo?".bytes + [0]
        let sum = stride(from: 0, to: request.count, by: 2).reduce(UInt32(0)) {
            $0 + UInt32(request[$1]) << 8 + UInt32(request[$1 + 1])
        }
        let folded = (sum & 0xFFFF) + sum >> 16
        let checksum = ~UInt16(truncatingIfNeeded: (folded & 0xFFFF) + folded >> 16)
        request[2] = UInt8(checksum >> 8)
        request[3] = UInt8(checksum & 255)
        try socket.send(request, to: RawSocketAddress(IPv4.SocketAddress.loopback(port: 0)))
        // Everything that comes by ICMP is seen: requests, and what other tests cause.
        while true {
            #expect(try socket.wait(for: .readable, timeout: patience))
            let (packet, sender) = try socket.receiveFrom(atMost: 2000)
            let header = Int(packet[0] & 15) * 4
            let message = packet.dropFirst(header)
            guard message.first == 0, Array(message.dropFirst(4).prefix(2)) == Array(request[4..<6]) else { continue }
            #expect(Array(message.dropFirst(8).prefix(5)) == "echo?".bytes)
            #expect(try sender?.address(in: IPv4.self).address == .loopback)
            return
        }
    }

    @Test("Addresses of any family compare, hash and print by their bytes, and bad ones are refused")
    func rawAddresses() throws {
        let address = RawSocketAddress(IP.SocketAddress.v4(.loopback(port: 80)))
        #expect(address.description == "127.0.0.1:80")
        #expect(try RawSocketAddress(bytes: address.bytes) == address)
        #expect(Set([address, try RawSocketAddress(bytes: address.bytes)]).count == 1)
        #expect(address.domain == .ipv4)
        #expect(try RawSocketAddress(bytes: []).domain == nil)
        #expect(failure { try RawSocketAddress(bytes: [UInt8](repeating: 0, count: 129)) }?.kind == .invalidArgument)
        #expect(
            failure { try RawSocketAddress(domain: SocketDomain(rawValue: 70000), data: []) }?.kind == .invalidArgument)
        #expect(failure { try address.address(in: Unix.self) }?.kind == .familyNotSupported)
        #expect(failure { try RawSocketAddress(bytes: [2, 0]).address(in: IPv4.self) } != nil)
        let backend = SocketBackend<AnyFamily>()
        let listener = try backend.listen(on: RawSocketAddress(IPv4.SocketAddress.loopback(port: 0)))
        let client = try backend.connect(to: try listener.localAddress)
        let server = try listener.accept()
        try client.sendAll("any family")
        #expect(try server.receiveExactly(10) == "any family".bytes)
    }
}
