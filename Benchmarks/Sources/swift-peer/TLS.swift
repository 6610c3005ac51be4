// TLS over sockets, against what CWorkloads/tls.c does.

import BSDSocketBackend
import CWorkloads
import OpenSSLTransport
import TransportCore

nonisolated func overTLS(_ options: PeerOptions) throws {
    let workload = String(cString: options.workload)
    var settings = TLSSettings()
    settings.roots = .only([.file(String(cString: options.path))])
    settings.resumesSessions = workload == "tls-handshake-resumed"
    let sockets = SocketBackend<IP>(defaults: BackendDefaults(mode: try mode(options)))
    let backend = try TLSBackend(over: sockets, client: .client(settings), serverName: "localhost")
    let address = server(options)
    switch workload {
    case "tls-pingpong": try pingPong(try backend.connect(to: address), options)
    case "tls-bulk-64k": try bulk(try backend.connect(to: address), options, size: 64 << 10)
    default: try connections(backend, options)
    }
}
