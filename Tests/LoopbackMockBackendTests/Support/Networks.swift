import LoopbackMockBackend
import Testing
import TransportCore

/// A profile and its name in the test's report.
struct NamedProfile: Sendable, CustomTestStringConvertible {
    let name: String
    let profile: NetworkProfile

    var testDescription: String { name }

    /// The profiles that the module has.
    static let all = [
        NamedProfile(name: "tcp", profile: .tcp), NamedProfile(name: "unix", profile: .unix),
        NamedProfile(name: "hostile", profile: .hostile), NamedProfile(name: "lockstep", profile: .lockstep),
    ]
}

typealias MockConnection = Connection<LoopbackStream<IP>>

extension LoopbackNetwork {
    /// The two ends of a stream between two machines.
    func pair() throws -> (client: MockConnection, server: MockConnection) {
        let listener = try backend(on: "server").listen(on: .v4(.any(port: 0)))
        let port = try listener.localAddress.port
        let client = try backend(on: "client").connect(host: "server", port: port, families: .v4)
        return (client, try listener.accept())
    }
}

extension String {
    /// The bytes as text.
    init(_ bytes: [UInt8]?) { self = bytes.map { String(decoding: $0, as: UTF8.self) } ?? "the end" }
}

/// How long something took by the machine's clock.
func seconds(_ body: () throws -> Void) rethrows -> Duration { try ContinuousClock().measure(body) }
