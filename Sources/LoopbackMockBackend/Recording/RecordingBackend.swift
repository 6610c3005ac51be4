public import TransportCore

/// A backend that changes nothing and records the streams that it opens.
///
/// What its listeners accept is recorded as well, with the accepting end as the client: replayed, a recording plays the
/// peer of the end that was recorded.
public struct RecordingBackend<Base: Backend>: Backend {
    /// The family of the addresses.
    public typealias Family = Base.Family
    /// The type of the streams.
    public typealias Stream = RecordingTransport<Base.Stream>
    /// The type of the listeners.
    public typealias StreamListener = RecordingListener<Base.StreamListener>

    /// The backend whose streams are recorded.
    public let base: Base
    /// Where they are recorded.
    public let recorder: Recorder

    /// Records what a backend opens.
    public init(_ base: Base, _ recorder: Recorder) {
        self.base = base
        self.recorder = recorder
    }

    /// Begins to open a stream, and to record it.
    public func beginOpen(
        to address: Family.SocketAddress, options: StreamOptions<Family>
    ) throws(TransportError) -> RecordingTransport<Base.Stream> {
        let stream = try base.beginOpen(to: address, options: options)
        return RecordingTransport(connecting: stream, recorder, peer: "\(address)")
    }

    /// Opens a stream in the base's way, and begins to record it.
    public func open(
        to address: Family.SocketAddress, options: StreamOptions<Family>, until deadline: Deadline
    ) throws(TransportError) -> RecordingTransport<Base.Stream> {
        let stream = try base.open(to: address, options: options, until: deadline)
        return RecordingTransport(stream, recorder, peer: "\(address)")
    }

    /// Begins to listen; what is accepted is recorded.
    public func beginListening(
        on address: Family.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> RecordingListener<Base.StreamListener> {
        RecordingListener(lower: try base.beginListening(on: address, options: options), recorder: recorder)
    }

    /// Blocks until an instant of the base's clock.
    public func sleep(until instant: Instant) throws(TransportError) { try base.sleep(until: instant) }

    /// The base's.
    public var defaults: BackendDefaults { base.defaults }

    /// The base's.
    public var now: Instant { base.now }

    /// The base's.
    public func randomNumber() -> UInt64 { base.randomNumber() }
}

extension RecordingBackend: ResolvingBackend where Base: ResolvingBackend {
    /// The type of the resolver.
    public typealias Names = Base.Names

    /// The base's.
    public var resolver: Base.Names { base.resolver }
}

/// A listener that changes nothing and records what it accepts. Comes from a ``RecordingBackend``.
public final class RecordingListener<Lower: TransportListener>: TransportListener {
    /// The type of the connections.
    public typealias Accepted = RecordingTransport<Lower.Accepted>

    /// The listener below.
    public let lower: Lower
    private let recorder: Recorder

    init(lower: Lower, recorder: Recorder) {
        self.lower = lower
        self.recorder = recorder
    }

    /// Accepts, and begins to record.
    public func tryAccept() throws(TransportError) -> AcceptStep<Accepted> { recorded(try lower.tryAccept()) }

    /// Accepts, and begins to record.
    public func accept(until deadline: Deadline) throws(TransportError) -> AcceptStep<Accepted> {
        recorded(try lower.accept(until: deadline))
    }

    private func recorded(_ step: AcceptStep<Lower.Accepted>) -> AcceptStep<Accepted> {
        switch step {
        case .accepted(let stream): .accepted(RecordingTransport(stream, recorder))
        case .wouldBlock(let need): .wouldBlock(need)
        }
    }

    /// Forwards to the listener below.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try lower.wait(for: need, until: deadline)
    }

    /// Forwards to the listener below.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await lower.ready(for: need, until: deadline)
    }

    /// Forwards to the listener below.
    public func stopAccepting() throws(TransportError) { try lower.stopAccepting() }

    /// Forwards to the listener below.
    public func close() { lower.close() }

    /// Forwards to the listener below.
    public var localAddress: Accepted.Family.SocketAddress {
        get throws(TransportError) { try lower.localAddress }
    }

    /// Forwards to the listener below.
    public var facts: TransportFacts { lower.facts }

    /// Forwards to the listener below.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { lower.query(key) }

    /// Forwards to the listener below.
    public func apply(_ setting: OptionSetting) throws(TransportError) { try lower.apply(setting) }

    /// Forwards to the listener below.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try lower.optionValue(named: name)
    }

    /// Forwards to the listener below.
    public var now: Instant { lower.now }

    /// Forwards to the listener below.
    public func take(_ note: OwnerNote) { lower.take(note) }
}
