import BSDSocketBackend
import Glibc
import Synchronization
import Testing
import TestSupport
import TransportCore

/// A kind of stream that has the behaviour that all streams share: what a parametrised test runs over.
protocol StreamKind: Sendable, CustomTestStringConvertible {
    associatedtype Family: SocketFamily

    /// A new address of this machine to listen on.
    func freshAddress() throws -> Family.SocketAddress

    /// An address of this machine on which nobody listens.
    func deadAddress() throws -> Family.SocketAddress
}

struct TCPv4: StreamKind {
    typealias Family = IPv4
    var testDescription: String { "TCP over IPv4" }

    func freshAddress() -> IPv4.SocketAddress { .loopback(port: 0) }

    func deadAddress() throws -> IPv4.SocketAddress { .loopback(port: try unusedPort()) }
}

struct TCPv6: StreamKind {
    typealias Family = IPv6
    var testDescription: String { "TCP over IPv6" }

    func freshAddress() -> IPv6.SocketAddress { .loopback(port: 0) }

    func deadAddress() throws -> IPv6.SocketAddress { .loopback(port: try unusedPort()) }
}

struct UnixStreams: StreamKind {
    typealias Family = Unix
    var testDescription: String { "Unix streams" }

    // Abstract names leave no files behind.
    func freshAddress() throws -> Unix.SocketAddress { try Unix.SocketAddress(abstractName: uniqueName()) }

    func deadAddress() throws -> Unix.SocketAddress { try freshAddress() }
}

/// Every kind of stream of this backend.
let streamKinds: [any StreamKind] = [TCPv4(), TCPv6(), UnixStreams()]

/// The kinds that are TCP.
let tcpKinds: [any StreamKind] = [TCPv4(), TCPv6()]

/// Two connected ends, each in timeout mode, so that a test that goes wrong ends.
struct StreamPair<Family: SocketFamily> {
    let client: Connection<SocketTransport<Family>>
    let server: Connection<SocketTransport<Family>>
}

/// How long a test waits for what should have come at once: long enough for a busy machine.
let patience = Patience.time

extension StreamKind {
    var isTCP: Bool { Family.streamsAreTCP }

    func backend(_ syscalls: Syscalls = Syscalls()) throws -> SocketBackend<Family> {
        SocketBackend(defaults: BackendDefaults(mode: try .timeout(patience)), syscalls: syscalls)
    }

    func listener(
        _ options: ListenerOptions = ListenerOptions(), syscalls: Syscalls = Syscalls()
    ) throws -> Listener<SocketListener<Family>> {
        try backend(syscalls).listen(on: freshAddress(), options: options)
    }

    func pair(
        _ options: StreamOptions<Family> = StreamOptions(), listening: ListenerOptions = ListenerOptions(),
        clientCalls: Syscalls = Syscalls(), serverCalls: Syscalls = Syscalls()
    ) throws -> StreamPair<Family> {
        let listener = try listener(listening, syscalls: serverCalls)
        defer { listener.close() }
        let client = try backend(clientCalls).connect(to: listener.localAddress, options: options)
        return StreamPair(client: client, server: try listener.accept())
    }

    /// A pair whose buffers have a fixed size, the least that the system allows unless given.
    func narrowPair(_ size: Int = 4096) throws -> StreamPair<Family> {
        let settings: [OptionSetting] = [.set(.sendBufferSize, size), .set(.receiveBufferSize, size)]
        return try pair(StreamOptions(settings: settings), listening: ListenerOptions(settings: settings))
    }

    /// A listener whose queue is full, with the connections that fill it.
    func fullListener() throws -> (
        listener: Listener<SocketListener<Family>>, queued: [Connection<SocketTransport<Family>>]
    ) {
        let listener = try listener(ListenerOptions(backlog: 0))
        let address = try listener.localAddress
        var queued: [Connection<SocketTransport<Family>>] = []
        // How many fit is the system's business: Linux takes one more than was asked for.
        while queued.count < 8 {
            let next = try backend().connect(to: address, mode: .nonblocking)
            do {
                try next.establish(timeout: .milliseconds(300))
            } catch {
                next.close()
                return (listener, queued)
            }
            queued.append(next)
        }
        throw Unexpected("the listener's queue does not fill")
    }
}

/// A failure of a test's own arrangements.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

private let nameCount = Atomic<Int>(0)

/// A name that nobody else on this machine uses.
func uniqueName() -> String {
    "swift-transport-\(getpid())-\(nameCount.add(1, ordering: .relaxed).newValue)"
}

/// The path of a file in the directory for temporary files that nobody else uses; does not make the file.
func uniquePath() -> String { "/tmp/\(uniqueName()).socket" }

/// A port below those that the system chooses from, on which nobody listens, for IPv4 and IPv6.
func unusedPort() throws -> UInt16 {
    for _ in 0..<100 {
        let port = UInt16.random(in: 20000..<32000)
        let v4 = try? SocketBackend<IPv4>().listen(on: .any(port: port))
        let v6 = try? SocketBackend<IPv6>().listen(on: .any(port: port))
        defer {
            v4?.close()
            v6?.close()
        }
        if v4 != nil, v6 != nil { return port }
    }
    throw Unexpected("no port is free")
}
