// The in-memory network, between two ends of one thread and between two tasks.

import CWorkloads
import LoopbackMockBackend
import TransportCore

typealias MemoryConnection = Connection<LoopbackStream<IP>>

nonisolated func memoryPair(_ network: LoopbackNetwork) throws -> (client: MemoryConnection, server: MemoryConnection) {
    let listener = try network.backend(on: "server").listen(on: .v4(.any(port: 7)))
    let client = try network.backend(on: "client").connect(host: "server", port: 7, families: .v4)
    return (client, try listener.accept())
}

nonisolated func memoryPingPong(_ options: PeerOptions) throws {
    let (client, server) = try memoryPair(LoopbackNetwork())
    // Nothing waits in it: what a time limit costs is to work it out.
    client.mode = try mode(options)
    server.mode = client.mode
    var buffer = [UInt8](repeating: 1, count: Int(peer_message_size))
    try measure(options, bytesPerOperation: peer_message_size) {
        try client.sendAll(buffer)
        try server.receiveExactly(into: &buffer)
        try server.sendAll(buffer)
        try client.receiveExactly(into: &buffer)
    }
}

nonisolated func memoryPingPongInTasks(_ options: PeerOptions) async throws {
    let network = LoopbackNetwork()
    try await network.run {
        let (client, server) = try memoryPair(network)
        async let echo: Void = answer(server)
        try await pingPongInTask(client, options)
        client.close()
        try await echo
    }
}

nonisolated(nonsending) func answer(_ connection: MemoryConnection) async throws {
    var buffer = [UInt8](repeating: 0, count: Int(peer_message_size))
    while let count = try await connection.receive(into: &buffer) {
        try await connection.sendAll(buffer.span.bytes.extracting(0..<count))
    }
}
