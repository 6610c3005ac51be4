// The reference's third example: as EchoServer, at the first address of this machine that can be listened on.
//
//     DualStackEchoServer [PORT]        (50007 unless given; 0 lets the system choose)

import BSDSocketBackend
import ExampleSupport
import TransportCore

let port = portNumber(argument: 1, default: 50007)

do {
    let backend = SocketBackend<IP>()
    let query = try ResolverQuery(host: nil, service: .port(port), isPassive: true)
    // The reference stops at the first family that works and says "it should listen to both instead": this one does.
    let addresses = try backend.resolver.resolve(query, until: .never).sorted { $0.ipv6 != nil && $1.ipv6 == nil }
    let listener = try addresses.firstSuccess { (address) throws(TransportError) in
        try backend.listen(on: address, options: ListenerOptions(backlog: 1, dualStack: true))
    }
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
