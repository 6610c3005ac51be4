#if canImport(BSDSocketBackend)
import BSDSocketBackend
import LoopbackMockBackend
import Testing
import TransportCore

@Suite("SIM-09: the mock does what the kernel does")
struct DifferentialTests {
    @Test("SIM-09: TCP over 127.0.0.1", arguments: StreamScript.corpus.indices)
    func tcp(_ index: Int) throws {
        let script = StreamScript.corpus[index]
        let kernel = try trace(script, SocketBackend<IPv4>(), at: .loopback(port: 0))
        let mock = try trace(script, LoopbackNetwork().backend(for: IPv4.self), at: .loopback(port: 0))
        #expect(mock == kernel, "\(script.name)")
    }

    @Test("SIM-09: Unix streams", arguments: StreamScript.corpus.indices)
    func unix(_ index: Int) throws {
        let script = StreamScript.corpus[index]
        let (first, second) = try SocketBackend<Unix>().connectedPair()
        var player = StreamPlayer(first.transport, second.transport)
        let kernel = player.trace(of: script)
        let mock = try trace(script, LoopbackNetwork().backend(for: Unix.self), at: Unix.SocketAddress(path: "/mock"))
        #expect(mock == kernel, "\(script.name)")
        withExtendedLifetime((first, second)) {}
    }

    @Test("The comparison tells the profiles apart, also in how a reset is told")
    func tellsApart() throws {
        var flipped = NetworkProfile.unix
        flipped.resetsAreToldToReceivesOnly = false
        for other in [NetworkProfile.tcp, flipped] {
            let differing = try StreamScript.corpus.filter { script in
                let address = try Unix.SocketAddress(path: "/mock")
                let usual = try trace(script, LoopbackNetwork().backend(for: Unix.self), at: address)
                return try trace(script, LoopbackNetwork(profile: other).backend(for: Unix.self), at: address) != usual
            }
            #expect(!differing.isEmpty)
        }
    }

    private func trace<B: Backend>(
        _ script: StreamScript, _ backend: B, at address: B.Family.SocketAddress
    ) throws -> [String] {
        let listener = try backend.listen(on: address)
        let first = try backend.connect(to: try listener.localAddress)
        let second = try listener.accept()
        var player = StreamPlayer(first.transport, second.transport)
        defer { withExtendedLifetime((first, second)) {} }
        return player.trace(of: script)
    }
}
#endif
