// The same echo server with this library: `Server` on one reactor. With "--main-actor", `serve` is called on the main actor
// and nothing is given a reactor, which is what a program does that does not know better. Prints its port; ends when its
// input ends.

import BSDSocketBackend
import TransportCore
import TransportServers

let backend = SocketBackend<IPv4>()
let listener = try backend.listen(on: .loopback(port: 0))
print(try listener.localAddress.port)

nonisolated func echo(_ connection: Connection<SocketTransport<IPv4>>) async throws {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while let count = try await connection.receive(into: &buffer) {
        try await connection.sendAll(buffer.span.bytes.extracting(0..<count))
    }
}

nonisolated func serve(_ listener: Listener<SocketListener<IPv4>>) async throws {
    try await Server(limits: ServerLimits(connections: nil)).serve(listener) { try await echo($0) }
}

if CommandLine.arguments.contains("--main-actor") {
    try await Server(limits: ServerLimits(connections: nil)).serve(listener) { try await echo($0) }
} else {
    try await SocketReactor().run { try await serve(listener) }
}
