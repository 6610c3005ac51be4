internal import TransportCore

/// A stream as the segments of a TCP connection, with everything in them that a reader looks at.
struct SyntheticConversation {
    /// One end of the conversation, as its segments show it.
    struct End {
        var address: IP.SocketAddress
        /// The sequence number of its next byte.
        var sequence: UInt32
        var hasEnded = false
    }

    struct Flags: OptionSet {
        let rawValue: UInt8
        static let fin = Flags(rawValue: 0x01)
        static let syn = Flags(rawValue: 0x02)
        static let rst = Flags(rawValue: 0x04)
        static let psh = Flags(rawValue: 0x08)
        static let ack = Flags(rawValue: 0x10)
    }

    private var local: End
    private var remote: End
    private let isOpenedHere: Bool
    private var hasBegun = false
    private var isCut = false

    /// Makes a conversation.
    ///
    /// - Parameters:
    ///   - number: Tells the streams of a capture apart.
    ///   - isOpenedHere: Whether this end made the connection.
    init(local: IP.SocketAddress, remote: IP.SocketAddress, number: Int, isOpenedHere: Bool) {
        // One version for both: packets of a connection do not change it.
        var (here, there) = (local.canonical, remote.canonical)
        if (here.ipv4 == nil) != (there.ipv4 == nil) { (here, there) = (Self.mapped(here), Self.mapped(there)) }
        // Far from their wrapping round, about which readers are not all sure at the beginning of a connection.
        let sequence = UInt32(truncatingIfNeeded: number &* 0x9E37_79B9) >> 2 | 1
        self.local = End(address: here, sequence: sequence)
        self.remote = End(address: there, sequence: sequence | 1 << 30)
        self.isOpenedHere = isOpenedHere
    }

    private static func mapped(_ address: IP.SocketAddress) -> IP.SocketAddress {
        switch address {
        case .v4(let address): .v6(IPv6.SocketAddress(mapping: address))
        case .v6: address
        }
    }

    // MARK: What happens

    /// The handshake, if it was not shown yet.
    mutating func begin() -> [[UInt8]] {
        guard !hasBegun else { return [] }
        hasBegun = true
        return [
            segment(fromHere: isOpenedHere, .syn), segment(fromHere: !isOpenedHere, [.syn, .ack]),
            segment(fromHere: isOpenedHere, .ack),
        ]
    }

    /// Bytes that were sent or received.
    mutating func data(_ bytes: [UInt8], fromHere: Bool) -> [[UInt8]] {
        var packets = begin()
        var start = 0
        while start < bytes.count {
            let end = min(start + PacketCapture.largestSegment, bytes.count)
            packets.append(
                segment(fromHere: fromHere, end == bytes.count ? [.psh, .ack] : .ack, bytes[start..<end])
            )
            start = end
        }
        packets.append(segment(fromHere: !fromHere, .ack))
        return packets
    }

    /// The end of a direction.
    mutating func end(fromHere: Bool) -> [[UInt8]] {
        guard !isCut, !(fromHere ? local : remote).hasEnded else { return [] }
        var packets = begin()
        packets.append(segment(fromHere: fromHere, [.fin, .ack]))
        packets.append(segment(fromHere: !fromHere, .ack))
        if fromHere { local.hasEnded = true } else { remote.hasEnded = true }
        return packets
    }

    /// The connection is cut.
    mutating func cut(fromHere: Bool) -> [[UInt8]] {
        guard !isCut, !(local.hasEnded && remote.hasEnded) else { return [] }
        var packets = begin()
        packets.append(segment(fromHere: fromHere, [.rst, .ack]))
        isCut = true
        return packets
    }

    // MARK: Segments

    private mutating func segment(fromHere: Bool, _ flags: Flags, _ payload: ArraySlice<UInt8> = []) -> [UInt8] {
        let (sender, receiver) = fromHere ? (local, remote) : (remote, local)
        var tcp: [UInt8] = []
        tcp.appendBigEndian(sender.address.port)
        tcp.appendBigEndian(receiver.address.port)
        tcp.appendBigEndian(sender.sequence)
        tcp.appendBigEndian(flags.contains(.ack) ? receiver.sequence : 0)
        // The window is scaled to a gigabyte, so that nothing looks like a window that is full.
        let options: [UInt8] = flags.contains(.syn) ? [2, 4, 0xFF, 0xD7, 3, 3, 14, 1] : []
        tcp.append(UInt8(5 + options.count / 4) << 4)
        tcp.append(flags.rawValue)
        tcp.appendBigEndian(UInt16.max)
        tcp += [0, 0, 0, 0] + options
        tcp += payload
        let length = UInt32(payload.count) + (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
        if fromHere { local.sequence &+= length } else { remote.sequence &+= length }
        return Self.packet(from: sender.address.address, to: receiver.address.address, &tcp)
    }

    /// A segment in an IP packet, with its checksums.
    private static func packet(from source: IP.Address, to destination: IP.Address, _ tcp: inout [UInt8]) -> [UInt8] {
        let addresses = source.bytes + destination.bytes
        var pseudoHeader = addresses
        pseudoHeader.appendBigEndian(UInt32(tcp.count))
        pseudoHeader += [0, 0, 0, 6]
        let sum = ~internetSum(of: tcp, internetSum(of: pseudoHeader))
        tcp[16] = UInt8(sum >> 8)
        tcp[17] = UInt8(sum & 0xFF)
        var header: [UInt8] = []
        if source.bytes.count == 4 {
            header += [0x45, 0]
            header.appendBigEndian(UInt16(20 + tcp.count))
            header += [0, 0, 0x40, 0, 64, 6, 0, 0] + addresses
            let sum = ~internetSum(of: header)
            header[10] = UInt8(sum >> 8)
            header[11] = UInt8(sum & 0xFF)
        } else {
            header += [0x60, 0, 0, 0]
            header.appendBigEndian(UInt16(tcp.count))
            header += [6, 64] + addresses
        }
        return header + tcp
    }

    /// The sum of RFC 1071 over an even or odd number of bytes, going on from another of an even number.
    private static func internetSum(of bytes: [UInt8], _ start: UInt16 = 0) -> UInt16 {
        var sum = UInt64(start)
        bytes.withUnsafeBytes { memory in
            // The sum of larger words, folded, is the sum of their halves.
            var index = 0
            while index + 4 <= memory.count {
                sum += UInt64(UInt32(bigEndian: memory.loadUnaligned(fromByteOffset: index, as: UInt32.self)))
                index += 4
            }
            while index < memory.count {
                sum += UInt64(memory[index]) << (index % 2 == 0 ? 8 : 0)
                index += 1
            }
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return UInt16(sum)
    }
}
