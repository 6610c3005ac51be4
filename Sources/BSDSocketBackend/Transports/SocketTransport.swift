internal import CSockets
internal import Synchronization
public import TransportCore

/// A stream over a socket of the system: TCP, or a Unix stream.
///
/// Comes from a ``SocketBackend``. The descriptor is blocking; a step that must not wait says so per call
/// (`MSG_DONTWAIT`), so that descriptors that are shared with other programs are not disturbed.
public final class SocketTransport<Family: SocketFamily>: Transport {
    /// The owner of the descriptor.
    public let handle: SocketHandle

    /// Where the connection goes or comes from, known without asking the system.
    private let peer: Family.SocketAddress

    /// How far connecting has come.
    private let connecting: ConnectProgress

    init(_ handle: SocketHandle, peer: Family.SocketAddress, connecting: consuming ConnectProgress = ConnectProgress()) {
        self.handle = handle
        self.peer = peer
        self.connecting = connecting
    }

    // MARK: Steps

    /// Goes on connecting.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        guard connecting.isUnderWay else { return .done }
        return try handle.use(.connect) { (descriptor) throws(TransportError) in
            try connecting.advance(handle, descriptor, to: Family.bytes(of: peer), named: peer)
        }
    }

    /// Receives what is there. One system call.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        return try handle.use(.receive) { (descriptor) throws(TransportError) in
            try receive(descriptor, into: &buffer, flags: csockets_msg_dontwait)
        }
    }

    /// Sends as much as there is room for. One system call.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        guard bytes.byteCount > 0 else { return .sent(0) }
        return try handle.use(.send) { (descriptor) throws(TransportError) in
            try send(descriptor, bytes, flags: csockets_msg_dontwait)
        }
    }

    /// Receives into several buffers. One system call.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        try handle.use(.receive) { (descriptor) throws(TransportError) in
            let result = segments.withUnsafeBufferPointer { table -> Int in
                // The table is laid out as struct iovec, and the system only reads the table itself.
                guard let start = table.baseAddress else { return 0 }
                return handle.syscalls.receive(
                    descriptor, scatteringInto: UnsafeMutableRawPointer(mutating: start),
                    min(table.count, Int(csockets_iov_max)), flags: csockets_msg_dontwait
                )
            }
            return try receiveStep(result)
        }
    }

    /// Sends several runs of bytes. One system call.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        try handle.use(.send) { (descriptor) throws(TransportError) in
            let result = segments.withUnsafeBufferPointer { table -> Int in
                guard let start = table.baseAddress else { return 0 }
                return handle.syscalls.send(
                    descriptor, gathering: start, min(table.count, Int(csockets_iov_max)), flags: csockets_msg_dontwait
                )
            }
            return try sendStep(result)
        }
    }

    /// Ends the sending direction. One system call.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        try handle.use(.shutdownWrite) { (descriptor) throws(TransportError) in
            let result = handle.syscalls.shutdown(descriptor, Int32(SHUT_WR))
            // The peer is gone already, so there is nobody left to tell.
            if result != -ENOTCONN { try handle.check(result, .shutdownWrite) }
            return .done
        }
    }

    // MARK: Waiting

    /// Blocks until a need may be met. One system call.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try handle.wait(for: need, until: deadline)
    }

    /// Suspends until a need may be met.
    public func ready(for need: Need) async throws(TransportError) {
        try await ReadinessPoller.shared.ready(handle, for: need)
    }

    /// Receives, waiting until a deadline. One system call without a deadline; with one, it waits first: two.
    public func receive(into buffer: inout OutputRawSpan, until deadline: Deadline) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        try handle.enter(.receive)
        defer { handle.leave() }
        if deadline == .never {
            let step = try receive(handle.descriptor, into: &buffer, flags: 0)
            // Somebody who shares the descriptor may have made it nonblocking; then waiting is up to us.
            guard case .wouldBlock = step else { return step }
        }
        while true {
            guard try handle.poll(.readable, until: deadline) else { return .wouldBlock(.readable) }
            let step = try receive(handle.descriptor, into: &buffer, flags: csockets_msg_dontwait)
            guard case .wouldBlock = step else { return step }
        }
    }

    /// Sends, waiting for room until a deadline. One system call while there is room, whatever the deadline.
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        guard bytes.byteCount > 0 else { return .sent(0) }
        try handle.enter(.send)
        defer { handle.leave() }
        var flags = deadline == .never ? 0 : csockets_msg_dontwait
        while true {
            let step = try send(handle.descriptor, bytes, flags: flags)
            guard case .wouldBlock = step else { return step }
            flags = csockets_msg_dontwait
            guard try handle.poll(.writable, until: deadline) else { return step }
        }
    }

    // MARK: Ending

    /// Closes the descriptor, or has the last user close it.
    public func close() { handle.close() }

    /// Closes with `SO_LINGER` on and zero: TCP sends a reset; a Unix peer just sees the end.
    public func abort() {
        var value = linger(l_onoff: 1, l_linger: 0)
        try? handle.use(.close) { (descriptor) throws(TransportError) in
            _ = withUnsafeBytes(of: &value) { handle.syscalls.setOption(descriptor, SOL_SOCKET, SO_LINGER, $0) }
        }
        handle.close()
    }

    // MARK: Knowledge

    /// The address of this end. One system call.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) { try handle.localAddress(Family.self) }
    }

    /// The address of the peer, also after closing. No system call.
    ///
    /// - Throws: ``TransportError/Kind/notConnected`` until the connection is established.
    public var remoteAddress: Family.SocketAddress {
        get throws(TransportError) {
            if connecting.isUnderWay { throw TransportError(.notConnected, operation: .getAddress) }
            return peer
        }
    }

    /// Half-close, vectored calls, a descriptor; for TCP a visible abort, for Unix streams an early broken pipe.
    public var facts: TransportFacts {
        let common: TransportFacts = [.halfClose, .vectored, .exposesDescriptor]
        return Family.streamsAreTCP
            ? common.union([.abortIsVisible, .fullBacklogPends]) : common.union(.firstSendAfterPeerCloseFails)
    }

    /// Answers ``TransportCore/DescriptorNumber``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { handle.query(key) }

    /// The system's monotonic clock.
    public var now: Instant { handle.now }
}

