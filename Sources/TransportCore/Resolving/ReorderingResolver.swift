/// A resolver that puts the addresses of another one into another order, or leaves some out.
public struct ReorderingResolver<Base: Resolver>: Resolver {
    /// The resolver below.
    public let base: Base
    private let order: @Sendable ([IP.SocketAddress]) -> [IP.SocketAddress]

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - base: The resolver below.
    ///   - order: Gives the addresses, which come in the order of the resolver below, in the one in which they should be
    ///     tried. When it gives none, the name has no address.
    public init(_ base: Base, order: @escaping @Sendable ([IP.SocketAddress]) -> [IP.SocketAddress]) {
        self.base = base
        self.order = order
    }

    /// Makes a resolver that puts the addresses of one family first, each family in the order of the resolver below.
    public init(_ base: Base, preferring family: AddressPreference) {
        self.init(base) { addresses in
            let first = addresses.filter(family.families.contain)
            return first + addresses.filter { !family.families.contain($0) }
        }
    }

    /// The addresses of the resolver below, in the other order.
    public func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        try ordered(try base.resolve(query, until: deadline), query)
    }

    /// The addresses of the resolver below, in the other order.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        try ordered(try await base.resolve(query, until: deadline), query)
    }

    private func ordered(
        _ addresses: [IP.SocketAddress], _ query: ResolverQuery
    ) throws(TransportError) -> [IP.SocketAddress] {
        let ordered = order(addresses)
        guard !ordered.isEmpty else {
            throw TransportError(.noAddressForName, operation: .resolve).with(address: query.host ?? "this machine")
        }
        return ordered
    }
}

/// Which family's addresses come first.
public enum AddressPreference: Hashable, Sendable {
    /// IPv4 before IPv6.
    case v4
    /// IPv6 before IPv4.
    case v6

    var families: ResolverQuery.Families {
        switch self {
        case .v4: .v4
        case .v6: .v6
        }
    }
}
