import TestSupport
import Testing
import TransportCore

@Suite("Resolvers over resolvers")
struct ResolverTests {
    private static let v4 = IP.Address.v4(IPv4.Address(192, 0, 2, 1))
    private static let v6 = IP.Address.v6(.loopback)

    private func query(_ host: String, _ families: ResolverQuery.Families = .any) throws -> ResolverQuery {
        try ResolverQuery(host: host, service: .port(80), families: families)
    }

    /// Asks in both forms, which must give the same.
    private func ask(
        _ resolver: some Resolver, _ query: ResolverQuery, until deadline: Deadline = .never
    ) async -> (addresses: [IP.Address], failure: TransportError.Kind?) {
        func block() -> Result<[IP.SocketAddress], any Error> {
            Result { try resolver.resolve(query, until: deadline) }
        }
        var suspending: [IP.SocketAddress] = []
        let failure = await caught { suspending = try await resolver.resolve(query, until: deadline) }
        let blocking = block()
        #expect((try? blocking.get()) ?? [] == suspending)
        return (suspending.map(\.address), failure?.kind)
    }

    // MARK: Hosts

    @Test("a table of hosts answers for its names, and asks for others")
    func hosts() async throws {
        let base = StubResolver(["other": .addresses([Self.v4])])
        let table = HostsTable(
            hostsText: """
                # a comment
                192.0.2.1   cache Cache.Example. # two names
                ::1\tcache
                nonsense line
                999.1.1.1 bad
                """
        )
        let resolver = HostsResolver(table, otherwise: base)
        #expect(await ask(resolver, try query("CACHE")) == ([Self.v4, Self.v6], nil))
        #expect(await ask(resolver, try query("cache.example")) == ([Self.v4], nil))
        #expect(await ask(resolver, try query("cache", .v6)) == ([Self.v6], nil))
        #expect(await ask(resolver, try query("cache.example", .v6)) == ([], .noAddressForName))
        #expect(base.queries.isEmpty)
        #expect(await ask(resolver, try query("other")) == ([Self.v4], nil))
        #expect(await ask(HostsResolver(table), try query("other")) == ([], .noSuchName))
        let connection = try await ScriptedBackend().with(hosts: table).connect(host: "cache", port: 7)
        #expect(try connection.remoteAddress == IP.SocketAddress(Self.v4, port: 7))
    }

    // MARK: Order

