import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore
import TransportLayers

@Suite("What errors of connections through proxies name")
struct ProxyErrorTests {
    private let network = LoopbackNetwork()
    private let place = IP.SocketAddress.v4(IPv4.SocketAddress(.loopback, port: 1080))

    private var socks: SOCKSBackend<LoopbackBackend<IP>> {
        SOCKSBackend(over: network.backend(), proxy: SOCKSProxy(address: place))
    }

    private var http: HTTPConnectBackend<LoopbackBackend<IP>> {
        HTTPConnectBackend(over: network.backend(), proxy: HTTPConnectProxy(address: place))
    }

    private func serve(_ body: @escaping @Sendable (Connection<LoopbackStream<IP>>) throws -> Void) throws {
        _ = try network.serveConnections(for: IP.self, at: place) { connection in try body(connection) }
    }

    /// Whether an error names the target and the proxy, and nowhere the address that stood for the name.
    private func check(_ error: TransportError?, _ kind: TransportError.Kind) throws {
        let error = try #require(error)
        #expect(error.kind == kind)
        #expect(error.operation == .connect)
        #expect(error.address == "example.org:80")
        #expect(error.message.contains("the proxy at 127.0.0.1:1080"), "\(error)")
        #expect(!error.ledger.isEmpty)
        let texts = [error.description, error.explanation] + error.ledger.map(\.description)
        for text in texts { #expect(!text.contains("0.0.0.1:80"), "\(text)") }
        #expect(error.ledger.last?.subject == "example.org:80")
    }

    @Test("a proxy that says nothing: the target as it was named, and the proxy", arguments: [true, false])
    func silence(isSOCKS: Bool) throws {
        try serve { connection in while try connection.receive(atMost: 99) != nil {} }
        let error = caught {
            if isSOCKS {
                _ = try socks.connect(host: "example.org", port: 80, timeout: .seconds(2))
            } else {
                _ = try http.connect(host: "example.org", port: 80, timeout: .seconds(2))
            }
        }
        try check(error, .timedOut)
        #expect(error?.description == "connect example.org:80: timed out, while the proxy at 127.0.0.1:1080 was asked")
    }

    @Test("a proxy that cuts the connection")
    func reset() throws {
        try serve { connection in
            _ = try connection.receive(atMost: 1)
            connection.abort()
        }
        try check(caught { try socks.connect(host: "example.org", port: 80, timeout: .seconds(2)) }, .connectionReset)
    }

    @Test("a proxy that is not there")
    func absence() throws {
        try check(caught { try socks.connect(host: "example.org", port: 80, timeout: .seconds(2)) }, .connectionRefused)
    }

    @Test("a task that is cancelled before, and while the proxy is silent")
    func cancelled() async throws {
        try serve { connection in while try connection.receive(atMost: 99) != nil {} }
        let backend = socks
        let network = network
        let error = try await network.run { () async throws -> TransportError? in
            let task = Task(executorPreference: network.executor) {
                try await backend.connect(host: "example.org", port: 80)
            }
            try await backend.sleep(for: .seconds(1))
            task.cancel()
            return await caught(in: task)
        }
        try check(error, .cancelled)
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await backend.open(
                to: .v4(IPv4.SocketAddress(IPv4.Address(0, 0, 0, 1), port: 80)), options: named, until: .never)
        }
        #expect(await caught(in: early)?.address == "example.org:80")
    }

    private var named: StreamOptions<IP> {
        var options = StreamOptions<IP>()
        options.peerName = "example.org"
        return options
    }

    @Test(
        "a policy over a proxy refuses names that the proxy resolves, because it does not see their addresses",
        arguments: [
            AddressPolicy<IP>.publicInternet, .except([]), .only([IP.Network]()),
            AddressPolicy("any port of my own") { _ in true },
            AddressPolicy("any name", judgesNames: true) { _ in true }.and(.publicInternet),
        ])
    func blindPolicy(policy: AddressPolicy<IP>) throws {
        let error = caught {
            try socks.with(policy: policy).connect(host: "example.org", port: 80, timeout: .seconds(2))
        }
        #expect(error?.kind == .deniedByPolicy)
        #expect(error?.address == "example.org:80")
        #expect(error?.message.contains("cannot see the address") == true)
        #expect(error?.explanation.contains("with(resolver:)") == true)
        #expect(error?.explanation.contains("0.0.0.1:") == false)
    }

    @Test("a policy that judges names is asked about them, and one with a resolver about addresses")
    func seeingPolicies() throws {
        let named = AddressPolicy<IP>("only example.org", judgesNames: true) { $0.peerName == "example.org" }
        let refused = caught { try socks.with(policy: named).connect(host: "other", port: 80, timeout: .seconds(2)) }
        #expect(refused?.kind == .deniedByPolicy)
        #expect(refused?.address == "other:80")
        for policy in [named, .allowAll, named.and(.allowAll)] {
            let error = caught {
                try socks.with(policy: policy).connect(host: "example.org", port: 80, timeout: .seconds(2))
            }
            #expect(error?.kind == .connectionRefused, "it was let through, to a proxy that is not there")
        }
        let resolver = HostsResolver(
            HostsTable(["outside": [.v4(IPv4.Address(1, 1, 1, 1))], "inside": [.v4(.loopback)]]))
        let seeing = socks.with(resolver: resolver).with(policy: .publicInternet)
        #expect(caught { try seeing.connect(host: "inside", port: 80) }?.kind == .deniedByPolicy)
        #expect(caught { try seeing.connect(host: "outside", port: 80) }?.kind == .connectionRefused)
    }

    @Test("an address without a name, or written as a number, is judged as it is, also the one that stands for names")
    func plainAddress() {
        let address = IP.SocketAddress.v4(IPv4.SocketAddress(IPv4.Address(0, 0, 0, 1), port: 80))
        let backend = network.backend().with(policy: .publicInternet)
        for error in [
            caught { try backend.connect(to: address) }, caught { try backend.connect(host: "0.0.0.1", port: 80) },
        ] {
            #expect(error?.address == "0.0.0.1:80")
            #expect(error?.message.contains("does not allow the address") == true)
        }
    }
}
