public import TransportCore

extension SocketBackend: ResolvingBackend where Family == IP {
    /// The type of the resolver.
    public typealias Names = SystemResolver

    /// The system's resolver.
    public var resolver: SystemResolver { SystemResolver() }
}
