// The same echo server with this library: `Server` on one reactor. With "--main-actor", `serve` is called on the main actor
// and nothing is given a reactor, which is what a program does that does not know better; with "--chunks", the handler is the
// one-liner of the guide. Prints its port; ends when its input ends.

import BSDSocketBackend
import CWorkloads
import TransportCore
import TransportServers

typealias Client = Connection<SocketTransport<IPv4>>

// As handlers do best: they stay where their caller runs, and ask nothing about executors when an operation returns.
nonisolated(nonsending) func echo(_ connection: Client) async throws {
    var buffer = [UInt8](repeating: 0, count: 1024)
    while let count = try await connection.receive(into: &buffer) {
        try await connection.sendAll(buffer[..<count])
    }
}

nonisolated(nonsending) func echoChunks(_ connection: Client) async throws {
    for try await chunk in connection.chunks(atMost: 4096) { try await connection.sendAll(chunk) }
}

nonisolated func serve(_ listener: Listener<SocketListener<IPv4>>, inChunks: Bool) async throws {
    let server = Server(limits: ServerLimits(connections: nil))
    if inChunks {
        try await server.serve(listener) { try await echoChunks($0) }
    } else {
        try await server.serve(listener) { try await echo($0) }
    }
}

let arguments = CommandLine.arguments
let inChunks = arguments.contains("--chunks")
let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
server_announce(try listener.localAddress.port)
if arguments.contains("--main-actor") {
    try await serve(listener, inChunks: inChunks)
} else {
    try await SocketReactor().run { [listener, inChunks] in try await serve(listener, inChunks: inChunks) }
}
