/// A transport over another transport, which it changes in some respect: the base that wrappers build on.
///
/// Every requirement of ``Transport`` is forwarded to ``lower`` unless the layer implements it itself, so that wrapping
/// loses no feature silently: half-close, vectored calls, options, facts and questions go through.
///
/// ```swift
/// struct Counting<Lower: Transport>: TransportLayer {
///     let lower: Lower
///     let counter: Counter
///     func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
///         let step = try lower.trySend(bytes)
///         if case .sent(let count) = step { counter.add(count) }
///         return step
///     }
/// }
/// ```
///
/// A layer that changes the bytes or their timing must implement *all* the ways they can go: the plain and the vectored
/// steps. The forms with a deadline are made of these steps, not forwarded, so that nothing passes by the layer.
public protocol TransportLayer<Lower>: Transport where Family == Lower.Family {
    /// The type of the transport below.
    associatedtype Lower: Transport
    /// The transport below.
    var lower: Lower { get }
}

extension TransportLayer {
    /// Forwards to the transport below.
    @inlinable
    public func tryEstablish() throws(TransportError) -> ProgressStep { try lower.tryEstablish() }

    /// Forwards to the transport below.
    @inlinable
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        try lower.tryReceive(into: &buffer)
    }

    /// Forwards to the transport below.
    @inlinable
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep { try lower.trySend(bytes) }

    /// Forwards to the transport below.
    @inlinable
    public func tryReceive(
        scatteringInto segments: Span<MutableByteSegment>
    ) throws(TransportError) -> ReceiveStep {
        try lower.tryReceive(scatteringInto: segments)
    }

    /// Forwards to the transport below.
    @inlinable
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        try lower.trySend(gathering: segments)
    }

    /// Forwards to the transport below.
    @inlinable
    public func tryFlush() throws(TransportError) -> ProgressStep { try lower.tryFlush() }

    /// Forwards to the transport below.
    @inlinable
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep { try lower.tryShutdownWrite() }

    /// Forwards to the transport below.
    @inlinable
    public func tryFinish() throws(TransportError) -> ProgressStep { try lower.tryFinish() }

    /// Forwards to the transport below.
    @inlinable
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try lower.wait(for: need, until: deadline)
    }

    /// Forwards to the transport below.
    @inlinable
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await lower.ready(for: need, until: deadline)
    }

    /// Forwards to the transport below.
    @inlinable
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try lower.wait(for: event, until: deadline)
    }

    /// Forwards to the transport below.
    @inlinable
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await lower.ready(for: event, until: deadline)
    }

    /// Forwards to the transports below.
    @inlinable
    public static func wait(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        try Lower.wait(forAny: waits.map { ($0.source.lower, $0.need) }, until: deadline)
    }

    /// Forwards to the transports below.
    @inlinable
    public static func ready(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        try await Lower.ready(forAny: waits.map { ($0.source.lower, $0.need) }, until: deadline)
    }

    /// Forwards to the transport below.
    @inlinable
    public func close() { lower.close() }

    /// Forwards to the transport below.
    @inlinable
    public func abort() { lower.abort() }

    /// Forwards to the transport below.
    @inlinable
    public var localAddress: Lower.Family.SocketAddress {
        get throws(TransportError) { try lower.localAddress }
    }

    /// Forwards to the transport below.
    @inlinable
    public var remoteAddress: Lower.Family.SocketAddress {
        get throws(TransportError) { try lower.remoteAddress }
    }

    /// Forwards to the transport below.
    @inlinable
    public var facts: TransportFacts { lower.facts }

    /// Forwards to the transport below.
    @inlinable
    public var hasBufferedInput: Bool { lower.hasBufferedInput }

    /// Forwards to the transport below.
    @inlinable
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { lower.query(key) }

    /// Forwards to the transport below.
    @inlinable
    public func apply(_ setting: OptionSetting) throws(TransportError) { try lower.apply(setting) }

    /// Forwards to the transport below.
    @inlinable
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try lower.optionValue(named: name)
    }

    /// Forwards to the transport below.
    @inlinable
    public var now: Instant { lower.now }

    /// Forwards to the transport below.
    @inlinable
    public func take(_ note: OwnerNote) { lower.take(note) }

    /// Forwards to the transport below.
    @inlinable
    public func letOthersGoOn() { lower.letOthersGoOn() }
}
