/// A backend that asks a policy before it connects, and before it listens where the policy says so; everything else is the
/// base's. Made by `backend.with(policy:)`.
///
/// It makes no datagram endpoints, whose destinations it could not check.
public struct WithPolicy<Base: Backend>: BackendLayer {
    /// The family of the addresses.
    public typealias Family = Base.Family
    /// The type of the streams.
    public typealias Stream = Base.Stream
    /// The type of the listeners.
    public typealias StreamListener = Base.StreamListener

    /// The backend below.
    public let base: Base
    /// What is asked.
    public let policy: AddressPolicy<Base.Family>

    init(base: Base, policy: AddressPolicy<Base.Family>) {
        self.base = base
        self.policy = policy
    }

    /// Begins to open a stream of the base, when the policy allows it.
    ///
    /// - Throws: ``TransportError/Kind/deniedByPolicy`` when it does not, before anything is sent.
    public func beginOpen(
        to address: Family.SocketAddress, options: StreamOptions<Family>
    ) throws(TransportError) -> Base.Stream {
        try policy.check(address, peerName: options.peerName)
        return try base.beginOpen(to: address, options: options)
    }

    /// Opens a stream in the base's way, when the policy allows it.
    public func open(
        to address: Family.SocketAddress, options: StreamOptions<Family>, until deadline: Deadline
    ) throws(TransportError) -> Base.Stream {
        try policy.check(address, peerName: options.peerName)
        return try base.open(to: address, options: options, until: deadline)
    }

    /// Begins to listen with the base, when the policy allows it or is not for listening.
    public func beginListening(
        on address: Family.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> Base.StreamListener {
        try policy.check(address, isListening: true)
        return try base.beginListening(on: address, options: options)
    }

    /// The listener itself, when the policy allows its address or is not for listening.
    public func listener(over lower: Base.StreamListener) throws(TransportError) -> Base.StreamListener {
        try policy.check(try lower.localAddress, isListening: true)
        return lower
    }
}

extension WithPolicy: ResolvingBackend where Base: ResolvingBackend {}

extension Backend {
    /// The same backend, allowed to use only the addresses that a policy allows.
    ///
    /// A further layer asks this one: put the policy below a proxy to restrict which proxies are used. Above a proxy it sees
    /// the addresses that are resolved here, and refuses names that the proxy is to resolve, unless it judges names.
    public func with(policy: AddressPolicy<Family>) -> WithPolicy<Self> { WithPolicy(base: self, policy: policy) }
}
