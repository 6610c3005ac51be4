import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Streams end")
struct EndingTests {
    @Test("EOF: after a half-close the peer reads to the end and can still answer", arguments: NamedProfile.all)
    func halfClose(_ profile: NamedProfile) throws {
        let network = LoopbackNetwork(profile: profile.profile)
        let (client, server) = try network.pair()
        let answer = try network.spawn {
            let request = try server.receiveAll()
            try server.sendAll("got \(request.count)")
            server.close()
        }
        try client.sendAll(pattern(20))
        try client.shutdownWrite()
        try client.shutdownWrite()
        #expect(caught { try client.sendAll("x") }?.kind == .brokenPipe)
        #expect(String(try client.receiveAll()) == "got 20")
        #expect(try client.receive(atMost: 1) == nil)
        try answer.join()
    }

    @Test("M1 CLO-12: a reset comes after the data that was there, and then always", arguments: NamedProfile.all)
    func resetAfterData(_ profile: NamedProfile) throws {
        guard profile.profile.abortIsReset else { return }
        let (client, server) = try LoopbackNetwork(profile: profile.profile).pair()
        try server.sendAll("!")
        server.abort()
        #expect(String(try client.receive(atMost: 10)) == "!")
        for _ in 0..<3 {
            #expect(caught { try client.receive(atMost: 10) }?.kind == .connectionReset)
            #expect(caught { try client.sendAll("x") }?.kind == .connectionReset)
        }
    }

    @Test("M1: a step of the transport tells a reset once, then looks like an end")
    func oneShot() throws {
        let (client, server) = try LoopbackNetwork().pair()
        server.abort()
        #expect(caught { try receive(client) }?.kind == .connectionReset)
        #expect(try receive(client) == .endOfStream)
        let error = caught { try client.transport.trySend([UInt8](arrayLiteral: 1).span.bytes) }
        #expect(error?.kind == .brokenPipe)
    }

    @Test("M2: closing with unread bytes is a reset for the peer", arguments: NamedProfile.all)
    func unread(_ profile: NamedProfile) throws {
        let (client, server) = try LoopbackNetwork(profile: profile.profile).pair()
        _ = try client.send("u".utf8)
        try server.sendAll("v")
        server.close()
        #expect(String(try client.receive(atMost: 10)) == "v")
        #expect(caught { try client.receive(atMost: 10) }?.kind == .connectionReset)
    }

    @Test("Where resets are not visible, both an abort and a close with unread bytes are an end")
    func invisibleResets() throws {
        var profile = NetworkProfile.tcp
        profile.resetsAreVisible = false
        for abort in [true, false] {
            let (client, server) = try LoopbackNetwork(profile: profile).pair()
            try client.sendAll("unread")
            if abort { server.abort() } else { server.close() }
            #expect(try client.receive(atMost: 1) == nil)
        }
    }

    @Test("M3: the pipe breaks late on TCP and at once on Unix streams", arguments: NamedProfile.all)
    func brokenPipe(_ profile: NamedProfile) throws {
        let (client, server) = try LoopbackNetwork(profile: profile.profile).pair()
        server.close()
        #expect(client.facts.contains(.firstSendAfterPeerCloseFails) == (profile.name == "unix"))
        if profile.name != "unix" { #expect(try client.send([1]) == 1) }
        #expect(caught { try client.send([1]) }?.kind == .brokenPipe)
        #expect(try client.receive(atMost: 1) == nil)
    }

    @Test("M5: an abort is a reset on TCP and a close on Unix streams, and the facts say so")
    func aborts() throws {
        for (profile, isReset) in [(NetworkProfile.tcp, true), (.unix, false)] {
            let (client, server) = try LoopbackNetwork(profile: profile).pair()
            #expect(client.facts.contains(.abortIsVisible) == isReset)
            server.abort()
            if isReset {
                #expect(caught { try client.receive(atMost: 1) }?.kind == .connectionReset)
            } else {
                #expect(try client.receive(atMost: 1) == nil)
            }
        }
    }

    @Test("M6 CLO: closing wakes both a blocked reader and a blocked writer of the same end")
    func closeWakes() throws {
        let network = LoopbackNetwork(profile: .lockstep)
        let (client, server) = try network.pair()
        defer { server.close() }
        let reader = try network.spawn { caught { try client.receive(atMost: 1) }?.kind }
        let writer = try network.spawn { caught { try client.sendAll("ab") }?.kind }
        let closer = try network.spawn { client.close() }
        try closer.join()
        #expect(try reader.join() == .closed)
        #expect(try writer.join() == .closed)
        #expect(caught { try client.receive(atMost: 1) }?.kind == .closed)
    }

    @Test("A connection that is dropped is closed, and the addresses outlive closing")
    func dropped() throws {
        let network = LoopbackNetwork()
        var (client, server): (MockConnection?, MockConnection) = try network.pair()
        let address = try client?.localAddress
        client = nil
        #expect(try server.receive(atMost: 1) == nil)
        server.close()
        #expect(try server.remoteAddress == address)
        #expect(server.facts.contains(.addressesSurviveClose))
    }

    private func receive(_ connection: MockConnection) throws -> ReceiveStep {
        var step = ReceiveStep.received(0)
        _ = try [UInt8](capacity: 9) { output in
            try output.withUnsafeMutableBufferPointer { buffer, _ in
                var span = OutputRawSpan(buffer: UnsafeMutableRawBufferPointer(buffer), initializedCount: 0)
                step = try connection.transport.tryReceive(into: &span)
            }
        }
        return step
    }
}
