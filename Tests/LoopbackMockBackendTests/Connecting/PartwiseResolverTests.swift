import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// Resolvers over one whose answers come in parts, to the millisecond, in the network's time.
@Suite("Answers in parts", .unlessHung)
struct PartwiseResolverTests {
    /// Connects in a thread and in a task, which must come to the same.
    private func expect<Names: Resolver>(
        _ scene: RaceScene, _ expected: [String], sourceLocation: SourceLocation = #_sourceLocation,
        through resolver: @escaping @Sendable (PartwiseResolver, LoopbackBackend<IP>) -> Names
    ) async throws {
        func block() throws -> [String] { try scene.connect(through: resolver) }
        #expect(try block() == expected, sourceLocation: sourceLocation)
        #expect(try await scene.connect(through: resolver) == expected, sourceLocation: sourceLocation)
    }

    /// One family comes first, and then the other; everybody answers after 5 ms.
    private func scene(_ first: String, at firstTime: Int, _ second: String, at secondTime: Int) -> RaceScene {
        scene([.addresses([first], at: firstTime), .addresses([second], at: secondTime)])
    }

    private func scene(_ parts: [RaceScene.Part]) -> RaceScene {
        RaceScene(parts: parts, peers: ["6a": .answers(5), "4a": .answers(5), "4b": .answers(5)])
    }

    /// A resolver that has the address "4b" at once.
    @Sendable private static func other(_ resolver: PartwiseResolver) -> HostsResolver<NoNames> {
        HostsResolver(HostsTable(["service": [resolver.record.address("4b", port: 0).address]]))
    }

    @Test("a look-up that never ends beside an attempt that never ends is a deadlock, or ends in time")
    func endless() async throws {
        var scene = RaceScene(parts: [.addresses(["4a"], at: 10), .never], peers: ["4a": .silent])
        let lines = try await scene.connect(through: { resolver, _ in resolver })
        #expect(lines.first == "60 open 4a")
        #expect(lines.last?.hasSuffix("connect deadlock: deadlock") == true, "\(lines)")
        scene.timeout = 100_000
        try await expect(scene, ["60 open 4a", "100000 close 4a", "100000 connect timedOut: timedOut"]) {
            resolver, _ in resolver
        }
    }

    // MARK: Hosts

    @Test("a table of hosts lets the parts through, and knows its own names at once")
    func hosts() async throws {
        try await expect(scene("4a", at: 10, "6a", at: 40), ["40 open 6a", "45 connected 6a"]) { resolver, _ in
            HostsResolver(HostsTable(["other": [.v4(.loopback)]]), otherwise: resolver)
        }
        try await expect(scene("4a", at: 10, "6a", at: 40), ["0 open 4b", "5 connected 4b"]) { resolver, _ in
            HostsResolver(Self.other(resolver).table, otherwise: resolver)
        }
        let six = RaceScene(parts: [.addresses(["6a"], at: 10)], families: .v6)
        try await expect(six, ["0 resolve noAddressForName"]) { resolver, _ in
            HostsResolver(Self.other(resolver).table, otherwise: resolver)
        }
    }

    // MARK: Order

    @Test("the family that is preferred is waited for, and it alone")
    func preference() async throws {
        try await expect(scene("4a", at: 10, "6a", at: 20), ["10 open 4a", "15 connected 4a"]) { resolver, _ in
            ReorderingResolver(over: resolver, preferring: .v4)
        }
        try await expect(scene("6a", at: 10, "4a", at: 40), ["40 open 4a", "45 connected 4a"]) { resolver, _ in
            ReorderingResolver(over: resolver, preferring: .v4)
        }
        try await expect(scene("6a", at: 10, "4a", at: 500), ["60 open 6a", "65 connected 6a"]) { resolver, _ in
            ReorderingResolver(over: resolver, preferring: .v4)
        }
        try await expect(scene("4a", at: 10, "6a", at: 40), ["40 open 6a", "45 connected 6a"]) { resolver, _ in
            ReorderingResolver(over: resolver, preferring: .v6)
        }
    }

