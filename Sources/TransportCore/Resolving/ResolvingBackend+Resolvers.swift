extension ResolvingBackend {
    /// The same backend, which knows the names of a table, and asks its own resolver for others.
    public func with(hosts table: HostsTable) -> WithResolver<Self, HostsResolver<Names>> {
        with(resolver: HostsResolver(table, otherwise: resolver))
    }

    /// The same backend, which remembers names for a while. Keep it: each has a memory of its own.
    ///
    /// - Parameter limits: How much is remembered, and for how long. The default is 1,000 answers, 30 s for addresses and
    ///   5 s for names without.
    public func cachingNames(
        _ limits: NameCacheLimits = NameCacheLimits()
    ) -> WithResolver<Self, CachingResolver<Names>> {
        with(resolver: CachingResolver(over: resolver, limits: limits, backend: self))
    }

    /// The same backend, which tries the addresses of one family first.
    public func preferring(_ family: AddressPreference) -> WithResolver<Self, ReorderingResolver<Names>> {
        with(resolver: ReorderingResolver(over: resolver, preferring: family))
    }

    /// The same backend, which asks another resolver when its own has failed.
    ///
    /// - Parameters:
    ///   - second: The other resolver.
    ///   - patience: How long its own may take. The default, nil, is as long as the call.
    public func with<Second: Resolver>(
        fallbackResolver second: Second, patience: Duration? = nil
    ) -> WithResolver<Self, FailoverResolver<Names, Second>> {
        with(resolver: FailoverResolver(resolver, then: second, patience: patience, clock: self))
    }
}
