internal import CSockets
public import TransportCore

/// A datagram socket of the system: UDP.
///
/// Comes from a ``SocketBackend``.
public final class SocketDatagrams<Family: SocketFamily>: DatagramTransport, SocketBacked {
    /// The owner of the descriptor.
    public let handle: SocketHandle

    /// Whether the socket is of a family that also reaches another one's addresses, chosen for want of an address.
    private let isGeneral: Bool

    init(_ handle: SocketHandle, isGeneral: Bool) {
        self.handle = handle
        self.isGeneral = isGeneral
    }

    /// Receives one datagram. One system call.
    public func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        try handle.use(.receive) { (descriptor) throws(TransportError) in
            try receive(descriptor, into: &buffer, flags: csockets_msg_dontwait)
        }
    }

    /// Sends one datagram. One system call.
    public func trySend(_ bytes: RawSpan, to address: Family.SocketAddress?) throws(TransportError) -> SendStep {
        try handle.use(.send) { (descriptor) throws(TransportError) in
            try send(descriptor, bytes, to: address, flags: csockets_msg_dontwait)
        }
    }

    /// Receives one datagram, waiting until a deadline. One system call without a deadline, two with one.
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        try handle.enter(.receive)
        defer { handle.leave() }
        if deadline == .never, handle.mayBlockInCalls {
            let step = try receive(handle.descriptor, into: &buffer, flags: 0)
            guard case .wouldBlock = step else { return step }
        }
        while true {
            guard try handle.poll(.readable, until: deadline) else { return .wouldBlock(.readable) }
            let step = try receive(handle.descriptor, into: &buffer, flags: csockets_msg_dontwait)
            guard case .wouldBlock = step else { return step }
        }
    }

    /// Sends one datagram, waiting for room until a deadline. One system call while there is room.
    public func send(
        _ bytes: RawSpan, to address: Family.SocketAddress?, until deadline: Deadline
    ) throws(TransportError) -> SendStep {
        try handle.enter(.send)
        defer { handle.leave() }
        while true {
            let step = try send(handle.descriptor, bytes, to: address, flags: csockets_msg_dontwait)
            guard case .wouldBlock = step else { return step }
            guard try handle.poll(.writable, until: deadline) else { return step }
        }
    }

    /// Chooses the peer. One system call.
    public func connect(to address: Family.SocketAddress?) throws(TransportError) {
        try handle.use(.connect) { (descriptor) throws(TransportError) in
            // RFC 3493 and POSIX: an address of no family dissolves the association.
            let bytes =
                address.map { Family.bytes(of: $0, domain: handle.domain) }
                ?? SocketAddressBytes { $0.storeFamily(AF_UNSPEC) }
            let result = handle.syscalls.connect(descriptor, bytes)
            // Darwin reports the family of the dissolving address, having done what was asked.
            if address == nil, result == -EAFNOSUPPORT { return }
            if result < 0 {
                let error = handle.failure(Int(result), .connect)
                throw address.map { error.with(address: $0) } ?? error
            }
        }
    }

    /// Blocks until a need may be met. One system call.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try handle.wait(for: need, until: deadline)
    }

    /// Suspends until a need may be met.
    public func ready(for need: Need) async throws(TransportError) {
        try await ReadinessPoller.shared.ready(handle, for: need)
    }

    /// Closes the descriptor, or has the last user close it.
    public func close() { handle.close() }

    /// The address of this end. One system call.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) { normalize(try handle.localAddress(Family.self)) }
    }

    /// The address of the peer of a connected socket. One system call.
    public var remoteAddress: Family.SocketAddress {
        get throws(TransportError) { normalize(try handle.remoteAddress(Family.self)) }
    }

    /// Boundaries are kept; a descriptor.
    public var facts: TransportFacts { [.preservesBoundaries, .exposesDescriptor] }

    /// Answers ``TransportCore/DescriptorNumber``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { handle.query(key) }

    /// The system's monotonic clock.
    public var now: Instant { handle.now }
}

extension SocketDatagrams {
    /// The address in the form that the caller knows.
    private func normalize(_ address: Family.SocketAddress) -> Family.SocketAddress {
        isGeneral ? Family.canonical(address) : address
    }

    private func receive(
        _ descriptor: Int32, into buffer: inout OutputRawSpan, flags: Int32
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        var sender = SocketAddressBytes()
        var messageFlags: Int32 = 0
        let result = buffer.withUnsafeMutableBytes { memory, count in
            let free = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            let result = handle.syscalls.receiveMessage(
                descriptor, free, from: &sender, messageFlags: &messageFlags, flags: flags
            )
            if result > 0 { count += result }
            return result
        }
        guard result >= 0 else {
            if result == -Int(EAGAIN) { return .wouldBlock(Need(.readable, systemCode: EAGAIN)) }
            throw transient(handle.failure(result, .receive))
        }
        // Closing wakes a blocked receive with what looks like an empty datagram.
        if result == 0, handle.isClosed { throw .closed(.receive) }
        return .received(
            DatagramInfo(
                byteCount: result, sender: sender.count == 0 ? nil : normalize(try Family.address(from: sender)),
                isTruncated: messageFlags & csockets_msg_trunc != 0
            )
        )
    }

    private func send(
        _ descriptor: Int32, _ bytes: RawSpan, to address: Family.SocketAddress?, flags: Int32
    ) throws(TransportError) -> SendStep {
        let result = bytes.withUnsafeBytes { memory in
            if let address {
                handle.syscalls.send(
                    descriptor, memory, to: Family.bytes(of: address, domain: handle.domain), flags: flags
                )
            } else {
                handle.syscalls.send(descriptor, memory, flags: flags)
            }
        }
        if result >= 0 { return .sent(result) }
        if result == -Int(EAGAIN) { return .wouldBlock(Need(.writable, systemCode: EAGAIN)) }
        let error = transient(handle.failure(result, .send))
        throw address.map { error.with(address: $0) } ?? error
    }

    /// An error about one datagram leaves the socket usable.
    private func transient(_ error: TransportError) -> TransportError {
        error.kind == .closed ? error : error.with(aftermath: .usable)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes an address that has a family and nothing else; gives its size.
    fileprivate func storeFamily(_ family: Int32) -> Int {
        var system = sockaddr()
        system.sa_family = sa_family_t(family)
        storeBytes(of: system, as: sockaddr.self)
        return MemoryLayout<sockaddr>.size
    }
}
