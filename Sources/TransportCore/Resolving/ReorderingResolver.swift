/// A resolver that puts the addresses of another one into another order, or leaves some out.
public struct ReorderingResolver<Base: Resolver>: Resolver {
    /// The resolver below.
    public let base: Base
    private let order: @Sendable ([IP.SocketAddress]) -> [IP.SocketAddress]
    private let preference: AddressPreference?

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - base: The resolver below.
    ///   - order: Gives the addresses, which come in the order of the resolver below, in the one in which they should be
    ///     tried. When it gives none, the name has no address. Parts of an answer that come one after the other are put in
    ///     order each by itself.
    public init(over base: Base, order: @escaping @Sendable ([IP.SocketAddress]) -> [IP.SocketAddress]) {
        self.init(base, nil, order)
    }

    private init(
        _ base: Base, _ preference: AddressPreference?,
        _ order: @escaping @Sendable ([IP.SocketAddress]) -> [IP.SocketAddress]
    ) {
        self.base = base
        self.order = order
        self.preference = preference
    }

    /// Makes a resolver that puts the addresses of one family first, each family in the order of the resolver below.
    ///
    /// Where the families' answers come one after the other, connecting waits for this family for the time of the strategy's
    /// ``ConnectStrategy/resolutionDelay``.
    public init(over base: Base, preferring family: AddressPreference) {
        self.init(base, family) { addresses in
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

    /// The answer of the resolver below as it comes, each part in the other order.
    public func lookUp(_ query: ResolverQuery) -> ReorderedLookUp<Base.LookUp> {
        ReorderedLookUp(base: base.lookUp(query), query: query, order: order, preference: preference)
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

/// The look-up of a ``ReorderingResolver``: each part of the answer below in another order.
public struct ReorderedLookUp<Base: ResolverLookUp>: ResolverLookUp {
    let base: Base
    let query: ResolverQuery
    let order: @Sendable ([IP.SocketAddress]) -> [IP.SocketAddress]
    let preference: AddressPreference?

    /// The next part of the answer below, in the other order.
    public func next(until deadline: Deadline) throws(TransportError) -> ResolverAnswerPart? {
        try base.next(until: deadline).map(ordered)
    }

    /// The next part of the answer below, in the other order.
    public func next(until deadline: Deadline) async throws(TransportError) -> ResolverAnswerPart? {
        try await base.next(until: deadline).map(ordered)
    }

    /// Ends the look-up below.
    public func cancel() { base.cancel() }

    private func ordered(_ part: ResolverAnswerPart) -> ResolverAnswerPart {
        var part = part
        part.preference = preference ?? part.preference
        guard !part.addresses.isEmpty else { return part }
        part.addresses = order(part.addresses)
        if part.addresses.isEmpty, part.failure == nil {
            part.failure = TransportError(.noAddressForName, operation: .resolve)
                .with(address: query.host ?? "this machine")
        }
        return part
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
