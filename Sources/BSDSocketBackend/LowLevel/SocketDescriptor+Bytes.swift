internal import CSockets
public import TransportCore

extension SocketDescriptor {
    // MARK: Receiving

    /// Receives into the free capacity of a buffer. The corresponding C function is `recv`.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go. With no free capacity nothing is received from a stream, and a datagram is cut.
    ///   - flags: How. The default is none.
    /// - Returns: How many bytes were received: 0 at the end of a stream, and for an empty datagram. With
    ///   ``MessageFlags/truncated``, on Linux, the size of the datagram, which may be more than fitted.
    /// - Throws: ``/TransportCore/TransportError/Kind/wouldBlock`` on a nonblocking socket and with
    ///   ``MessageFlags/dontWait``; the failures of the connection, as often as the system tells of them;
    ///   ``/TransportCore/TransportError/Kind/closed``.
    public func receive(into buffer: inout OutputRawSpan, flags: MessageFlags = []) throws(TransportError) -> Int {
        try handle.enter(.receive)
        defer { handle.leave() }
        try waitWhereCallsAreNotWoken(.readable, flags)
        let result = fill(&buffer) { memory in
            handle.attempt(.readable) {
                handle.syscalls.receive(handle.descriptor, memory, flags: flags.rawValue)
            }
        }
        return try count(result, .receive)
    }

    /// Receives up to a number of bytes into a new array, at most 1 MiB at once unless ``MessageFlags/waitAll`` is among
    /// the flags. Like the form for spans.
    ///
    /// - Throws: As for spans, and ``/TransportCore/TransportError/Kind/invalidArgument`` when `maximum` is negative,
    ///   or more than 1 GiB with ``MessageFlags/waitAll``.
    public func receive(atMost maximum: Int, flags: MessageFlags = []) throws(TransportError) -> [UInt8] {
        try bytes(atMost: maximum, flags) { (span: inout OutputRawSpan) throws(TransportError) in
            _ = try receive(into: &span, flags: flags)
        }
    }

    /// Receives with the address of the sender. The corresponding C function is `recvfrom`.
    ///
    /// - Returns: The count as ``receive(into:flags:)`` gives it, and the sender: nil where the system gives none, as for
    ///   streams.
    /// - Throws: As ``receive(into:flags:)`` does.
    public func receiveFrom(
        into buffer: inout OutputRawSpan, flags: MessageFlags = []
    ) throws(TransportError) -> (count: Int, sender: RawSocketAddress?) {
        try handle.enter(.receive)
        defer { handle.leave() }
        try waitWhereCallsAreNotWoken(.readable, flags)
        var sender = SocketAddressBytes()
        var found: Int32 = 0
        let result = fill(&buffer) { memory in
            handle.attempt(.readable) {
                handle.syscalls.receiveMessage(
                    handle.descriptor, memory, from: &sender, messageFlags: &found, flags: flags.rawValue)
            }
        }
        return (try count(result, .receive), sender.count == 0 ? nil : RawSocketAddress(sender))
    }

    /// Receives up to a number of bytes into a new array, with the address of the sender. Like the form for spans.
    public func receiveFrom(
        atMost maximum: Int, flags: MessageFlags = []
    ) throws(TransportError) -> (bytes: [UInt8], sender: RawSocketAddress?) {
        var sender: RawSocketAddress?
        let bytes = try bytes(atMost: maximum, flags) { (span: inout OutputRawSpan) throws(TransportError) in
            sender = try receiveFrom(into: &span, flags: flags).sender
        }
        return (bytes, sender)
    }

    // MARK: Sending

