// The workloads in tasks, which a reactor runs and wakes.

import BSDSocketBackend
import CWorkloads
import LoopbackMockBackend
import TransportCore
import TransportLayers

/// `measure` for operations that suspend. Each stays on the executor of its caller: no hop is measured.
@inline(__always)
nonisolated(nonsending) func measureTasks(
    _ options: PeerOptions,
    bytesPerOperation: Int64,
    operation: nonisolated(nonsending) () async throws -> Void,
    finish: nonisolated(nonsending) () async throws -> Void = {}
) async throws {
    for _ in 0..<options.warmup { try await operation() }
    var stopwatch = stopwatch_start()
    for _ in 0..<options.operations { try await operation() }
    try await finish()
    stopwatch_stop(&stopwatch)
    withUnsafePointer(to: options) { peer_report($0, &stopwatch, options.operations * bytesPerOperation) }
}

nonisolated(nonsending) func pingPongInTask<T>(_ connection: Connection<T>, _ options: PeerOptions) async throws {
    var buffer = [UInt8](repeating: 1, count: Int(peer_message_size))
    try await measureTasks(options, bytesPerOperation: peer_message_size) {
        try await connection.sendAll(buffer)
        try await connection.receiveExactly(into: &buffer)
    }
}

nonisolated(nonsending) func datagramBatchesInTask<D>(
    _ socket: DatagramSocket<D>, _ options: PeerOptions
) async throws where D.Family == IPv4 {
    var outgoing = try DatagramBatch<IPv4.SocketAddress>(maximumSize: Int(peer_message_size))
    var incoming = try DatagramBatch<IPv4.SocketAddress>(maximumSize: Int(peer_message_size))
    let message = [UInt8](repeating: 1, count: Int(peer_message_size))
    try socket.connect(to: try socket.localAddress)
    try await measureTasks(options, bytesPerOperation: 64 * peer_message_size) {
        outgoing.removeAll()
        for _ in 0..<64 { try outgoing.append(message) }
        try await socket.send(&outgoing)
        guard try await socket.receive(into: &incoming) == 64 else { throw Incomplete() }
    }
}

nonisolated(nonsending) func linesInTask<T>(_ connection: Connection<T>, _ options: PeerOptions) async throws {
    let reader = connection.reader()
    try await measureTasks(options, bytesPerOperation: peer_line_size) {
        guard try await reader.withLine({ Int64($0.byteCount) }) == peer_line_size - 1 else {
            fatalError("a line is missing")
        }
    }
}

nonisolated(nonsending) func connectionsInTask(_ options: PeerOptions) async throws {
    let backend = SocketBackend<IP>()
    let address = server(options)
    var byte: [UInt8] = [1]
    try await measureTasks(options, bytesPerOperation: 1) {
        let connection = try await backend.connect(to: address)
        try await connection.sendAll(byte)
        try await connection.receiveExactly(into: &byte)
        connection.abort()
    }
}

nonisolated(nonsending) func bulkInTask<T>(
    _ connection: Connection<T>, _ options: PeerOptions, size: Int
) async throws {
    let buffer = [UInt8](repeating: 1, count: size)
    try await measureTasks(options, bytesPerOperation: Int64(size)) {
        try await connection.sendAll(buffer)
    } finish: {
        try await connection.shutdownWrite()
        while try await connection.receive(atMost: 64) != nil {}
    }
}

nonisolated(nonsending) func datagramPingPongInTask<D>(_ socket: DatagramSocket<D>, _ options: PeerOptions) async throws
{
    var buffer = [UInt8](repeating: 1, count: Int(peer_message_size))
    try await measureTasks(options, bytesPerOperation: peer_message_size) {
        try await socket.send(buffer)
        _ = try await socket.receive(into: &buffer)
    }
}

nonisolated func runTasks(_ options: PeerOptions) async throws {
    if String(cString: options.workload) == "memory-pingpong" { return try await memoryPingPongInTasks(options) }
    let reactor = try SocketReactor()
    try await withTaskExecutorPreference(reactor) {
        let backend = SocketBackend<IP>()
        switch String(cString: options.workload) {
        case "tcp-pingpong": try await pingPongInTask(try await backend.connect(to: server(options)), options)
        case "tcp-pingpong-counted":
            let counted = backend.counted(by: ByteCounter())
            try await pingPongInTask(try await counted.connect(to: server(options)), options)
        case "tcp-bulk-64k":
            try await bulkInTask(try await backend.connect(to: server(options)), options, size: 64 << 10)
        case "tcp-bulk-1m": try await bulkInTask(try await backend.connect(to: server(options)), options, size: 1 << 20)
        case "tcp-lines": try await linesInTask(try await backend.connect(to: server(options)), options)
        case "tcp-connect": try await connectionsInTask(options)
        case "unix-pingpong":
            let path = try Unix.SocketAddress(path: String(cString: options.path))
            try await pingPongInTask(try await SocketBackend<Unix>().connect(to: path), options)
        case "udp-pingpong":
            try await datagramPingPongInTask(try backend.datagramSocket(connectedTo: server(options)), options)
        case "udp-batch-64":
            let socket = try SocketBackend<IPv4>().datagramSocket(boundTo: .loopback(port: 0))
            try await datagramBatchesInTask(socket, options)
        default: withUnsafePointer(to: options) { peer_not_written($0) }
        }
    }
}
