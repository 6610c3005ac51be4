public import TransportCore

/// A resolver that asks nobody and leaves names to a proxy, so that no name server near this machine learns of them.
///
/// It gives one address, which stands for the name: 0.0.0.1, an address that no machine has.
public struct ProxiedNames: Resolver {
    /// Makes a resolver.
    public init() {}

    /// The address that stands for the name.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/unsupported`` for the name of a service in place of a port, and
    ///   for one family of addresses alone: which one is used is up to the proxy.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) throws(TransportError) -> [IP.SocketAddress] {
        try addresses(for: query)
    }

    /// The address that stands for the name. Like the blocking form.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        try addresses(for: query)
    }

    private func addresses(for query: ResolverQuery) throws(TransportError) -> [IP.SocketAddress] {
        guard case .port(let port) = query.service else {
            throw .unsupported("a proxy takes port numbers, not names of services", operation: .resolve)
        }
        guard query.families == .any else {
            throw .unsupported(
                "the proxy resolves the name, and chooses between IPv4 and IPv6 itself; for a choice of your own give the "
                    + "backend a resolver: with(resolver:)", operation: .resolve
            )
        }
        guard query.host != nil else {
            // "This machine" is one that only we can mean.
            return [.v6(.loopback(port: port)), .v4(.loopback(port: port))]
        }
        return [.standIn(port: port)]
    }
}
