// The reference's first example: serves one client over IPv4 and sends back what it says, until it stops.
//
//     EchoServer [PORT]        (50007 unless given; 0 lets the system choose)

import BSDSocketBackend
import ExampleSupport
import TransportCore

let port = portNumber(argument: 1, default: 50007)

do {
    let listener = try SocketBackend<IPv4>().listen(on: .any(port: port), options: ListenerOptions(backlog: 1))
    say("listening on \(try listener.localAddress)")
    let connection = try listener.accept()
    say("connected by \(try connection.remoteAddress)")
    while let bytes = try connection.receive(atMost: 1024) {
        try connection.sendAll(bytes)
    }
    connection.close()
} catch {
    exit(explaining: error)
}
