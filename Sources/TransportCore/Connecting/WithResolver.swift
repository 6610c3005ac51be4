/// A backend with another resolver; everything else is the base's. Made by `backend.with(resolver:)`.
public struct WithResolver<Base: ResolvingBackend, Names: Resolver>: ResolvingBackend {
    /// The family of the addresses.
    public typealias Family = IP
    /// The type of the streams.
    public typealias Stream = Base.Stream
    /// The type of the listeners.
    public typealias StreamListener = Base.StreamListener

    private let base: Base

    /// What turns names into addresses.
    public let resolver: Names

    init(base: Base, resolver: Names) {
        self.base = base
        self.resolver = resolver
    }

    /// The base's clock.
    public var now: Instant { base.now }

    /// The base's settings.
    public var defaults: BackendDefaults { base.defaults }

    /// Begins to open a stream of the base.
    public func beginOpen(
        to address: IP.SocketAddress, options: StreamOptions<IP>
    ) throws(TransportError) -> Base.Stream {
        try base.beginOpen(to: address, options: options)
    }

    /// Opens a stream of the base.
    public func open(
        to address: IP.SocketAddress, options: StreamOptions<IP>, until deadline: Deadline
    ) throws(TransportError) -> Base.Stream {
        try base.open(to: address, options: options, until: deadline)
    }

    /// Listens with the base.
    public func beginListening(
        on address: IP.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> Base.StreamListener {
        try base.beginListening(on: address, options: options)
    }

    /// Blocks until an instant of the base's clock.
    public func sleep(until instant: Instant) throws(TransportError) { try base.sleep(until: instant) }

    /// The base's random numbers.
    public func randomNumber() -> UInt64 { base.randomNumber() }
}

extension WithResolver: DatagramBackend where Base: DatagramBackend {
    /// The type of the endpoints.
    public typealias Datagrams = Base.Datagrams

    /// Opens an endpoint of the base.
    public func openDatagrams(
        boundTo local: IP.SocketAddress?, connectedTo remote: IP.SocketAddress?, options: [OptionSetting]
    ) throws(TransportError) -> Base.Datagrams {
        try base.openDatagrams(boundTo: local, connectedTo: remote, options: options)
    }
}