    @Test("one family comes first, each in its order; an order that leaves nothing has no address")
    func order() async throws {
        let base = StubResolver(["a": .addresses([Self.v6, Self.v4])])
        #expect(
            await ask(ReorderingResolver(over: base, preferring: .v4), try query("a")) == ([Self.v4, Self.v6], nil))
        #expect(
            await ask(ReorderingResolver(over: base, preferring: .v6), try query("a")) == ([Self.v6, Self.v4], nil))
        #expect(
            await ask(ReorderingResolver(over: base) { $0.reversed() }, try query("a")) == ([Self.v4, Self.v6], nil))
        #expect(await ask(ReorderingResolver(over: base) { _ in [] }, try query("a")) == ([], .noAddressForName))
    }

    // MARK: Failing over

    @Test("a failure of the resolver has the next one asked, an answer about the name has not")
    func failover() async throws {
        let clock = VirtualClock()
        let broken = TransportError(.nameServiceUnavailable, operation: .resolve)
        let first = StubResolver(["a": .fail(broken), "c": .addresses([Self.v6])], clock: clock)
        let second = StubResolver(["a": .addresses([Self.v4]), "b": .addresses([Self.v4])], clock: clock)
        let resolver = FailoverResolver(first, then: second, clock: clock)
        #expect(await ask(resolver, try query("a")) == ([Self.v4], nil))
        #expect(await ask(resolver, try query("b")) == ([], .noSuchName))
        #expect(await ask(resolver, try query("c")) == ([Self.v6], nil))
        let both = FailoverResolver(first, then: first, clock: clock)
        let error = caught { try both.resolve(try query("a"), until: .never) }
        #expect(error?.attempts.map(\.kind) == [.nameServiceUnavailable, .nameServiceUnavailable])
    }

    @Test("patience with the first one leaves the second its time")
    func patience() throws {
        let clock = VirtualClock()
        let slow = StubResolver(["a": .addresses([Self.v6])], clock: clock, delay: .seconds(60))
        let quick = StubResolver(["a": .addresses([Self.v4])], clock: clock)
        let resolver = FailoverResolver(slow, then: quick, patience: .seconds(1), clock: clock)
        let answer = try resolver.resolve(try query("a"), until: clock.deadline(.seconds(5)))
        #expect(answer.map(\.address) == [Self.v4])
        #expect(clock.elapsed == .seconds(1))
        let hasty = caught { try resolver.resolve(try query("a"), until: clock.deadline(.milliseconds(1500))) }
        #expect(hasty?.kind == .timedOut)
    }

    // MARK: Caching

    @Test("an answer is remembered as long as it may be, in the backend's time")
    func caching() throws {
        let base = ScriptedBackend(names: ["a": .addresses([Self.v4])])
        let backend = base.cachingNames(NameCacheLimits(lifetime: .seconds(10)))
        for (time, queries) in [(0, 1), (9, 1), (10, 2), (11, 2)] {
            base.clock.advance(to: base.clock.instant(after: .seconds(time)))
            _ = try backend.connect(host: "a", port: 80)
            #expect(base.resolver.queries.count == queries)
        }
        _ = try backend.connect(host: "a", port: 80, families: .v4)
        #expect(base.resolver.queries.count == 3)
        backend.resolver.removeAll()
        _ = try backend.connect(host: "a", port: 80)
        #expect(base.resolver.queries.count == 4)
    }

    @Test("that there is no such name is remembered for its own time, failures of the servers are not")
    func negative() async throws {
        let broken = TransportError(.nameServiceUnavailable, operation: .resolve)
        let base = ScriptedBackend(names: ["broken": .fail(broken)])
        let limits = NameCacheLimits(negativeLifetime: .seconds(5))
        let resolver = CachingResolver(over: base.resolver, limits: limits, backend: base)
        #expect(await ask(resolver, try query("none")) == ([], .noSuchName))
        #expect(base.resolver.queries.count == 1)
        base.clock.advance(by: .seconds(5))
        #expect(await ask(resolver, try query("none")) == ([], .noSuchName))
        #expect(base.resolver.queries.count == 2)
        #expect(await ask(resolver, try query("broken")) == ([], .nameServiceUnavailable))
        #expect(base.resolver.queries.count == 4)
    }

    @Test("what was being asked for when everything was forgotten is not remembered")
    func forgetting() throws {
        let backend = ScriptedBackend()
        let base = Interrupted([Self.v4, Self.v6])
        let cache = CachingResolver(over: base, backend: backend)
        let deadline = Deadline.at(backend.now.advanced(by: .seconds(1)))
        let question = try query("a")
        let inner = Locked<[IP.SocketAddress]>([])
        base.interrupt {
            cache.removeAll()
            // Whoever asks now neither waits for the old answer nor loses the new one to it.
            inner.withLock { $0 = (try? cache.resolve(question, until: deadline)) ?? [] }
        }
        #expect(try cache.resolve(question, until: deadline).map(\.address) == [Self.v4])
        #expect(inner.withLock { $0.map(\.address) } == [Self.v6])
        #expect(try cache.resolve(question, until: deadline).map(\.address) == [Self.v6])
        #expect(cache.count == 1)
        #expect(base.count == 2)
    }

    @Test("the oldest answer makes room for a new one")
    func limit() throws {
        let base = ScriptedBackend(names: [
            "a": .addresses([Self.v4]), "b": .addresses([Self.v4]), "c": .addresses([Self.v4]),
        ])
        let resolver = CachingResolver(over: base.resolver, limits: NameCacheLimits(maxEntries: 2), backend: base)
        for (name, queries) in [("a", 1), ("b", 2), ("a", 2), ("c", 3), ("b", 3), ("a", 4)] {
            _ = try resolver.resolve(try query(name), until: .never)
            #expect(base.resolver.queries.count == queries)
        }
        #expect(resolver.count == 2)
    }
}

/// Gives one address after the other, and does something in the middle of the first answer.
private final class Interrupted: Resolver {
    private let state: Locked<(addresses: [IP.Address], count: Int, interruption: (@Sendable () -> Void)?)>

    init(_ addresses: [IP.Address]) { state = Locked((addresses, 0, nil)) }

    var count: Int { state.withLock { $0.count } }

    func interrupt(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.interruption = body } }

    func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        let (address, interruption) = state.withLock { state in
            defer {
                state.count += 1
                state.interruption = nil
            }
            return (state.addresses[state.count], state.interruption)
        }
        interruption?()
        return [IP.SocketAddress(address, port: 80)]
    }

    func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        let blocking: () throws(TransportError) -> [IP.SocketAddress] = { () throws(TransportError) in
            try self.resolve(query, until: deadline)
        }
        return try blocking()
    }
}
