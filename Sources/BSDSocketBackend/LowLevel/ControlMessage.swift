internal import CSockets
public import TransportCore

/// Something that goes with a message beside its bytes (`struct cmsghdr`): descriptors, credentials, where it came to.
///
/// What is not named here is made and read by its numbers. Descriptors that came with a message are not among its
/// control messages: ``ReceivedSocketMessage/descriptors`` owns them.
public struct ControlMessage: Hashable, Sendable {
    /// What the type belongs to (`cmsg_level`).
    public let level: OptionLevel

    /// The system's number (`cmsg_type`).
    public let type: Int32

    /// The bytes (`CMSG_DATA`).
    public let bytes: [UInt8]

    /// Makes a control message from the system's numbers.
    public init(level: OptionLevel, type: Int32, bytes: [UInt8]) {
        self.level = level
        self.type = type
        self.bytes = bytes
    }

    /// How much room a control message with so many bytes takes (`CMSG_SPACE`), for the size of a buffer.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when the count is negative or more than
    ///   ``largestSize``.
    public static func space(for byteCount: Int) throws(TransportError) -> Int {
        guard (0...largestSize).contains(byteCount) else {
            throw .invalidArgument(
                "a control message has 0 to \(largestSize) bytes, not \(byteCount)", operation: .receive)
        }
        return csockets_control_space(byteCount)
    }

    /// How much room a control message with so many descriptors takes (`CMSG_SPACE`).
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when the count is negative, or their size more than
    ///   ``largestSize``.
    public static func space(forDescriptors count: Int) throws(TransportError) -> Int {
        let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Int32>.size)
        return try space(for: overflow ? -1 : size)
    }

    /// The most bytes of control messages that a call takes here: 64 KiB, far more than the system does.
    public static var largestSize: Int { 1 << 16 }
}

extension ControlMessage {
    /// Descriptors to be passed to the receiver, of Unix sockets (`SCM_RIGHTS`). The sender keeps its own.
    public static func descriptors(_ numbers: [Int32]) -> ControlMessage {
        ControlMessage(level: .socket, type: csockets_SCM_RIGHTS, bytes: numbers.flatMap { systemBytes(of: $0) })
    }

    /// How many routers the packet may still pass, 0 to 255: for IPv6 messages to be sent (`IPV6_HOPLIMIT`).
    public static func hopLimit(_ count: UInt8) -> ControlMessage {
        ControlMessage(level: .ipv6, type: csockets_IPV6_HOPLIMIT, bytes: systemBytes(of: Int32(count)))
    }

    /// Who sent the message, as the system vouches for it (`SCM_CREDENTIALS`, Linux); nil when this is something else.
    ///
    /// To be received, the socket needs ``SocketOptionName/passCredentials``.
    public var credentials: ProcessCredentials? {
        guard level == .socket, type == csockets_SCM_CREDENTIALS, bytes.count >= 12 else { return nil }
        return ProcessCredentials(
            process: value(at: 0), user: UInt32(bitPattern: value(at: 4)), group: UInt32(bitPattern: value(at: 8)))
    }

    /// Where the message came to (`IP_PKTINFO`, `IPV6_PKTINFO`); nil when this is something else.
    ///
    /// To be received, the socket needs ``SocketOptionName/ipPacketInfo`` or
    /// ``SocketOptionName/ipv6ReceivePacketInfo``.
    public var packetInfo: PacketInfo? {
        if level == .ip, type == csockets_IP_PKTINFO, bytes.count >= 12 {
            let destination = IPv4.Address(rawValue: UInt32(bigEndian: UInt32(bitPattern: value(at: 8))))
            return PacketInfo(destination: .v4(destination), interface: UInt32(bitPattern: value(at: 0)))
        }
        if level == .ipv6, type == csockets_IPV6_PKTINFO, bytes.count >= 20,
            let destination = try? IPv6.Address(networkOrderBytes: bytes.prefix(16))
        {
            return PacketInfo(destination: .v6(destination), interface: UInt32(bitPattern: value(at: 16)))
        }
        return nil
    }

    /// How many routers the packet could still have passed (`IP_TTL`, `IPV6_HOPLIMIT`); nil when this is something else.
    ///
    /// To be received, the socket needs ``SocketOptionName/ipReceiveTimeToLive`` or
    /// ``SocketOptionName/ipv6ReceiveHopLimit``.
    public var hopLimit: Int? {
        guard
            level == .ip && type == csockets_CONTROL_IP_TTL || level == .ipv6 && type == csockets_IPV6_HOPLIMIT
        else { return nil }
        // Darwin gives IPv4's as one byte.
        return bytes.count >= 4 ? Int(value(at: 0)) : bytes.first.map(Int.init)
    }

    /// When the message arrived, since 1970 (`SO_TIMESTAMPNS`, Linux); nil when this is something else.
    ///
    /// To be received, the socket needs ``SocketOptionName/timestampNanoseconds``.
    public var arrivalTime: Duration? {
        guard level == .socket, type == csockets_SCM_TIMESTAMPNS, bytes.count >= MemoryLayout<timespec>.size else {
            return nil
        }
        let time = bytes.withUnsafeBytes { $0.loadUnaligned(as: timespec.self) }
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Four of the bytes; there must be as many.
    private func value(at offset: Int) -> Int32 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int32.self) }
    }

    private static func systemBytes(of value: Int32) -> [UInt8] { withUnsafeBytes(of: value) { [UInt8]($0) } }
}

/// A process as the system vouches for it.
public struct ProcessCredentials: Hashable, Sendable {
    /// The number of the process.
    public var process: Int32
    /// The number of its user.
    public var user: UInt32
    /// The number of its group.
    public var group: UInt32
}

/// Where a packet came to.
public struct PacketInfo: Hashable, Sendable {
    /// The address in the packet: that of this machine, of a group, or of everyone.
    public var destination: IP.Address
    /// The number of the interface.
    public var interface: UInt32
}