extension SocketTransport: SocketBacked {}

extension SocketTransport {
    /// One receive, by a user of the handle.
    private func receive(
        _ descriptor: Int32, into buffer: inout OutputRawSpan, flags: Int32
    ) throws(TransportError) -> ReceiveStep {
        let result = buffer.withUnsafeMutableBytes { memory, count in
            let free = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            let result = handle.syscalls.receive(descriptor, free, flags: flags)
            if result > 0 { count += result }
            return result
        }
        return try receiveStep(result)
    }

    /// One send, by a user of the handle.
    private func send(_ descriptor: Int32, _ bytes: RawSpan, flags: Int32) throws(TransportError) -> SendStep {
        let result = bytes.withUnsafeBytes { memory in
            // Some systems refuse counts that do not fit 32 bits; the rest is for the next call.
            let part = UnsafeRawBufferPointer(rebasing: memory.prefix(1 << 30))
            return handle.syscalls.send(descriptor, part, flags: flags)
        }
        return try sendStep(result)
    }

    /// What the result of a receiving call means.
    private func receiveStep(_ result: Int) throws(TransportError) -> ReceiveStep {
        if result > 0 { return .received(result) }
        if result == 0 {
            // Closing wakes a blocked receive with what looks like an end.
            if handle.isClosed { throw .closed(.receive) }
            return .endOfStream
        }
        if result == -Int(EAGAIN) { return .wouldBlock(Need(.readable, systemCode: EAGAIN)) }
        throw terminal(handle.failure(result, .receive))
    }

    /// What the result of a sending call means.
    private func sendStep(_ result: Int) throws(TransportError) -> SendStep {
        if result >= 0 { return .sent(result) }
        if result == -Int(EAGAIN) { return .wouldBlock(Need(.writable, systemCode: EAGAIN)) }
        throw terminal(handle.failure(result, .send))
    }

    /// What still works after an error that does not say it itself.
    private func terminal(_ error: TransportError) -> TransportError {
        switch error.kind {
        // The network lost the connection; the system reports it once, and then what looks like a clean end.
        case .hostUnreachable, .networkUnreachable: error.with(aftermath: .dead)
        default: error
        }
    }
}

extension SocketTransport {
    /// What connecting waits for, or nil when it is done.
    func establishmentNeed() throws(TransportError) -> Need? {
        guard connecting.isUnderWay else { return nil }
        if connecting.waitsForReadiness { return .writable }
        guard case .wouldBlock(let need) = try tryEstablish() else { return nil }
        return need
    }

    /// Goes on connecting after a need was met. False when it is still under way.
    func finishEstablishing(after need: Need) throws(TransportError) -> Bool {
        let step = try handle.use(.connect) { (descriptor) throws(TransportError) in
            try connecting.advance(
                handle, descriptor, to: Family.bytes(of: peer), named: peer,
                assumeReady: need.interest.contains(.writable)
            )
        }
        return step == .done
    }
}
