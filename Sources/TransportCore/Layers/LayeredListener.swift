/// A listener that puts a layer over each connection that it accepts; everything else is the listener's below.
public struct LayeredListener<Lower: TransportListener, Layer: Transport>: TransportListener
where Layer.Family == Lower.Accepted.Family {
    /// The type of the connections.
    public typealias Accepted = Layer

    /// The listener below.
    public let lower: Lower
    private let wrap: @Sendable (Lower.Accepted) throws(TransportError) -> Layer

    /// Makes a listener.
    ///
    /// - Parameters:
    ///   - lower: The listener below.
    ///   - wrap: Puts the layer over a connection. It must not wait: what takes time is for ``Transport/tryEstablish()``
    ///     of the layer. When it throws, the connection is closed, and accepting throws its error.
    public init(over lower: Lower, wrap: @escaping @Sendable (Lower.Accepted) throws(TransportError) -> Layer) {
        self.lower = lower
        self.wrap = wrap
    }

    /// Accepts, and puts the layer over the connection.
    public func tryAccept() throws(TransportError) -> AcceptStep<Layer> { try layered(try lower.tryAccept()) }

    /// Accepts in the way of the listener below, and puts the layer over the connection.
    public func accept(until deadline: Deadline) throws(TransportError) -> AcceptStep<Layer> {
        try layered(try lower.accept(until: deadline))
    }

    private func layered(_ step: AcceptStep<Lower.Accepted>) throws(TransportError) -> AcceptStep<Layer> {
        switch step {
        case .wouldBlock(let need): return .wouldBlock(need)
        case .accepted(let stream):
            do throws(TransportError) {
                return .accepted(try wrap(stream))
            } catch {
                stream.close()
                throw error.asPart(of: .accept)
            }
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
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try lower.wait(for: event, until: deadline)
    }

    /// Forwards to the listener below.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await lower.ready(for: event, until: deadline)
    }

    /// Forwards to the listeners below.
    public static func wait(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        try Lower.wait(forAny: waits.map { ($0.source.lower, $0.need) }, until: deadline)
    }

    /// Forwards to the listeners below.
    public static func ready(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        try await Lower.ready(forAny: waits.map { ($0.source.lower, $0.need) }, until: deadline)
    }

    /// Forwards to the listener below.
    public func isKnownUnready(for interest: Need.Interest) -> Bool { lower.isKnownUnready(for: interest) }

    /// Forwards to the listener below.
    public func stopAccepting() throws(TransportError) { try lower.stopAccepting() }

    /// Forwards to the listener below.
    public func close() { lower.close() }

    /// Forwards to the listener below.
    public var localAddress: Layer.Family.SocketAddress {
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

    /// Forwards to the listener below.
    public func letOthersGoOn() { lower.letOthersGoOn() }

    /// The layer's kind, and what is below.
    public var stack: [String] { [Layer.kind] + lower.stack }
}