    /// Sends bytes. The corresponding C function is `send`.
    ///
    /// - Returns: How many bytes the system took, from the front.
    /// - Throws: ``/TransportCore/TransportError/Kind/wouldBlock`` on a nonblocking socket and with ``MessageFlags/dontWait``;
    ///   ``/TransportCore/TransportError/Kind/brokenPipe`` and other failures of the connection, never a signal;
    ///   ``/TransportCore/TransportError/Kind/messageTooLarge``; ``/TransportCore/TransportError/Kind/closed``.
    public func send(_ bytes: RawSpan, flags: MessageFlags = []) throws(TransportError) -> Int {
        try handle.enter(.send)
        defer { handle.leave() }
        try waitWhereCallsAreNotWoken(.writable, flags)
        let result = bytes.withUnsafeBytes { memory in
            handle.attempt(.writable) { handle.syscalls.send(handle.descriptor, memory, flags: flags.rawValue) }
        }
        return try count(result, .send)
    }

    /// Sends bytes. Like the form for spans.
    @discardableResult
    public func send(_ bytes: some Collection<UInt8>, flags: MessageFlags = []) throws(TransportError) -> Int {
        try bytes.withRawSpan { (span) throws(TransportError) in try send(span, flags: flags) }
    }

    /// Sends bytes to an address. The corresponding C function is `sendto`.
    ///
    /// - Throws: As for sending to the peer. Whether a socket with a peer may send elsewhere depends on the system: Linux
    ///   lets datagram sockets, and streams send to their peer.
    public func send(
        _ bytes: RawSpan, to address: RawSocketAddress, flags: MessageFlags = []
    ) throws(TransportError) -> Int {
        try handle.enter(.send)
        defer { handle.leave() }
        try waitWhereCallsAreNotWoken(.writable, flags)
        let result = bytes.withUnsafeBytes { memory in
            handle.attempt(.writable) {
                handle.syscalls.send(handle.descriptor, memory, to: address.system, flags: flags.rawValue)
            }
        }
        do throws(TransportError) {
            return try count(result, .send)
        } catch {
            throw error.with(address: address)
        }
    }

    /// Sends bytes to an address. Like the form for spans.
    @discardableResult
    public func send(
        _ bytes: some Collection<UInt8>, to address: RawSocketAddress, flags: MessageFlags = []
    ) throws(TransportError) -> Int {
        try bytes.withRawSpan { (span) throws(TransportError) in try send(span, to: address, flags: flags) }
    }

    // MARK: Parts

    /// The count that a call gave, or its failure.
    func count(_ result: Int, _ operation: TransportError.Operation) throws(TransportError) -> Int {
        guard result >= 0 else { throw handle.failure(result, operation) }
        // Closing wakes a blocked receive with what looks like an end.
        if result == 0, operation == .receive, handle.isClosed { throw .closed(operation) }
        return result
    }

    private func bytes(
        atMost maximum: Int, _ flags: MessageFlags, _ body: (inout OutputRawSpan) throws(TransportError) -> Void
    ) throws(TransportError) -> [UInt8] {
        var bytes: [UInt8] = []
        try bytes.appendBytes(atMost: try Self.portion(of: maximum, flags), body)
        return bytes
    }

    /// How many bytes to make room for.
    ///
    /// A mistaken size must not become a mistaken allocation. But who waits for all of them waits for so many.
    static func portion(of maximum: Int, _ flags: MessageFlags) throws(TransportError) -> Int {
        let waitsForAll = flags.contains(.waitAll)
        guard maximum >= 0, !waitsForAll || maximum <= 1 << 30 else {
            let most = waitsForAll ? "0 to 1 GiB" : "0 or more"
            throw .invalidArgument("cannot receive \(maximum) bytes: give \(most)", operation: .receive)
        }
        return waitsForAll ? maximum : min(maximum, 1 << 20)
    }
}

/// Has a call fill the free capacity of a buffer; gives what the call gave, which may be more than there was room for.
private func fill(_ buffer: inout OutputRawSpan, _ call: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
    let room = buffer.freeCapacity
    return buffer.withUnsafeMutableBytes { memory, count in
        let result = call(UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
        if result > 0 { count += min(result, room) }
        return result
    }
}
