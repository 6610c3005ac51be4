import BSDSocketBackend
import ExampleSupport
import TransportCore
import TransportServers

/// Serves until a signal says otherwise.
func serve(port: UInt16, until signals: AsyncStream<Signal>) async throws {
    let backend = SocketBackend<IP>()
    let inherited = try InheritedSocket.fromEnvironment().first
    let listener =
        if let inherited { try backend.listen(on: inherited) } else { try backend.listen(port: port) }

    let server = Server(limits: ServerLimits(connections: 10_000, idleTime: .seconds(60))) { report("\($0)") }
    async let summary = stop(server, at: signals) { () throws(TransportError) in
        let sockets = [try HandedSocket(listener, named: "http")]
        return try Successor(ownProgram, arguments: ["\(port)"], taking: sockets)
    }
    say("process \(processNumber) serves \(try listener.localAddress)")
    try ServiceManager.notify(.ready, .mainProcess(processNumber))
    // When the listener breaks, this throws, and nobody waits for signals any more.
    try await server.serve(listener) { connection in try await greet(connection) }
    let (drained, aborted) = await (summary.drained, summary.aborted)
    say("process \(processNumber) has finished \(drained) connections, and cut \(aborted)")
}

/// Stops a server when a signal says so, or when a new process has taken over.
func stop(
    _ server: Server, at signals: AsyncStream<Signal>, startingSuccessor: () throws(TransportError) -> Successor
) async -> StopSummary {
    for await signal in signals {
        guard signal == .hangUp else { break }
        do throws(TransportError) {
            try await startingSuccessor().untilReady(timeout: .seconds(10))
            break
        } catch {
            report("the restart has failed, and this process goes on: \(error.explanation)")
        }
    }
    return await server.stop(within: .seconds(30), closingIdleAfter: .seconds(1))
}

/// Answers the requests of a connection, which may be several.
func greet<T: Transport>(_ connection: Connection<T>) async throws {
    let reader = connection.reader(maximumLineLength: 8000, timeout: .seconds(30))
    while let request = try await reader.readLine() {
        var keepsOpen = request.hasSuffix("HTTP/1.1")
        while let header = try await reader.readLine(), !header.isEmpty {
            if header.lowercased() == "connection: close" { keepsOpen = false }
        }
        let text = "Hello from process \(processNumber)\n"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n"
        let end = keepsOpen ? "\r\n" : "Connection: close\r\n\r\n"
        try await connection.sendAll(head + end + text, timeout: .seconds(30))
        if !keepsOpen { return }
    }
}