    @Test("another order is that of each part; what it leaves out is not there")
    func order() async throws {
        let two = scene([.addresses(["4a", "4b"], at: 10), .addresses([], at: 20)])
        try await expect(two, ["20 open 4b", "25 connected 4b"]) { resolver, _ in
            ReorderingResolver(over: resolver) { $0.reversed() }
        }
        try await expect(scene("6a", at: 10, "4a", at: 40), ["40 open 4a", "45 connected 4a"]) { resolver, _ in
            ReorderingResolver(over: resolver) { $0.filter { $0.ipv4 != nil } }
        }
        try await expect(scene("6a", at: 10, "4a", at: 40), ["40 resolve noAddressForName"]) { resolver, _ in
            ReorderingResolver(over: resolver) { _ in [] }
        }
    }

    // MARK: Failing over

    @Test("the parts of either resolver are let through; the second is asked when nothing came of the first")
    func failover() async throws {
        try await expect(scene("4a", at: 10, "6a", at: 40), ["40 open 6a", "45 connected 6a"]) { resolver, backend in
            FailoverResolver(resolver, then: NoNames(), clock: backend)
        }
        try await expect(scene("4a", at: 10, "6a", at: 500), ["60 open 4a", "65 connected 4a"]) { resolver, backend in
            FailoverResolver(NoNames(), then: resolver, clock: backend, isFailure: { _ in true })
        }
        let broken = scene([.fails(.nameServiceUnavailable, at: 10), .fails(.nameServiceUnavailable, at: 20)])
        try await expect(broken, ["20 open 4b", "25 connected 4b"]) { resolver, backend in
            FailoverResolver(resolver, then: Self.other(resolver), clock: backend)
        }
        try await expect(broken, ["20 resolve noSuchName: nameServiceUnavailable noSuchName"]) { resolver, backend in
            FailoverResolver(resolver, then: NoNames(), clock: backend)
        }
        let half = scene([.fails(.nameServiceUnavailable, at: 10), .addresses(["4a"], at: 20)])
        try await expect(half, ["20 open 4a", "25 connected 4a"]) { resolver, backend in
            FailoverResolver(resolver, then: Self.other(resolver), clock: backend)
        }
        let nothing = scene([.fails(.noAddressForName, at: 10), .fails(.noSuchName, at: 20)])
        try await expect(nothing, ["20 resolve noAddressForName"]) { resolver, backend in
            FailoverResolver(resolver, then: Self.other(resolver), clock: backend)
        }
    }

    @Test("patience ends the first one's look-up, unless it has given something")
    func patience() async throws {
        try await expect(scene("4a", at: 400, "6a", at: 500), ["100 open 4b", "105 connected 4b"]) {
            resolver, backend in
            FailoverResolver(resolver, then: Self.other(resolver), patience: .milliseconds(100), clock: backend)
        }
        try await expect(scene("4a", at: 80, "6a", at: 120), ["120 open 6a", "125 connected 6a"]) { resolver, backend in
            FailoverResolver(resolver, then: Self.other(resolver), patience: .milliseconds(100), clock: backend)
        }
        var short = scene("4a", at: 400, "6a", at: 500)
        short.timeout = 50
        try await expect(short, ["50 resolve timedOut"]) { resolver, backend in
            FailoverResolver(resolver, then: Self.other(resolver), patience: .milliseconds(100), clock: backend)
        }
    }

    // MARK: Caching

    @Test("a cache lets the parts through")
    func cache() async throws {
        try await expect(scene("4a", at: 10, "6a", at: 40), ["40 open 6a", "45 connected 6a"]) { resolver, backend in
            CachingResolver(over: resolver, backend: backend)
        }
        try await expect(scene("4a", at: 10, "6a", at: 500), ["60 open 4a", "65 connected 4a"]) { resolver, backend in
            CachingResolver(over: resolver, backend: backend)
        }
    }

    /// A cache over a resolver that counts its look-ups.
    private struct Cache {
        let network = LoopbackNetwork()
        let counted: CountedLookUps
        let resolver: CachingResolver<CountedLookUps>
        let query: ResolverQuery

        init(_ parts: [RaceScene.Part]) throws {
            let record = RaceRecord(network)
            for name in ["4a", "6a"] { record.add(name, network.host(name)) }
            counted = CountedLookUps(
                base: PartwiseResolver(parts: parts, record: record, backend: network.backend(on: "client")))
            resolver = CachingResolver(over: counted, backend: network.backend(on: "client"))
            query = try ResolverQuery(host: "service", service: .port(80))
        }

        var milliseconds: Int { Int(network.now.nanoseconds / 1_000_000) }
        func names(_ addresses: [IP.SocketAddress]) -> [String] { addresses.map { $0.ipv6 == nil ? "4a" : "6a" } }
    }

