// Makes handshakes, of which every other one fails, each time in another way, and says what the process holds on to:
//
//     HandshakeEndurance COUNT
//     HandshakeEndurance datagrams COUNT
//     HandshakeEndurance fork
//
// The second form does the same with DTLS, and the third divides the process in two: see Datagrams.swift and Fork.swift.
//
// A process of its own, because other tests would change its memory and its descriptors. It prints the resident memory in
// KiB and the number of descriptors, once when a third of the handshakes is done and once at the end.

#if canImport(Glibc)
import BSDSocketBackend
import Glibc
import OpenSSLTransport
import TestCertificateAuthority
import TransportCore

/// What the process holds on to.
func holdings() -> String {
    var pages = 0
    if let file = fopen("/proc/self/statm", "r") {
        var line = [CChar](repeating: 0, count: 100)
        fgets(&line, 100, file)
        fclose(file)
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        pages = Int(words[1]) ?? 0
    }
    var descriptors = 0
    if let directory = opendir("/proc/self/fd") {
        while readdir(directory) != nil { descriptors += 1 }
        closedir(directory)
    }
    return "\(pages * 4) \(descriptors)"
}

/// How the two ends are made, and what is done to them.
struct Attempt {
    var client: TLSConfiguration
    var server: TLSConfiguration
    var name = "localhost"
    /// Whether the handshake is to be done.
    var succeeds = false
    /// What the server's side does to the socket before its first step; true ends the attempt.
    var sabotage: Sabotage = .none

    enum Sabotage { case none, plainText, goneAtOnce, goneInTheMiddle, brokenRecord, cut }
}

let authority = try CertificateAuthority("Endurance")
let identity = try authority.issue(.server("localhost")).identity()
let somebody = try authority.issue(.client("somebody")).identity()
let stranger = try CertificateAuthority("Other").issue(.server("localhost")).identity()
let expired = try authority.issue(.server("localhost")) { $0.validity = .expired }.identity()

extension IssuedCertificate {
    func identity() throws -> TLSIdentity { try TLSIdentity(certificates: .pem(chainPEM), key: .pem(keyPEM)) }
}

func client(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSConfiguration {
    var settings = TLSSettings()
    settings.roots = .only([.pem(authority.certificate.pem)])
    change(&settings)
    return try .client(settings)
}

func server(_ identity: TLSIdentity, _ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSConfiguration {
    var settings = TLSSettings()
    settings.roots = .only([.pem(authority.certificate.pem)])
    change(&settings)
    return try .server(identity: identity, settings)
}

/// All the ways, those that succeed and those that fail in turn.
func attempts() throws -> [Attempt] {
    let (usual, usualServer) = (try client(), try server(identity))
    let good = [
        Attempt(client: usual, server: usualServer, succeeds: true),
        Attempt(client: try client { $0.resumesSessions = false }, server: usualServer, succeeds: true),
        Attempt(client: try client { $0.versions = .tls12 ... .tls12 }, server: usualServer, succeeds: true),
        Attempt(
            client: try client { $0.identities = [somebody] },
            server: try server(identity) { $0.clientAuthentication = .required }, succeeds: true),
        Attempt(client: usual, server: usualServer, succeeds: true, sabotage: .brokenRecord),
        Attempt(client: usual, server: usualServer, succeeds: true, sabotage: .cut),
    ]
    let bad = [
        Attempt(client: usual, server: try server(stranger)),
        Attempt(client: usual, server: try server(expired)),
        Attempt(client: try client { $0.resumesSessions = false }, server: usualServer, name: "other.example"),
        Attempt(
            client: try client { $0.versions = .tls12 ... .tls12 },
            server: try server(identity) { $0.versions = .tls13 ... .tls13 }),
        Attempt(
            client: try client { $0.applicationProtocols = ["a"] },
            server: try server(identity) { $0.applicationProtocols = ["b"] }),
        Attempt(
            client: try client { $0.versions = .tls12 ... .tls12 },
            server: try server(identity) { $0.clientAuthentication = .required }),
        Attempt(client: usual, server: try server(identity) { $0.chooseIdentity = { _ in .refuse(.accessDenied) } }),
        Attempt(
            client: try client {
                $0.resumesSessions = false
                $0.refusePeer = { _ in "not today" }
            }, server: usualServer),
        Attempt(client: usual, server: usualServer, sabotage: .plainText),
        Attempt(client: usual, server: usualServer, sabotage: .goneAtOnce),
        Attempt(client: usual, server: usualServer, sabotage: .goneInTheMiddle),
    ]
    return (0..<good.count * bad.count).flatMap { [good[$0 % good.count], bad[$0 % bad.count]] }
}

/// Whether an end has done its handshake; nil while it is at it.
func step(_ end: TLSTransport<SocketTransport<IPv4>>) -> Bool? {
    do { return try end.tryEstablish() == .done ? true : nil } catch { return false }
}

func run(_ attempt: Attempt, _ listener: SocketListener<IPv4>, _ backend: SocketBackend<IPv4>) throws -> Bool {
    let near = try backend.open(to: listener.localAddress, options: StreamOptions(), until: .never)
    guard case .accepted(let far) = try listener.accept(until: .never) else { return false }
    let a = try TLSTransport(client: near, configuration: attempt.client, serverName: attempt.name)
    let b = try TLSTransport(server: far, configuration: attempt.server)
    defer {
        // A reset leaves no port behind that waits.
        a.abort()
        b.abort()
    }
    let rude = Connection(far, mode: .nonblocking)
    if attempt.sabotage == .plainText { try rude.sendAll("220 mail.example\r\n") }
    if attempt.sabotage == .goneAtOnce { rude.close() }
    var done: (a: Bool?, b: Bool?)
    for round in 0..<1000 where done.a == nil || done.b == nil {
        if done.a == nil { done.a = step(a) }
        if attempt.sabotage == .goneInTheMiddle, round == 0 { rude.close() }
        if done.b == nil { done.b = step(b) }
    }
    guard done.a == true, done.b == true else { return false }
    let (c, s) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
    try s.sendAll("hello")
    _ = try c.receive(atMost: 10)
    switch attempt.sabotage {
    case .brokenRecord:
        try rude.sendAll([23, 3, 3, 0, 40] + [UInt8](repeating: 1, count: 40))
        _ = try? c.receive(atMost: 10)
    case .cut:
        rude.close()
        _ = try? c.receive(atMost: 10)
    default:
        try c.shutdownWrite()
        _ = try s.receive(atMost: 10)
    }
    return true
}

if CommandLine.arguments.dropFirst().first == "fork" { try divide() }
if CommandLine.arguments.dropFirst().first == "datagrams" {
    try runDatagrams(CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1000)
    exit(0)
}
let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
let backend = SocketBackend<IPv4>()
let listener = try backend.beginListening(on: .loopback(port: 0), options: ListenerOptions())
var all = try attempts()
var wrong = 0
for number in 0..<count {
    if number == count / 3 { print(holdings()) }
    // Configurations come and go, too.
    if number % 200 == 199 { all = try attempts() }
    let attempt = all[number % all.count]
    if try run(attempt, listener, backend) != attempt.succeeds { wrong += 1 }
}
print(holdings())
print("\(count) handshakes, \(wrong) with another outcome than expected")
#endif
