import TestSupport
import Testing
import TransportCore

@Suite("Queries and resolvers")
struct ResolverQueryTests {
    @Test(
        "A11: the old forms of IPv4 addresses are refused, and reach neither resolver nor backend",
        arguments: ["127.1", "2130706433", "0x7f.1", "0X7F000001", "0177.0.0.1", "127.0.0.01", "0", "1.2.3", "127.1 "]
    )
    func legacy(host: String) {
        let backend = ScriptedBackend(names: [host: .addresses([.v4(.loopback)])])
        let error = caught { try backend.connect(host: host, port: 1) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.operation == .resolve)
        #expect(error?.message.contains("old form") == true)
        #expect(backend.resolver.queries.isEmpty)
        #expect(backend.attempts.isEmpty)
    }

    @Test(
        "A11: names that only look like numbers go to the resolver",
        arguments: ["1a", "0x", "a.1", "1.2.3.4.5", "x0"]
    )
    func almostNumeric(host: String) throws {
        let backend = ScriptedBackend(names: [host: .addresses([.v4(.loopback)])])
        _ = try backend.connect(host: host, port: 1)
        #expect(backend.resolver.queries.map(\.host) == [host])
    }

    @Test(
        "A15: a NUL in a name is refused: C would look up another one",
        arguments: ["a\0b", "\0", "127.0.0.1\0.evil"]
    )
    func nul(host: String) {
        let backend = ScriptedBackend()
        let error = caught { try backend.connect(host: host, port: 1) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.message.contains("NUL") == true)
        #expect(error?.message.contains("\0") == false)
        #expect(backend.resolver.queries.isEmpty)
    }

    @Test("A15: a name has at most 253 bytes, and one more for a final dot")
    func length() throws {
        let longest = String(repeating: "a", count: 253)
        #expect(try ResolverQuery(host: longest, service: .port(1)).host == longest)
        #expect(try ResolverQuery(host: longest + ".", service: .port(1)).host == longest + ".")
        for name in [longest + "a", longest + "..", String(repeating: "ä", count: 127)] {
            #expect(caught { try ResolverQuery(host: name, service: .port(1)) }?.kind == .invalidArgument)
        }
        let huge = String(repeating: "a", count: 1 << 20)
        let error = caught { try ScriptedBackend().connect(host: huge, port: 1) }
        #expect(error?.kind == .invalidArgument)
        #expect((error?.message.utf8.count ?? .max) < 200)
    }

    @Test("A15: a service name is not empty and has no NUL", arguments: ["", "ht\0tp"])
    func service(name: String) {
        let error = caught { try ResolverQuery(host: "a", service: .name(name)) }
        #expect(error?.kind == .invalidArgument)
    }

    @Test("A11 X4: a numeric address of a family that is not wanted is no address")
    func family() {
        let backend = ScriptedBackend()
        for (host, families) in [("127.0.0.1", ResolverQuery.Families.v6), ("::1", .v4), ("::ffff:1.2.3.4", .v4)] {
            let error = caught { try backend.connect(host: host, port: 1, families: families) }
            #expect(error?.kind == .noAddressForName)
            #expect(error?.address == host)
        }
        #expect(backend.resolver.queries.isEmpty)
        #expect(throws: Never.self) { try backend.connect(host: "::1", port: 1, families: .v6) }
    }

    @Test("A11: the name of a service needs the resolver, even with a numeric host")
    func serviceName() throws {
        let query = try ResolverQuery(host: "127.0.0.1", service: .name("http"))
        #expect(try query.numericAddress() == nil)
        #expect(try ResolverQuery(host: nil, service: .port(1)).numericAddress() == nil)
        #expect(try ResolverQuery(host: "", service: .port(1)).host == nil)
    }

    @Test("WRP-04 A10: a backend with another resolver asks that one, and is the same for everything else")
    func replaced() throws {
        let timeout = try IOMode.timeout(.seconds(7))
        let base = ScriptedBackend(
            names: ["cache": .addresses([.v4(.loopback)])],
            defaults: BackendDefaults(mode: timeout)
        )
        let names = StubResolver(["cache": .addresses([.v6(.loopback)])], clock: base.clock)
        let backend = base.with(resolver: names)
        let connection = try backend.connect(host: "cache", port: 9)
        #expect(try connection.remoteAddress == .v6(.loopback(port: 9)))
        #expect(connection.mode == timeout)
        #expect(names.queries.count == 1)
        #expect(base.resolver.queries.isEmpty)
        #expect(base.opened.count == 1)
        #expect(backend.randomNumber() == 1)
        #expect(base.randomNumber() == 2)
        base.clock.advance(by: .seconds(1))
        #expect(backend.now == base.now)
        #expect(try backend.listen(on: .v4(.loopback(port: 3))).localAddress == .v4(.loopback(port: 3)))
        #expect(try base.connect(host: "cache", port: 9).remoteAddress == .v4(.loopback(port: 9)))
    }

    @Test("WRP-02: the last of several replaced resolvers is the one that is asked")
    func replacedTwice() throws {
        let base = ScriptedBackend()
        let first = StubResolver(["a": .addresses([.v4(.loopback)])], clock: base.clock)
        let second = StubResolver(["a": .addresses([.v6(.loopback)])], clock: base.clock)
        let backend = base.with(resolver: first).with(resolver: second)
        #expect(try backend.connect(host: "a", port: 9).remoteAddress == .v6(.loopback(port: 9)))
        #expect(first.queries.isEmpty)
        #expect(throws: Never.self) { try backend.connect(host: "127.0.0.1", port: 9) }
        #expect(second.queries.count == 1)
    }
}
