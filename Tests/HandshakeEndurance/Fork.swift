#if canImport(Glibc)
import BSDSocketBackend
import Glibc
import OpenSSLTransport
import TransportCore

/// Divides the process in two that go on with what was made before, and prints what each of them found.
///
/// Swift hides `fork`, which is for programs that know what they do: this one has a single thread.
func divide() throws -> Never {
    let usual = (client: try client(), server: try server(identity))
    let backend = SocketBackend<IPv4>()
    let listener = try backend.beginListening(on: .loopback(port: 0), options: ListenerOptions())
    let old = try connect(backend, listener, usual)

    typealias Fork = @convention(c) () -> Int32
    let fork = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
    let child = fork()
    guard child != 0 else {
        // The configurations are good on this side, too, and random numbers are others.
        let new = try connect(backend, listener, usual)
        try new.client.sendAll("child")
        print("child", String(decoding: try new.server.receiveExactly(5), as: UTF8.self), try TLSTicketKey.random())
        fflush(nil)
        // Nothing is announced on the connection that belongs to the other side.
        _exit(0)
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    try old.client.sendAll("parent")
    print("parent", String(decoding: try old.server.receiveExactly(6), as: UTF8.self), try TLSTicketKey.random())
    try old.server.sendAll("still here")
    print(String(decoding: try old.client.receiveExactly(10), as: UTF8.self))
    exit(status)
}

private typealias End = Connection<TLSTransport<SocketTransport<IPv4>>>

/// Both ends of a new connection.
private func connect(
    _ backend: SocketBackend<IPv4>, _ listener: SocketListener<IPv4>,
    _ configuration: (client: TLSConfiguration, server: TLSConfiguration)
) throws -> (client: End, server: End) {
    let near = try backend.open(to: listener.localAddress, options: StreamOptions(), until: .never)
    guard case .accepted(let far) = try listener.accept(until: .never) else { exit(1) }
    let a = try TLSTransport(client: near, configuration: configuration.client, serverName: "localhost")
    let b = try TLSTransport(server: far, configuration: configuration.server)
    while true {
        let steps = (try a.tryEstablish(), try b.tryEstablish())
        if steps == (.done, .done) { return (Connection(a), Connection(b)) }
    }
}
#endif
