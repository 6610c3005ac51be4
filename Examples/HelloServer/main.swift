// An HTTP server as a service: many clients in tasks, limits, a graceful stop, systemd's sockets, and a restart that refuses
// nobody.
//
//     HelloServer [PORT]        (50080 unless given; 0 lets the system choose)
//
// SIGTERM and SIGINT stop it when those in work are finished. SIGHUP starts the program anew, with the same sockets, and
// stops this process when the new one serves.

import BSDSocketBackend
import ExampleSupport
import TransportCore
import TransportServers

let port = portNumber(argument: 1, default: 50080)
let wishes = signals([.hangUp, .terminate, .interrupt])

do {
    // This file's code is on the main actor; what runs here is not.
    try await SocketReactor().run { try await serve(port: port, until: wishes) }
} catch let error as TransportError {
    exit(explaining: error)
}
