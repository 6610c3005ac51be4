import TestSupport
import Testing
import TransportCore

@Suite("Connecting by name")
struct ConnectByNameTests {
    private static let v4 = IP.Address.v4(.loopback)
    private static let v6 = IP.Address.v6(.loopback)
    private static let other = IP.Address.v4(IPv4.Address(192, 0, 2, 1))
    private let v4 = IP.SocketAddress.v4(.loopback(port: 80))
    private let v6 = IP.SocketAddress.v6(.loopback(port: 80))
    private let other = IP.SocketAddress(Self.other, port: 80)
    private let refused = TransportError(.connectionRefused, operation: .connect)

    @Test(
        "A11: a numeric host never reaches the resolver",
        arguments: ["127.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "::", "::ffff:192.0.2.1", "fe80::1%3"]
    )
    func numeric(host: String) throws {
        let backend = ScriptedBackend()
        let connection = try backend.connect(host: host, port: 80)
        #expect(try connection.remoteAddress == IP.SocketAddress(numericHost: host, port: 80))
        #expect(backend.resolver.queries.isEmpty)
    }

    @Test("A10: the first address of the answer is used, in the resolver's order", arguments: [true, false])
    func order(reversed: Bool) throws {
        let addresses = reversed ? [Self.other, Self.v4] : [Self.v4, Self.other]
        let backend = ScriptedBackend(names: ["cache": .addresses(addresses)])
        let connection = try backend.connect(host: "cache", port: 80)
        #expect(try connection.remoteAddress == (reversed ? other : v4))
        #expect(backend.attempts.count == 1)
    }

    @Test("X4: the first address that answers wins, the failed ones are closed")
    func fallback() throws {
        let backend = ScriptedBackend(
            scripts: [v6: TransportScript(establishing: [.fail(refused)])],
            refusals: [other: refused],
            names: ["echo": .addresses([Self.v6, Self.other, Self.v4])]
        )
        let connection = try backend.connect(host: "echo", port: 80)
        #expect(try connection.remoteAddress == v4)
        #expect(backend.attempts == [v6, other, v4])
        #expect(backend.opened.map(\.isClosed) == [true, false])
    }

    @Test("X4 A14: when all fail, the error is the last one's and lists all of them in order")
    func allFail() {
        let unreachable = TransportError(.hostUnreachable, operation: .connect).with(address: other)
        let backend = ScriptedBackend(
            scripts: [v6: TransportScript(establishing: [.fail(refused.with(address: v6))])],
            refusals: [other: unreachable],
            names: ["echo": .addresses([Self.v6, Self.other])]
        )
        let error = caught { try backend.connect(host: "echo", port: 80) }
        #expect(error?.kind == .hostUnreachable)
        #expect(error?.attempts.map(\.kind) == [.connectionRefused, .hostUnreachable])
        #expect(error?.attempts.map(\.address) == ["[::1]:80", "192.0.2.1:80"])
        #expect(error?.message == "no route to the host, as the last of 2 attempts to reach echo")
        #expect(error?.retrySafety == .nothingSent)
        #expect(backend.opened.allSatisfy { $0.isClosed })
    }

    @Test("N09 DLN-13: resolving and all attempts have one budget")
    func budget() {
        let slow = TransportScript(establishing: [.pending(until: .seconds(4)), .fail(refused)])
        let stuck = TransportScript(establishing: [.stuck])
        let backend = ScriptedBackend(
            scripts: [v6: slow, other: stuck],
            names: ["far": .addresses([Self.v6, Self.other, Self.v4])],
            resolving: .seconds(2), defaults: BackendDefaults(strategy: .sequential)
        )
        let error = caught { try backend.connect(host: "far", port: 80, timeout: .seconds(5)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.attempts.map(\.kind) == [.connectionRefused, .timedOut])
        #expect(backend.clock.elapsed == .seconds(5))
        #expect(backend.attempts == [v6, other])
        #expect(backend.opened.allSatisfy { $0.isClosed })
        #expect(backend.resolver.deadlines == [backend.clock.deadline(.seconds(5))])
    }

    @Test("DLN-13: a resolver that takes too long ends it, and nothing is tried")
    func slowResolver() {
        let backend = ScriptedBackend(names: ["far": .addresses([Self.v4])], resolving: .seconds(9))
        let error = caught { try backend.connect(host: "far", port: 80, timeout: .seconds(5)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .resolve)
        #expect(backend.clock.elapsed == .seconds(5))
        #expect(backend.attempts.isEmpty)
    }

    @Test("N09: in nonblocking mode connecting by name waits as in blocking mode, and the connection does not")
    func nonblocking() throws {
        let backend = ScriptedBackend(
            scripts: [v4: TransportScript(establishing: [.pending(until: .seconds(4))])],
            names: ["far": .addresses([Self.v4])],
            resolving: .seconds(2)
        )
        let connection = try backend.connect(host: "far", port: 80, mode: .nonblocking)
        #expect(backend.clock.elapsed == .seconds(4))
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .wouldBlock)
    }

    @Test("N09 DLN-01: a timeout of zero does not wait, with or without a deadline", arguments: [true, false])
    func zeroTimeout(withDeadline: Bool) {
        let backend = ScriptedBackend(
            scripts: [v4: TransportScript(establishing: [.pending(until: .seconds(1000))])],
            names: ["far": .addresses([Self.v4])],
            resolving: .seconds(100)
        )
        let deadline = withDeadline ? backend.clock.deadline(.seconds(1)) : nil
        let error = caught { try backend.connect(host: "far", port: 80, timeout: .zero, deadline: deadline) }
        #expect(error?.kind == .timedOut || error?.kind == .wouldBlock)
        #expect(backend.clock.elapsed <= .seconds(1))
    }

    @Test("A14: what the resolver throws is thrown")
    func unknownName() {
        let backend = ScriptedBackend()
        let error = caught { try backend.connect(host: "nowhere.invalid", port: 80) }
        #expect(error?.kind == .noSuchName)
        #expect(error?.operation == .resolve)
    }

    @Test("A14: an empty answer is an error that names the host")
    func emptyAnswer() {
        let backend = ScriptedBackend(names: ["void": .addresses([])])
        let error = caught { try backend.connect(host: "void", port: 80) }
        #expect(error?.kind == .noAddressForName)
        #expect(error?.address == "void")
    }

    @Test("X4: families, port and host reach the resolver")
    func query() throws {
        let backend = ScriptedBackend(names: ["a": .addresses([Self.v6])])
        _ = try backend.connect(host: "a", port: 8080, families: .v6)
        let queries = backend.resolver.queries
        #expect(queries[0].host == "a")
        #expect(queries[0].service == .port(8080))
        #expect(queries[0].families == .v6)
        #expect(!queries[0].isPassive)
    }

    @Test("an empty host is an argument error: it is a variable that nobody has set, and not this machine")
    func emptyHost() async {
        let backend = ScriptedBackend(names: ["": .addresses([Self.v4])])
        let errors = [
            caught { try backend.connect(host: "", port: 1) },
            await caught { try await backend.connect(host: "", port: 1) },
        ]
        for error in errors {
            #expect(error?.kind == .invalidArgument)
            #expect(error?.operation == .connect)
            #expect(error?.message.hasPrefix("the host is empty") == true)
        }
        #expect(backend.resolver.queries.isEmpty)
    }

    @Test(
        "a URL, a port or brackets in the host are told as such, and a name that nobody has is not",
        arguments: [
            (
                "http://localhost/",
                "  try: the name alone as the host, without what a URL has besides, and the port as the port"
            ),
            ("localhost:80", #"  try: the name alone as the host, without the port: host: "localhost", port: …"#),
            ("[::1]", "  try: the address alone as the host, without brackets, and the port as the port"),
            ("[::1]:80", "  try: the address alone as the host, without brackets, and the port as the port"),
            ("nobody", "  try: check the spelling of the name"),
        ]
    )
    func mistakenHost(host: String, line: String) async {
        let backend = ScriptedBackend()
        let errors = [
            caught { try backend.connect(host: host, port: 80) },
            await caught { try await backend.connect(host: host, port: 80) },
        ]
        for error in errors {
            #expect(error?.kind == .noSuchName)
            #expect(
                error?.explanation.split(separator: "\n").contains(Substring(line)) == true,
                "\(error?.explanation ?? "")")
        }
    }

    @Test("a call that had no time from the beginning says to where")
    func noTime() async {
        let backend = ScriptedBackend(names: ["a": .addresses([Self.v4])])
        for error in [
            caught { try backend.connect(host: "a", port: 1, deadline: .passed) },
            await caught { try await backend.connect(host: "a", port: 1, deadline: .passed) },
            caught { try backend.connect(host: "a", port: 1, budget: ConnectBudget(total: .zero)) },
        ] {
            #expect(error?.description == "connect a:1: timed out")
        }
        #expect(caught { try backend.connect(to: v4, deadline: .passed) }?.address == "\(v4)")
    }

    @Test("DLN-12: bad timeouts are found before the resolver is asked")
    func badTimeout() {
        let backend = ScriptedBackend(names: ["a": .addresses([Self.v4])])
        for timeout in [Duration.seconds(-1), .seconds(Int64.max)] {
            #expect(caught { try backend.connect(host: "a", port: 1, timeout: timeout) }?.kind == .invalidArgument)
            #expect(caught { try backend.connect(to: v4, timeout: timeout) }?.kind == .invalidArgument)
        }
        #expect(backend.resolver.queries.isEmpty)
        #expect(backend.attempts.isEmpty)
    }

    @Test("X3: a server listens on the first address that can be bound")
    func listening() throws {
        let inUse = TransportError(.familyNotSupported, operation: .bind).with(address: v6)
        let backend = ScriptedBackend(refusals: [v6: inUse], names: ["": .addresses([Self.v6, Self.v4])])
        let query = try ResolverQuery(host: nil, service: .port(80), isPassive: true)
        var listeners: [Listener<ScriptedListener>] = []
        for address in try backend.addresses(for: query) where listeners.isEmpty {
            if let listener = try? backend.listen(on: address) { listeners.append(listener) }
        }
        #expect(try listeners.first?.localAddress == v4)
        #expect(backend.resolver.queries[0].isPassive)
    }
}
