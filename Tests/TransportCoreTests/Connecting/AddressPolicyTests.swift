import TestSupport
import Testing
import TransportCore

@Suite("Policies for addresses")
struct AddressPolicyTests {
    private let inside = IP.SocketAddress.v4(.loopback(port: 80))
    private let outside = IP.SocketAddress(.v4(IPv4.Address(1, 1, 1, 1)), port: 80)

    @Test("a backend that may do nothing connects nowhere and listens nowhere, and no stream is begun")
    func denyAll() async {
        let base = ScriptedBackend()
        let backend = base.with(policy: .denyAll)
        let error = caught { try backend.connect(to: outside) }
        #expect(error?.kind == .deniedByPolicy)
        #expect(error?.operation == .connect)
        #expect(error?.address == "1.1.1.1:80")
        #expect(error?.isSafelyRetryable == false)
        #expect(await caught { try await backend.connect(to: outside) }?.kind == .deniedByPolicy)
        #expect(caught { try backend.connect(to: outside, mode: .nonblocking) }?.kind == .deniedByPolicy)
        #expect(caught { try backend.listen(on: inside) }?.kind == .deniedByPolicy)
        #expect(caught { try backend.listen(on: inside) }?.operation == .listen)
        #expect(base.attempts.isEmpty)
    }

    @Test("a name that leads inside at the second question is refused: the address is checked on every attempt")
    func rebinding() throws {
        let base = ScriptedBackend()
        let names = Flipping([outside.address, inside.address])
        let backend = base.with(policy: .publicInternet).with(resolver: names)
        #expect(try backend.connect(host: "rebind.example", port: 80).remoteAddress == outside)
        let error = caught { try backend.connect(host: "rebind.example", port: 80) }
        #expect(error?.kind == .deniedByPolicy)
        #expect(error?.message.contains("for rebind.example") == true)
        #expect(base.attempts == [outside])
    }

    @Test("an address that is refused has the next one tried")
    func fallsThrough() throws {
        let base = ScriptedBackend(names: ["both": .addresses([inside.address, outside.address])])
        let backend = base.with(policy: .publicInternet)
        #expect(try backend.connect(host: "both", port: 80).remoteAddress == outside)
        #expect(base.attempts == [outside])
    }

    @Test("listening is free unless the policy is for it")
    func listening() {
        let policy = AddressPolicy<IP>.only([outside])
        #expect(throws: Never.self) { try ScriptedBackend().with(policy: policy).listen(on: inside) }
        let strict = ScriptedBackend().with(policy: policy.coveringListening)
        #expect(caught { try strict.listen(on: inside) }?.kind == .deniedByPolicy)
    }

    @Test("some endpoints: address and port, whatever form the address has")
    func endpoints() throws {
        let backend = ScriptedBackend().with(policy: .only([outside]))
        #expect(throws: Never.self) { try backend.connect(to: outside) }
        #expect(throws: Never.self) { try backend.connect(host: "::ffff:1.1.1.1", port: 80) }
        #expect(caught { try backend.connect(to: outside.with(port: 81)) }?.kind == .deniedByPolicy)
    }

    @Test(
        "whoever leaves the loopback out leaves out the address that leads there by another name, too",
        arguments: ["0.0.0.0", "::", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "127.0.0.1", "::1"])
    func unspecified(host: String) throws {
        let loopback = [try IP.Network(parsing: "127.0.0.0/8"), try IP.Network(parsing: "::1/128")]
        let base = ScriptedBackend()
        let backend = base.with(policy: .except(loopback))
        #expect(caught { try backend.connect(host: host, port: 80) }?.kind == .deniedByPolicy)
        #expect(base.attempts.isEmpty)
        let strict = ScriptedBackend().with(policy: .except(loopback).coveringListening)
        #expect(throws: Never.self) { try strict.listen(on: .v4(.any(port: 80))) }
    }

    @Test("policies are joined, and one of one's own sees the name")
    func joined() throws {
        let named = AddressPolicy<IP>("only the cache") { $0.peerName == "cache" }
        let base = ScriptedBackend(names: [
            "cache": .addresses([outside.address]), "other": .addresses([outside.address]),
            "inner": .addresses([inside.address]),
        ])
        let backend = base.with(policy: named.and(.publicInternet))
        #expect(throws: Never.self) { try backend.connect(host: "cache", port: 80) }
        for host in ["other", "inner"] {
            #expect(caught { try backend.connect(host: host, port: 80) }?.kind == .deniedByPolicy)
        }
    }

    @Test(
        "the public Internet has no special networks, in no form",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.31.255.255",
            "192.168.1.1", "198.19.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1",
            "::ffff:169.254.169.254", "::10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "fc00::1", "fd12::1", "fe80::1",
            "fec0::1", "ff02::1", "2001:db8::1",
        ]
    )
    func special(host: String) {
        let backend = ScriptedBackend().with(policy: .publicInternet)
        #expect(caught { try backend.connect(host: host, port: 80) }?.kind == .deniedByPolicy)
    }

    @Test(
        "the public Internet has the others", arguments: ["1.1.1.1", "172.32.0.1", "::ffff:8.8.8.8", "2606:4700::1111"])
    func general(host: String) {
        let backend = ScriptedBackend().with(policy: .publicInternet)
        #expect(throws: Never.self) { try backend.connect(host: host, port: 80) }
    }
}

/// A resolver that gives another address each time.
private final class Flipping: Resolver {
    private let addresses: Locked<[IP.Address]>
    init(_ addresses: [IP.Address]) { self.addresses = Locked(addresses) }

    private func next(_ query: ResolverQuery) throws(TransportError) -> [IP.SocketAddress] {
        let address = addresses.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let address, case .port(let port) = query.service else {
            throw TransportError(.noSuchName, operation: .resolve)
        }
        return [IP.SocketAddress(address, port: port)]
    }

    func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        try next(query)
    }

    func resolve(_ query: ResolverQuery, until deadline: Deadline) async throws(TransportError) -> [IP.SocketAddress] {
        try next(query)
    }
}
