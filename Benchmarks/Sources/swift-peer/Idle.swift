// What an idle connection of TLS holds on to, against what CWorkloads/idle.c does: both ends in one process.

import BSDSocketBackend
import CWorkloads
import OpenSSLTransport
import TransportCore

private typealias End = Connection<TLSTransport<SocketTransport<Unix>>>

nonisolated func idle(_ options: PeerOptions) throws {
    guard !options.timeout_mode else { return withUnsafePointer(to: options) { peer_not_written($0) } }
    let workload = String(cString: options.workload)
    let identity = TLSMaterial.file(String(cString: tls_identity_path(options.path)))
    var settings = TLSSettings()
    settings.roots = .only([.file(String(cString: options.path))])
    settings.resumesSessions = false
    settings.releasesBuffers = workload.contains("released")
    let version = workload.contains("1.2") ? TLSVersion.tls12 : .tls13
    settings.versions = version...version
    let client = try TLSConfiguration.client(settings)
    settings.resumesSessions = true
    let server = try TLSConfiguration.server(
        identity: TLSIdentity(certificates: identity, key: identity), settings)

    let count = Int(options.warmup + options.operations)
    var clients: [End] = []
    var servers: [End] = []
    clients.reserveCapacity(count)
    servers.reserveCapacity(count)
    for _ in 0..<count {
        let (a, b) = try pair(client, server)
        clients.append(a)
        servers.append(b)
    }
    var both = peer_holdings()
    clients.removeAll(keepingCapacity: true)
    var alone = peer_holdings()
    withUnsafePointer(to: options) { peer_report_holdings($0, &both, &alone) }
    servers.removeAll()
}

private nonisolated func pair(_ client: TLSConfiguration, _ server: TLSConfiguration) throws -> (End, End) {
    let (near, far) = try SocketBackend<Unix>().connectedPair(mode: .nonblocking)
    let a = try near.startTLS(client, serverName: "localhost")
    let b = try far.startTLS(acceptingWith: server)
    var done = (false, false)
    while done != (true, true) { done = (try shake(a), try shake(b)) }
    try pass(a, b)
    try pass(b, a)
    try findNothing(a)
    try findNothing(b)
    return (a, b)
}

private nonisolated func shake(_ end: End) throws -> Bool {
    do throws(TransportError) {
        try end.establish()
        return true
    } catch {
        guard error.kind == .wouldBlock else { throw error }
        return false
    }
}

private nonisolated func pass(_ from: End, _ to: End) throws {
    var message = [UInt8](repeating: 1, count: Int(peer_message_size))
    try from.sendAll(message)
    try to.receiveExactly(into: &message)
}

/// Waits for more, as whoever has an idle connection does.
private nonisolated func findNothing(_ end: End) throws {
    do throws(TransportError) {
        _ = try end.receive(atMost: 1)
    } catch {
        guard error.kind == .wouldBlock else { throw error }
    }
}
