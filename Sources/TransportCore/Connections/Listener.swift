/// A source of incoming connections, over any backend: what programs use.
///
/// ```swift
/// let listener = try SocketBackend<IP>().listen(port: 8080)
/// while true {
///     let connection = try listener.accept()
///     …
/// }
/// ```
///
/// Several threads may accept at the same time; each connection is given to one of them. ``close()`` may be called from
/// any thread and wakes whoever waits. A listener that is dropped without being closed is closed then.
public final class Listener<L: TransportListener>: Sendable {
    /// The listener below, for its own features.
    public let transport: L

    let control: OperationControl
    let connectionMode: IOMode

    /// Makes a listener of a backend's listener.
    ///
    /// - Parameters:
    ///   - transport: The backend's listener; this object owns it from now on and closes it.
    ///   - mode: How long accepting may wait. The default is blocking.
    ///   - connectionMode: The mode of accepted connections, whatever the listener's own is. The default is blocking.
    ///   - observer: Who is told about every operation, also those of accepted connections. The default is nobody.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    public init(
        _ transport: L, mode: IOMode = .blocking, connectionMode: IOMode = .blocking,
        observer: (any OperationObserver)? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) {
        self.transport = transport
        self.connectionMode = connectionMode
        self.control = OperationControl(
            mode: mode, observer: observer, origin: SourceSite(fileID: fileID, line: line), layer: L.self)
        transport.take(.adopted(at: control.origin))
    }

    deinit {
        guard control.ownerWasDropped(self) else { return }
        transport.take(.dropped)
        transport.close()
    }

    /// How long accepting may wait when the call does not say it itself.
    public var mode: IOMode {
        get { control.mode.value }
        set { control.mode.value = newValue }
    }

    /// Whether ``close()`` was called.
    public var isClosed: Bool { control.isClosed }

    /// Takes the next connection, waiting for one.
    ///
    /// The peer's address is the connection's `remoteAddress`, known without a further system call. Connections that
    /// broke while they were queued are passed over. The corresponding C function is `accept`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Throws: ``TransportError/Kind/timedOut`` and, in nonblocking mode, ``TransportError/Kind/wouldBlock``;
    ///   ``TransportError/Kind/tooManyOpenFiles`` and ``TransportError/Kind/outOfResources``, after which the connection
    ///   still waits: close something, pause, and accept again; ``TransportError/Kind/closed``.
    public func accept(
        timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Connection<L.Accepted> {
        beginAccepting()
        defer { endAccepting() }
        let limit = try control.limit(timeout, deadline, .accept, clock: transport)
        control.willBegin(.accept, of: self)
        do throws(TransportError) {
            let step =
                if limit.mayWait {
                    try transport.accept(until: limit.deadline)
                } else {
                    try transport.tryAccept()
                }
            return try accepted(step, limit)
        } catch {
            throw failed(error)
        }
    }

    /// Takes the next connection if there is one, whatever ``mode`` says.
    ///
    /// - Throws: As ``accept(timeout:deadline:)`` does.
    package func acceptIfReady() throws(TransportError) -> Connection<L.Accepted>? {
        try control.ensureOpen(.accept)
        do throws(TransportError) {
            guard case .accepted(let stream) = try transport.tryAccept() else { return nil }
            control.willBegin(.accept, of: self)
            return connection(over: stream)
        } catch {
            control.willBegin(.accept, of: self)
            throw failed(error)
        }
    }

    /// Waits until a connection may be there, without accepting it.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait; zero asks for the present state. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Returns: Whether one may be there; false when the time was up.
    /// - Throws: ``TransportError/Kind/closed``.
    public func waitForConnection(
        timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Bool {
        beginAccepting()
        defer { endAccepting() }
        let end = try control.waitDeadline(timeout, deadline, clock: transport)
        return try control.observing(.wait, of: self) { () throws(TransportError) in
            try transport.wait(for: .readable, until: end)
        }
    }

    /// Takes no further connections; those that are queued can still be accepted.
    ///
    /// Peers that connect from now on are refused. When the queue is empty, accepting ends with
    /// ``TransportError/Kind/closed``.
    ///
    /// - Throws: The system's error when a queued connection could not be kept, ``TransportError/Kind/closed``.
    public func stopAccepting() throws(TransportError) {
        try control.ensureOpen(.accept)
        try control.observing(.accept, of: self) { () throws(TransportError) in try transport.stopAccepting() }
    }

    /// Closes the listener without waiting; queued connections are cut, accepted ones live on.
    ///
    /// May be repeated; never fails. The corresponding C function is `close`.
    public func close() {
        guard control.close() else { return }
        control.willBegin(.close, of: self)
        transport.close()
        control.didEnd(.close, of: self, .done(bytes: 0))
    }

    /// A listener over another transport that takes this one's place, such as a layer over it. This object is closed from now
    /// on, without closing its transport.
    func moved<Other: TransportListener>(
        to makeTransport: (L) throws(TransportError) -> Other
    ) throws(TransportError) -> Listener<Other> {
        try control.ensureOpen(.listen)
        let other = try makeTransport(transport)
        let found = control.gate.closeUnlessWaitedFor()
        if found.contains(.closed) { throw .closed(.listen) }
        guard found.isEmpty else {
            throw TransportError(.busy, operation: .listen)
                .with(message: "somebody is accepting with this listener, whose connections would be without the layer")
                .with(advice: "put the layer over the listener before anybody accepts")
        }
        return Listener<Other>(
            other, mode: mode, connectionMode: connectionMode, observer: control.observer,
            fileID: control.origin.fileID, line: control.origin.line
        )
    }

    /// Takes note that somebody accepts from now on: the listener cannot move.
    package func beginAccepting() { control.gate.enterWait() }

    /// Takes note that somebody accepts no longer.
    package func endAccepting() { control.gate.leaveWait() }

    /// The address that is listened on, with the real port where port 0 was asked for.
    public var localAddress: L.Accepted.Family.SocketAddress {
        get throws(TransportError) { try transport.localAddress }
    }

    /// How the listener behaves where listeners differ.
    public var facts: TransportFacts { transport.facts }

    /// Answers a question about the listener, or nil when it has no answer.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { transport.query(key) }
}

extension Listener {
    /// The connection of a step, or the error that it means.
    func accepted(
        _ step: AcceptStep<L.Accepted>, _ limit: WaitLimit
    ) throws(TransportError) -> Connection<L.Accepted> {
        switch step {
        case .wouldBlock(let need): throw limit.exceeded(.accept, need: need)
        case .accepted(let stream): return connection(over: stream)
        }
    }

    /// The connection over a stream that was accepted.
    private func connection(over stream: L.Accepted) -> Connection<L.Accepted> {
        control.didEnd(.accept, of: self, .done(bytes: 0))
        return Connection(
            stream, mode: connectionMode, observer: control.observer, fileID: control.origin.fileID,
            line: control.origin.line
        )
    }

    /// The error to throw for a failed accept.
    func failed(_ error: TransportError) -> TransportError {
        let error = control.isClosed ? .closed(.accept) : error.asPart(of: .accept)
        control.didEnd(.accept, of: self, .failed(error))
        if error.kind == .wouldBlock { transport.letOthersGoOn() }
        return error
    }
}

extension Listener: OptionHolder {
    /// Changes an option of the listener.
    ///
    /// - Throws: As ``OptionHolder/apply(_:)`` does, and ``TransportError/Kind/closed``.
    public func apply(_ setting: OptionSetting) throws(TransportError) {
        try control.ensureOpen(.setOption)
        try transport.apply(setting)
    }

    /// The present value of an option of the listener.
    ///
    /// - Throws: As ``OptionHolder/optionValue(named:)`` does, and ``TransportError/Kind/closed``.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try control.ensureOpen(.getOption)
        return try transport.optionValue(named: name)
    }
}
