import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Patterns in scripts")
struct PatternTests {
    private func connect(
        _ profile: NetworkProfile = .tcp, _ script: @escaping (inout PeerScript) -> Void
    ) throws -> (MockConnection, ScriptedService<IP>) {
        let network = LoopbackNetwork(profile: profile)
        let service = try network.serve(on: "peer", port: 1, script)
        return (try network.backend().connect(host: "peer", port: 1), service)
    }

    @Test("Captures are given to the reply, whole text first", arguments: NamedProfile.all)
    func captures(_ profile: NamedProfile) throws {
        let (client, service) = try connect(profile.profile) { peer in
            peer.expect(pattern: /SET (\w+) (\d+)(!)?\r\n/, "a SET")
            peer.replyText { captures in "\(captures.count) \(captures[1])=\(captures[2])\(captures[3]) \(captures[0])"
            }
            peer.expect("QUIT")
        }
        try client.sendAll("SET größe 12\r\nQUIT")
        #expect(String(try client.receiveAll()) == "4 größe=12 SET größe 12\r\n")
        try service.verify()
    }

    @Test("A character that comes in halves is waited for; what is no text matches nothing")
    func utf8() throws {
        let (client, service) = try connect { peer in
            peer.expect(pattern: /ä(.)\n/)
            peer.replyText { $0[1] }
        }
        try client.sendAll([0xC3])
        try client.sendAll([0xA4, 0xE2, 0x82])
        try client.sendAll([0xAC, 0x0A])
        #expect(String(try client.receiveAll()) == "€")
        try service.verify()

        let (other, failing) = try connect { $0.expect(pattern: /.*\n/, "a line of text") }
        try other.sendAll([0xFF, 0xFE, 0x0A])
        other.close()
        let error = #expect(throws: ScriptFailure.self) { try failing.verify() }
        #expect(error?.description.contains("expect a line of text") == true)
        #expect(error?.description.contains("\\xff\\xfe") == true)
    }

    @Test("A pattern begins at the first byte that no step took, and takes what it matches")
    func anchored() throws {
        let (client, service) = try connect { peer in
            peer.expect(pattern: /a/)
            peer.expect(pattern: /b+;/)
            peer.replyText { "\($0)" }
            peer.expect("c")
            peer.replyText { "\($0)" }
        }
        try client.sendAll("abb;c")
        #expect(String(try client.receiveAll()) == #"["bb;"]["c"]"#)
        try service.verify()
        let (other, failing) = try connect { $0.expect(pattern: /b/, "a b") }
        try other.sendAll("ab")
        other.close()
        #expect(throws: ScriptFailure.self) { try failing.verify() }
    }
}
