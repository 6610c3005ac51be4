internal import CSockets
public import TransportCore

/// A datagram socket of the system: UDP.
///
/// Comes from a ``SocketBackend``.
public final class SocketDatagrams<Family: SocketFamily>: DatagramTransport, SocketBacked {
    /// The owner of the descriptor.
    public let handle: SocketHandle

    /// Whether the socket is of a family that also reaches another one's addresses, chosen for want of an address.
    @usableFromInline let isGeneral: Bool

    init(_ handle: SocketHandle, isGeneral: Bool) {
        self.handle = handle
        self.isGeneral = isGeneral
    }

    /// Receives one datagram. One system call.
    @inlinable
    public func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        var message = ReceivedMessage()
        let result = try handle.tryReceiveMessage(into: &buffer, &message)
        return try step(of: message, result)
    }

    /// Sends one datagram. One system call.
    @inlinable
    public func trySend(_ bytes: RawSpan, to address: Family.SocketAddress?) throws(TransportError) -> SendStep {
        try sendOne(bytes, to: address, until: nil)
    }

    /// Receives one datagram, waiting until a deadline. One system call without a deadline, two with one.
    @inlinable
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        var message = ReceivedMessage()
        let result = try handle.receiveMessage(into: &buffer, &message, until: deadline)
        return try step(of: message, result)
    }

    /// Sends one datagram, waiting for room until a deadline. One system call while there is room.
    @inlinable
    public func send(
        _ bytes: RawSpan, to address: Family.SocketAddress?, until deadline: Deadline
    ) throws(TransportError) -> SendStep {
        try sendOne(bytes, to: address, until: deadline)
    }

    /// Chooses the peer. One system call.
    public func connect(to address: Family.SocketAddress?) throws(TransportError) {
        try handle.use(.connect) { (descriptor) throws(TransportError) in
            let bytes = address.map { Family.bytes(of: $0, domain: handle.domain) } ?? .unspecified
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
    @inlinable
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await handle.ready(for: need, until: deadline)
    }

    /// Blocks until an event has happened.
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try handle.wait(for: event, until: deadline)
    }

    /// Suspends until an event has happened.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await handle.ready(for: event, until: deadline)
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

    /// `UDP`, or what the family's datagram sockets are called.
    public static var kind: String { Family.datagramKind }

    /// Answers ``/TransportCore/DescriptorNumber``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { handle.query(key) }

    /// The system's monotonic clock.
    public var now: Instant { handle.now }
}

extension SocketDatagrams {
    /// The address in the form that the caller knows.
    @inlinable
    func normalize(_ address: Family.SocketAddress) -> Family.SocketAddress {
        isGeneral ? Family.canonical(address) : address
    }

    /// The step for a message, whose sender still has the system's form.
    @inlinable
    func step(
        of message: borrowing ReceivedMessage, _ step: ReceiveStep
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        switch step {
        case .wouldBlock(let need): return .wouldBlock(need)
        case .endOfStream: throw .closed(.receive)
        case .received(let count):
            let sender = message.sender.count == 0 ? nil : normalize(try Family.address(from: message.sender))
            return .received(DatagramInfo(byteCount: count, sender: sender, isTruncated: message.isTruncated))
        }
    }

    @inlinable
    func sendOne(
        _ bytes: RawSpan, to address: Family.SocketAddress?, until deadline: Deadline?
    ) throws(TransportError) -> SendStep {
        guard let address else { return try handle.sendMessage(bytes, to: nil, until: deadline) }
        do throws(TransportError) {
            return try handle.sendMessage(
                bytes, to: Family.bytes(of: address, domain: handle.domain), until: deadline
            )
        } catch {
            throw error.with(address: address)
        }
    }
}
