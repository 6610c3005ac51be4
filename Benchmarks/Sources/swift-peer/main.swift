// The Swift side of each workload. It does the same work as CWorkloads/client.c.

import BSDSocketBackend
import CWorkloads
import TransportCore
import TransportLayers

// Sendable: a value that is made once, of numbers and of strings that live as long as the process.
extension PeerOptions: @unchecked @retroactive Sendable {}

/// Warms up, measures `operation` and reports, just as `c_client` does.
///
/// Top-level code is on the main actor, and so would be a loop or a closure written there: a call of an
/// async function would then hop threads each time. Everything measured belongs in nonisolated functions.
@inline(__always)
nonisolated func measure(
    _ options: PeerOptions,
    bytesPerOperation: Int64,
    operation: () throws -> Void,
    finish: () throws -> Void = {}
) throws {
    for _ in 0..<options.warmup { try operation() }
    var stopwatch = stopwatch_start()
    for _ in 0..<options.operations { try operation() }
    try finish()
    stopwatch_stop(&stopwatch)
    withUnsafePointer(to: options) { peer_report($0, &stopwatch, options.operations * bytesPerOperation) }
}

/// The mode that the command line asks for.
nonisolated func mode(_ options: PeerOptions) throws -> IOMode {
    options.timeout_mode ? try .timeout(.milliseconds(peer_timeout_milliseconds)) : .blocking
}

nonisolated func server(_ options: PeerOptions) -> IP.SocketAddress { .v4(.loopback(port: options.port)) }

nonisolated func pingPong<T>(_ connection: Connection<T>, _ options: PeerOptions) throws {
    var buffer = [UInt8](repeating: 1, count: Int(peer_message_size))
    try measure(options, bytesPerOperation: peer_message_size) {
        try connection.sendAll(buffer)
        try connection.receiveExactly(into: &buffer)
    }
}

nonisolated func datagramPingPong<D>(_ socket: DatagramSocket<D>, _ options: PeerOptions) throws {
    var buffer = [UInt8](repeating: 1, count: Int(peer_message_size))
    try measure(options, bytesPerOperation: peer_message_size) {
        try socket.send(buffer)
        _ = try socket.receive(into: &buffer)
    }
}

nonisolated func datagramBatches<D>(
    _ socket: DatagramSocket<D>, _ options: PeerOptions
) throws where D.Family == IPv4 {
    var outgoing = try DatagramBatch<IPv4.SocketAddress>(maximumSize: Int(peer_message_size))
    var incoming = try DatagramBatch<IPv4.SocketAddress>(maximumSize: Int(peer_message_size))
    let message = [UInt8](repeating: 1, count: Int(peer_message_size))
    try socket.connect(to: try socket.localAddress)
    try measure(options, bytesPerOperation: 64 * peer_message_size) {
        outgoing.removeAll()
        for _ in 0..<64 { try outgoing.append(message) }
        try socket.send(&outgoing)
        guard try socket.receive(into: &incoming) == 64 else { throw Incomplete() }
    }
}

/// Not all datagrams came at once, as they do from a socket to itself.
struct Incomplete: Error {}

nonisolated func bulk<T>(_ connection: Connection<T>, _ options: PeerOptions, size: Int) throws {
    let buffer = [UInt8](repeating: 1, count: size)
    try measure(options, bytesPerOperation: Int64(size)) {
        try connection.sendAll(buffer)
    } finish: {
        try connection.shutdownWrite()
        while try connection.receive(atMost: 64) != nil {}
    }
}

nonisolated func lines<T>(_ connection: Connection<T>, _ options: PeerOptions) throws {
    let reader = connection.reader()
    try measure(options, bytesPerOperation: peer_line_size) {
        guard try reader.withLine({ Int64($0.byteCount) }) == peer_line_size - 1 else {
            fatalError("a line is missing")
        }
    }
}

/// The same lines as text that is lent: looked through, and not made into strings.
@available(macOS 26, *)
nonisolated func lentText<T>(_ connection: Connection<T>, _ options: PeerOptions) throws {
    let reader = connection.reader()
    try measure(options, bytesPerOperation: peer_line_size) {
        guard try reader.withLineText({ $0.count }) == Int(peer_line_size) - 1 else { fatalError("a line is missing") }
    }
}

/// The same lines as strings, which is what Python makes of them.
nonisolated func textLines<T>(_ connection: Connection<T>, _ options: PeerOptions) throws {
    let reader = connection.reader()
    try measure(options, bytesPerOperation: peer_line_size) {
        guard try reader.readLine()?.utf8.count == Int(peer_line_size) - 1 else { fatalError("a line is missing") }
    }
}

nonisolated func connections<B: Backend>(_ backend: B, _ options: PeerOptions) throws where B.Family == IP {
    let address = server(options)
    var byte: [UInt8] = [1]
    try measure(options, bytesPerOperation: 1) {
        let connection = try backend.connect(to: address)
        try connection.sendAll(byte)
        try connection.receiveExactly(into: &byte)
        connection.abort()
    }
}

nonisolated func run(_ options: PeerOptions) throws {
    let backend = SocketBackend<IP>(defaults: BackendDefaults(mode: try mode(options)))
    switch String(cString: options.workload) {
    case "tcp-pingpong": try pingPong(try backend.connect(to: server(options)), options)
    case "tcp-pingpong-counted":
        try pingPong(try backend.counted(by: ByteCounter()).connect(to: server(options)), options)
    case "tcp-bulk-64k": try bulk(try backend.connect(to: server(options)), options, size: 64 << 10)
    case "tcp-bulk-1m": try bulk(try backend.connect(to: server(options)), options, size: 1 << 20)
    case "tcp-lines": try lines(try backend.connect(to: server(options)), options)
    case "tcp-lines-lent-text":
        guard #available(macOS 26, *) else { return withUnsafePointer(to: options) { peer_not_written($0) } }
        try lentText(try backend.connect(to: server(options)), options)
    case "tcp-lines-text": try textLines(try backend.connect(to: server(options)), options)
    case "tcp-connect": try connections(backend, options)
    case "unix-pingpong":
        let unix = SocketBackend<Unix>(defaults: backend.defaults)
        let path = try Unix.SocketAddress(path: String(cString: options.path))
        try pingPong(try unix.connect(to: path), options)
    case "udp-pingpong":
        try datagramPingPong(try backend.datagramSocket(connectedTo: server(options)), options)
    case "udp-batch-64":
        let own = SocketBackend<IPv4>(defaults: backend.defaults)
        try datagramBatches(try own.datagramSocket(boundTo: .loopback(port: 0)), options)
    case "memory-pingpong": try memoryPingPong(options)
    case let name where name.hasPrefix("dtls-"): try overDTLS(options)
    case let name where name.hasPrefix("tls-idle"): try idle(options)
    case let name where name.hasPrefix("tls-"): try overTLS(options)
    default: withUnsafePointer(to: options) { peer_not_written($0) }
    }
}

let options = peer_options(CommandLine.argc, CommandLine.unsafeArgv)
if options.tasks_mode { try await runTasks(options) } else { try run(options) }