    @Test("those who ask at the same time get each part when it comes, and the whole is remembered")
    func sharing() throws {
        let cache = try Cache([.addresses(["4a"], at: 10), .addresses(["6a"], at: 40)])
        let threads = try [0, 20, 30].map { begin in
            try cache.network.spawn {
                try cache.network.sleep(for: .milliseconds(Int64(begin)))
                let lookUp = cache.resolver.lookUp(cache.query)
                var lines: [String] = []
                var isLast = false
                while !isLast {
                    guard let part = try lookUp.next(until: .never) else { continue }
                    lines.append("\(cache.milliseconds / 10) \(cache.names(part.addresses))")
                    isLast = part.isLast
                }
                return lines
            }
        }
        #expect(try threads[0].join() == [#"1 ["4a"]"#, #"4 ["6a"]"#])
        #expect(try threads[1].join() == [#"2 ["4a"]"#, #"4 ["6a"]"#])
        #expect(try threads[2].join() == [#"3 ["4a"]"#, #"4 ["6a"]"#])
        let time = cache.network.now
        // The preferred family is in front, whichever came first.
        #expect(cache.names(try cache.resolver.resolve(cache.query, until: .never)) == ["6a", "4a"])
        #expect(cache.network.now == time)
        #expect(cache.counted.count.withLock { $0 } == 1)
        #expect(cache.resolver.count == 1)
    }

    @Test("one that was cancelled leaves the look-up to the others")
    func cancelledSharer() async throws {
        let cache = try Cache([.addresses(["4a"], at: 10), .addresses(["6a"], at: 40)])
        try await cache.network.run {
            let first = Task(executorPreference: cache.network.executor) {
                try await cache.resolver.resolve(cache.query, until: .never)
            }
            try await cache.network.sleep(for: .milliseconds(15))
            let second = Task(executorPreference: cache.network.executor) {
                try await cache.resolver.resolve(cache.query, until: .never)
            }
            try await cache.network.sleep(for: .milliseconds(5))
            first.cancel()
            #expect(await caught(in: first)?.kind == .cancelled)
            #expect(cache.names(try await second.value) == ["6a", "4a"])
        }
        #expect(cache.counted.count.withLock { $0 } == 1)
        #expect(cache.milliseconds < 48)
    }

    @Test("what is not complete is not remembered; that a name has none of one family is")
    func incomplete() throws {
        let whole: [RaceScene.Part] = [.addresses(["6a"], at: 10), .addresses(["4a"], at: 40)]
        let abandoned = try Cache(whole)
        let lookUp = abandoned.resolver.lookUp(abandoned.query)
        #expect(try lookUp.next(until: .never)?.addresses.count == 1)
        lookUp.cancel()
        #expect(abandoned.resolver.count == 0)
        #expect(abandoned.names(try abandoned.resolver.resolve(abandoned.query, until: .never)) == ["6a", "4a"])
        #expect(abandoned.counted.count.withLock { $0 } == 2)
        for (kind, remembered) in [
            (TransportError.Kind.nameServiceUnavailable, 0), (.noAddressForName, 1), (.noSuchName, 1),
        ] {
            let half = try Cache([.fails(kind, at: 10), .addresses(["4a"], at: 40)])
            #expect(half.names(try half.resolver.resolve(half.query, until: .never)) == ["4a"])
            #expect(half.resolver.count == remembered, "\(kind)")
            let none = try Cache([.fails(kind, at: 10), .fails(.noSuchName, at: 40)])
            #expect(caught { try none.resolver.resolve(none.query, until: .never) }?.kind == kind)
            #expect(none.resolver.count == remembered, "\(kind)")
        }
        let late = try Cache(whole)
        let end = Deadline.at(Instant(nanoseconds: 20_000_000))
        #expect(caught { try late.resolver.resolve(late.query, until: end) }?.kind == .timedOut)
        #expect(late.milliseconds == 20)
    }
}

/// Counts the look-ups of another resolver.
private final class CountedLookUps: Resolver {
    let base: PartwiseResolver
    let count = Locked(0)

    init(base: PartwiseResolver) { self.base = base }

    func lookUp(_ query: ResolverQuery) -> PartwiseLookUp {
        count.withLock { $0 += 1 }
        return base.lookUp(query)
    }

    func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        try base.resolve(query, until: deadline)
    }

    func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        try await base.resolve(query, until: deadline)
    }
}
