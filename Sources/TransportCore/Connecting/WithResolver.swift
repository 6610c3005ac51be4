/// A backend with another resolver; everything else is the base's. Made by `backend.with(resolver:)`.
public struct WithResolver<Base: ResolvingBackend, Names: Resolver>: BackendLayer, ResolvingBackend {
    /// The family of the addresses.
    public typealias Family = IP
    /// The type of the streams.
    public typealias Stream = Base.Stream
    /// The type of the listeners.
    public typealias StreamListener = Base.StreamListener

    /// The backend below.
    public let base: Base

    /// What turns names into addresses.
    public let resolver: Names

    init(base: Base, resolver: Names) {
        self.base = base
        self.resolver = resolver
    }
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
