import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore
import TransportServers

/// What threads leave behind, in a process of its own.
@Suite("Threads on sockets")
struct ThreadSocketTests {
    @Test("When serve returns its sockets are closed, also those with which somebody watched the time")
    func closed() async {
        await #expect(processExitsWith: .success) { try await serveAgainAndAgain() }
    }
}

private func serveAgainAndAgain() async throws {
    let before = try openSocketCount()
    let backend = SocketBackend<IPv4>()
    for _ in 0..<300 {
        let server = Server(limits: ServerLimits(idleTime: patience))
        let listener = try backend.listen(on: .loopback(port: 0))
        let address = try listener.localAddress
        let serving = BackgroundCall {
            try server.serve(listener) { connection in
                while let bytes = try connection.receive(atMost: 9) { try connection.sendAll(bytes) }
            }
        }
        try await inThread {
            let client = try backend.connect(to: address, timeout: patience)
            try client.sendAll("x", timeout: patience)
            _ = try client.receiveExactly(1, timeout: patience)
            client.close()
            server.stop(within: patience)
            try serving.value()
            guard try openSocketCount() == before else { exit(2) }
        }
    }
}
