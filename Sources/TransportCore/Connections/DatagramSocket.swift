/// An endpoint for datagrams, over any backend: what programs use.
///
/// ```swift
/// let socket = try backend.datagramSocket()
/// try socket.send("ping", to: server)
/// let (bytes, info) = try socket.receive(atMost: 1500, timeout: .seconds(1))
/// ```
///
/// A datagram arrives whole, cut to the buffer, or not at all; there is no end of stream, and an empty datagram is a
/// datagram. Errors about one datagram leave the socket usable. Modes, deadlines, threads and closing are as in
/// ``Connection``.
public final class DatagramSocket<D: DatagramTransport>: Sendable {
    /// The endpoint below, for its own features.
    public let transport: D

    @usableFromInline let control: OperationControl

    /// Makes a socket of a backend's endpoint.
    ///
    /// - Parameters:
    ///   - transport: The endpoint; this object owns it from now on and closes it.
    ///   - mode: How long operations may wait. The default is blocking.
    ///   - observer: Who is told about every operation. The default is nobody.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    public init(
        _ transport: D, mode: IOMode = .blocking, observer: (any OperationObserver)? = nil,
        fileID: StaticString = #fileID, line: UInt = #line
    ) {
        self.transport = transport
        self.control = OperationControl(
            mode: mode, observer: observer, origin: SourceSite(fileID: fileID, line: line), layer: D.self)
        transport.take(.adopted(at: control.origin))
    }

    deinit {
        guard control.ownerWasDropped(self) else { return }
        transport.take(.dropped)
        transport.close()
    }

    /// How long operations may wait that do not say it themselves.
    public var mode: IOMode {
        get { control.mode.value }
        set { control.mode.value = newValue }
    }

    /// Whether ``close()`` was called.
    public var isClosed: Bool { control.isClosed }

    // MARK: Receiving

    /// Receives one datagram into the free capacity of a buffer, waiting for one.
    ///
    /// One system call in blocking mode, one more with a timeout, and no allocation. The corresponding C function is
    /// `recvmsg`.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go. A datagram that does not fit is cut, and the result says so.
    ///   - timeout: How long to wait. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Returns: The sender, the size and whether the datagram was cut.
    /// - Throws: ``TransportError/Kind/timedOut`` and, in nonblocking mode, ``TransportError/Kind/wouldBlock``;
    ///   ``TransportError/Kind/connectionRefused`` when an earlier datagram to the peer of a connected socket found
    ///   nobody; ``TransportError/Kind/busy``; ``TransportError/Kind/closed``.
    @inlinable
    public func receive(
        into buffer: inout OutputRawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> DatagramInfo<D.Family.SocketAddress> {
        let limit = try control.limit(timeout, deadline, .receive, clock: transport)
        try begin(.receiving, .receive)
        do throws(TransportError) {
            let step =
                if limit.mayWait {
                    try transport.receive(into: &buffer, until: limit.deadline)
                } else {
                    try transport.tryReceive(into: &buffer)
                }
            guard case .received(let info) = step else { throw limit.exceeded(.receive, step) }
            control.end(.receiving, .receive, of: self, .done(bytes: info.byteCount))
            return info
        } catch {
            throw failed(error, .receiving, .receive)
        }
    }

    /// Receives one datagram into an array, from its start. Like the form for spans.
    ///
    /// Elements after the received ones keep their values.
    @inlinable
    public func receive(
        into array: inout [UInt8], timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> DatagramInfo<D.Family.SocketAddress> {
        let range = 0..<array.count
        return try array.withOutputSpan(in: range) { (span: inout OutputRawSpan) throws(TransportError) in
            try receive(into: &span, timeout: timeout, deadline: deadline)
        }
    }

    /// Receives one datagram into a new array.
    ///
    /// - Parameters:
    ///   - maximum: The largest datagram that is not cut, 0 or more. No datagram over IP has more than 65,535 bytes.
    ///   - timeout: How long to wait. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Returns: The bytes and what is known about them.
    /// - Throws: As for spans, and ``TransportError/Kind/invalidArgument`` when `maximum` is negative.
    @inlinable
    public func receive(
        atMost maximum: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> (bytes: [UInt8], info: DatagramInfo<D.Family.SocketAddress>) {
        let capacity = try capacity(for: maximum)
        var info = DatagramInfo<D.Family.SocketAddress>(byteCount: 0, sender: nil, isTruncated: false)
        let bytes = try [UInt8](capacity: capacity) { (output: inout OutputSpan<UInt8>) throws(TransportError) in
            info = try output.appendBytes(atMost: capacity) { (span: inout OutputRawSpan) throws(TransportError) in
                try receive(into: &span, timeout: timeout, deadline: deadline)
            }
        }
        return (bytes, info)
    }

    /// Receives a datagram into an array if there is one, whatever ``mode`` says.
    ///
    /// - Throws: As the other forms.
    package func receiveIfReady(
        into array: inout [UInt8]
    ) throws(TransportError) -> DatagramInfo<D.Family.SocketAddress>? {
        // Whoever asks and finds nothing has done nothing that an observer would want to hear of.
        let found = control.gate.enter(.receiving, unless: .closed)
        if !found.isEmpty { throw control.refusal(found, .receive) }
        do throws(TransportError) {
            let step = try array.withOutputSpan(in: 0..<array.count) {
                (span: inout OutputRawSpan) throws(TransportError) in try transport.tryReceive(into: &span)
            }
            guard case .received(let info) = step else {
                control.gate.leave(.receiving)
                return nil
            }
            if control.isObserved { control.willBegin(.receive, of: self) }
            control.end(.receiving, .receive, of: self, .done(bytes: info.byteCount))
            return info
        } catch {
            if control.isObserved { control.willBegin(.receive, of: self) }
            throw failed(error, .receiving, .receive)
        }
    }

    // MARK: Sending

    /// Sends one datagram, waiting for room.
    ///
    /// One system call, and no allocation. The corresponding C function is `sendto`.
    ///
    /// - Parameters:
    ///   - bytes: The datagram; may be empty.
    ///   - address: Where it goes. The default, nil, is the peer of a connected socket.
    ///   - timeout: How long to wait for room. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for room. The default, nil, is what ``mode`` says.
    /// - Throws: ``TransportError/Kind/messageTooLarge``, ``TransportError/Kind/notConnected`` when there is neither an
    ///   address nor a peer, ``TransportError/Kind/permissionDenied`` for a broadcast without the option, and what
    ///   `receive` throws. The socket stays usable.
    @inlinable
    public func send(
        _ bytes: RawSpan, to address: D.Family.SocketAddress? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil
    ) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, .send, clock: transport)
        try begin(.sending, .send)
        do throws(TransportError) {
            let step =
                if limit.mayWait {
                    try transport.send(bytes, to: address, until: limit.deadline)
                } else {
                    try transport.trySend(bytes, to: address)
                }
            if case .wouldBlock(let need) = step { throw limit.exceeded(.send, need: need) }
            control.end(.sending, .send, of: self, .done(bytes: bytes.byteCount))
        } catch {
            throw failed(error, .sending, .send)
        }
    }

    /// Sends one datagram, waiting for room. Like the form for spans.
    @inlinable
    public func send(
        _ bytes: some Collection<UInt8>, to address: D.Family.SocketAddress? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil
    ) throws(TransportError) {
        try bytes.withRawSpan { (span) throws(TransportError) in
            try send(span, to: address, timeout: timeout, deadline: deadline)
        }
    }

    /// Sends a text as one datagram of UTF-8. Like the form for spans.
    public func send(
        _ text: String, to address: D.Family.SocketAddress? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil
    ) throws(TransportError) {
        try send(text.utf8, to: address, timeout: timeout, deadline: deadline)
    }

    // MARK: Peer, waiting, closing

    /// Chooses the peer: datagrams go there by default, and only those that come from there are received.
    ///
    /// The corresponding C function is `connect`; for datagrams it sends nothing.
    ///
    /// - Parameter address: The peer, or nil to have none again.
    /// - Throws: The system's error, ``TransportError/Kind/closed``.
    public func connect(to address: D.Family.SocketAddress?) throws(TransportError) {
        try control.ensureOpen(.connect)
        try transport.connect(to: address)
    }

    /// Waits until receiving or sending may be possible, without doing it. See
    /// `Connection.wait(for:timeout:deadline:)`.
    public func wait(
        for interest: Need.Interest, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Bool {
        let end = try control.waitDeadline(timeout, deadline, clock: transport)
        try control.checkInterest(interest)
        return try control.observing(.wait, of: self) { () throws(TransportError) in
            try transport.wait(for: Need(interest), until: end)
        }
    }

    /// Closes the socket without waiting. May be repeated; never fails. The corresponding C function is `close`.
    public func close() {
        guard control.close() else { return }
        control.willBegin(.close, of: self)
        transport.close()
        control.didEnd(.close, of: self, .done(bytes: 0))
    }

    /// The address of this end. The corresponding C function is `getsockname`.
    public var localAddress: D.Family.SocketAddress {
        get throws(TransportError) { try transport.localAddress }
    }

    /// The address of the peer of a connected socket. The corresponding C function is `getpeername`.
    public var remoteAddress: D.Family.SocketAddress {
        get throws(TransportError) { try transport.remoteAddress }
    }

    /// How the endpoint behaves where endpoints differ.
    public var facts: TransportFacts { transport.facts }

    /// Answers a question about the endpoint, or nil when it has no answer.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { transport.query(key) }
}

extension DatagramSocket {
    @inlinable
    func begin(
        _ direction: OperationGate.State, _ operation: TransportError.Operation
    ) throws(TransportError) {
        let found = control.begin(direction, operation, of: self)
        if !found.isEmpty { throw control.refusal(found, operation) }
    }

    /// How much memory to get ready for a datagram. Larger ones than 1 MiB do not exist: a mistaken size must not become a
    /// mistaken allocation.
    @usableFromInline
    func capacity(for maximum: Int) throws(TransportError) -> Int {
        guard maximum >= 0 else {
            throw .invalidArgument("cannot receive \(maximum) bytes: give 0 or more", operation: .receive)
        }
        return min(maximum, 1 << 20)
    }

    @usableFromInline
    func failed(
        _ error: TransportError, _ direction: OperationGate.State, _ operation: TransportError.Operation
    ) -> TransportError {
        let error = control.isClosed ? .closed(operation) : error.asPart(of: operation)
        control.end(direction, operation, of: self, .failed(error))
        if error.kind == .wouldBlock { transport.letOthersGoOn() }
        return error
    }
}

extension WaitLimit {
    /// The error of a datagram receive that could not be done within the limit.
    @usableFromInline
    func exceeded<Address>(
        _ operation: TransportError.Operation, _ step: DatagramStep<Address>
    ) -> TransportError {
        guard case .wouldBlock(let need) = step else { return exceeded(operation, need: .readable) }
        return exceeded(operation, need: need)
    }
}

extension DatagramSocket: OptionHolder {
    /// Changes an option of the endpoint.
    ///
    /// - Throws: As ``OptionHolder/apply(_:)`` does, and ``TransportError/Kind/closed``.
    public func apply(_ setting: OptionSetting) throws(TransportError) {
        try control.ensureOpen(.setOption)
        try transport.apply(setting)
    }

    /// The present value of an option of the endpoint.
    ///
    /// - Throws: As ``OptionHolder/optionValue(named:)`` does, and ``TransportError/Kind/closed``.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try control.ensureOpen(.getOption)
        return try transport.optionValue(named: name)
    }
}
