/// Any transport of a family, behind one type.
///
/// For code that chooses a transport at run time or does not want to be generic: `Connection<AnyTransport<IP>>` holds
/// plain sockets, TLS or an in-memory stream alike. It costs about 16 ns per operation, against microseconds for a
/// system call, and loses no feature.
public struct AnyTransport<Family: AddressFamily>: Transport {
    /// The transport that was erased.
    public let base: any Transport<Family>

    /// Hides the type of a transport.
    public init(_ base: some Transport<Family>) {
        self.base = base
    }

    /// Forwards to the base.
    public func tryEstablish() throws(TransportError) -> ProgressStep { try base.tryEstablish() }

    /// Forwards to the base.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        try base.tryReceive(into: &buffer)
    }

    /// Forwards to the base.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep { try base.trySend(bytes) }

    /// Forwards to the base.
    public func tryReceive(
        scatteringInto segments: Span<MutableByteSegment>
    ) throws(TransportError) -> ReceiveStep {
        try base.tryReceive(scatteringInto: segments)
    }

    /// Forwards to the base.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        try base.trySend(gathering: segments)
    }

    /// Forwards to the base.
    public func trySendFile(
        _ descriptor: Int32, at offset: Int64, count: Int
    ) throws(TransportError) -> SendStep? {
        try base.trySendFile(descriptor, at: offset, count: count)
    }

    /// Forwards to the base.
    public func tryFlush() throws(TransportError) -> ProgressStep { try base.tryFlush() }

    /// Forwards to the base.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep { try base.tryShutdownWrite() }

    /// Forwards to the base.
    public func tryFinish() throws(TransportError) -> ProgressStep { try base.tryFinish() }

    /// Forwards to the base.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try base.wait(for: need, until: deadline)
    }

    /// Forwards to the base.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await base.ready(for: need, until: deadline)
    }

    /// Forwards to the base.
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try base.wait(for: event, until: deadline)
    }

    /// Forwards to the base.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await base.ready(for: event, until: deadline)
    }

    /// Forwards to the bases when all of them are of one type.
    public static func wait(
        forAny waits: [(source: AnyTransport, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        guard let first = waits.first else { return try waitInTurn(forAny: waits, until: deadline) }
        return try wait(forAny: waits, likely: first.source.base, until: deadline)
    }

    private static func wait<Base: Transport<Family>>(
        forAny waits: [(source: AnyTransport, need: Need)], likely first: Base, until deadline: Deadline
    ) throws(TransportError) -> Bool {
        let bases = waits.compactMap { wait in (wait.source.base as? Base).map { (source: $0, need: wait.need) } }
        guard bases.count == waits.count else { return try waitInTurn(forAny: waits, until: deadline) }
        return try Base.wait(forAny: bases, until: deadline)
    }

    /// Forwards to the base.
    public func isKnownUnready(for interest: Need.Interest) -> Bool { base.isKnownUnready(for: interest) }

    /// Forwards to the base.
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        try base.receive(into: &buffer, until: deadline)
    }

    /// Forwards to the base.
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        try base.send(bytes, until: deadline)
    }

    /// Forwards to the base.
    public func close() { base.close() }

    /// Forwards to the base.
    public func abort() { base.abort() }

    /// Forwards to the base.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) { try base.localAddress }
    }

    /// Forwards to the base.
    public var remoteAddress: Family.SocketAddress {
        get throws(TransportError) { try base.remoteAddress }
    }

    /// Forwards to the base.
    public var facts: TransportFacts { base.facts }

    /// Forwards to the base.
    public var hasBufferedInput: Bool { base.hasBufferedInput }

    /// Forwards to the base.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { base.query(key) }

    /// Forwards to the base.
    public func apply(_ setting: OptionSetting) throws(TransportError) { try base.apply(setting) }

    /// Forwards to the base.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try base.optionValue(named: name)
    }

    /// Forwards to the base.
    public var now: Instant { base.now }

    /// Forwards to the base.
    public func take(_ note: OwnerNote) { base.take(note) }

    /// Forwards to the base.
    public func letOthersGoOn() { base.letOthersGoOn() }

    /// That of the base.
    public var stack: [String] { base.stack }
}

extension Connection {
    /// The same connection behind a type that does not name its transport.
    ///
    /// The connection moves, with its mode and with what it remembers: this object is closed from now on, and no
    /// operation of it may be in progress.
    public func erased() -> Connection<AnyTransport<T.Family>> {
        let erased = Connection<AnyTransport<T.Family>>(AnyTransport(transport), continuing: self)
        move(to: erased)
        return erased
    }

    /// A connection over another transport that takes this one's place, such as a layer over it or what is below it.
    ///
    /// The connection moves, with its mode and observer: this object is closed from now on, without closing its transport.
    ///
    /// - Parameters:
    ///   - operation: What the move is a part of.
    ///   - keepsEnds: Whether a direction that has ended here has ended there, too.
    ///   - makeTransport: Gives the other transport.
    /// - Throws: ``TransportError/Kind/busy`` while an operation is in progress, ``TransportError/Kind/closed``, and what
    ///   `makeTransport` throws. The connection stays as it is then.
    package func moved<Other: Transport>(
        for operation: TransportError.Operation, keepsEnds: Bool,
        to makeTransport: (T) throws(TransportError) -> Other
    ) throws(TransportError) -> Connection<Other> {
        try enterBoth(operation)
        defer { leaveBoth() }
        return continued(over: try makeTransport(transport), keepsEnds)
    }

    /// The same where giving the other transport takes a task's waiting.
    package func moved<Other: Transport>(
        for operation: TransportError.Operation, keepsEnds: Bool,
        to makeTransport: (T) async throws(TransportError) -> Other
    ) async throws(TransportError) -> Connection<Other> {
        try enterBoth(operation)
        defer { leaveBoth() }
        return continued(over: try await makeTransport(transport), keepsEnds)
    }

    private func enterBoth(_ operation: TransportError.Operation) throws(TransportError) {
        var found = control.gate.enter(.receiving, unless: .closed)
        guard found.isEmpty else { throw refusal(found, operation) }
        found = control.gate.enter(.sending, unless: .closed)
        guard found.isEmpty else {
            control.gate.leave(.receiving)
            throw refusal(found, operation)
        }
    }

    private func leaveBoth() {
        control.gate.leave(.sending)
        control.gate.leave(.receiving)
    }

    private func continued<Other: Transport>(over transport: Other, _ keepsEnds: Bool) -> Connection<Other> {
        let moved =
            keepsEnds
            ? Connection<Other>(transport, continuing: self)
            : Connection<Other>(
                transport, mode: mode, observer: control.observer, fileID: origin.fileID, line: origin.line
            )
        move(to: moved)
        return moved
    }
}
