import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// Readers and writers over the network in memory, in its time.
@Suite("Buffered streams in memory")
struct BufferedStreamTests {
    @Test("H-01, M16: lines pass in every profile, however it cuts the bytes", arguments: NamedProfile.all)
    func everyProfile(_ profile: NamedProfile) throws {
        let network = LoopbackNetwork(profile: profile.profile, seed: 11)
        let (client, server) = try network.pair()
        let lines = (0..<40).map { "line number \($0)" }
        let answering = try network.spawn {
            let reader = server.reader()
            let writer = server.writer(buffering: .line)
            server.release()
            while let line = try reader.readLine() { try writer.write("you said \(line)\r\n") }
            try writer.close()
            reader.close()
        }
        let writing = try network.spawn {
            let writer = client.writer(buffering: .size(64))
            for line in lines { try writer.write(line + "\n") }
            try writer.close()
            try client.shutdownWrite()
        }
        let reader = client.reader()
        var answers: [String] = []
        while let line = try reader.readLine() { answers.append(line) }
        #expect(answers == lines.map { "you said \($0)" })
        try writing.join()
        try answering.join()
        client.close()
    }

    @Test("N07, H-02: a line that comes late times out in virtual time, and is whole afterwards")
    func late() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let slow = try network.spawn {
            try server.sendAll("half of ")
            try network.backend(on: "server").sleep(for: .seconds(3600))
            try server.sendAll("a line\n")
            server.close()
        }
        let reader = client.reader()
        #expect(caught { try reader.readLine(timeout: .seconds(60)) }?.kind == .timedOut)
        #expect(reader.buffered == Array("half of ".utf8))
        #expect(try reader.readLine() == "half of a line")
        #expect(try reader.readLine() == nil)
        try slow.join()
    }
}
