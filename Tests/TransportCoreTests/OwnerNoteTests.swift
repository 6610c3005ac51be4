import TestSupport
import Testing
import TransportCore

@Suite("What transports learn about their owners")
struct OwnerNoteTests {
    private let site = SourceSite(fileID: "Client/Redis.swift", line: 12)
    private let adopted = "adopted(at: Client/Redis.swift:12)"

    private struct Forwarding<Lower: Transport>: TransportLayer {
        let lower: Lower
    }

    @Test("CLO-19: a transport learns once where its connection was made, and nothing more when that is closed")
    func connection() {
        let transport = ScriptedTransport()
        Connection(transport, fileID: site.fileID, line: site.line).close()
        #expect(transport.ownerNotes == [adopted])
    }

    @Test("CLO-19: a transport learns that its connection was dropped, before it is closed")
    func dropped() {
        let transport = ScriptedTransport()
        _ = Connection(transport, fileID: site.fileID, line: site.line)
        #expect(transport.ownerNotes == [adopted, "dropped"])
        #expect(transport.trace.last == .close)
    }

    @Test("WRP-04: what is told goes through layers and erasure, and an erased connection tells nothing twice")
    func layers() {
        let transport = ScriptedTransport()
        let layer = Forwarding(lower: AnyTransport(Forwarding(lower: transport)))
        let erased = Connection(layer, fileID: site.fileID, line: site.line).erased()
        layer.take(.outputLost(byteCount: 5))
        erased.close()
        #expect(transport.ownerNotes == [adopted, "outputLost(byteCount: 5)"])
    }

    @Test("CLO-19: listeners learn it too, and accepted connections name the listener's place")
    func listener() throws {
        let accepted = ScriptedTransport()
        let transport = ScriptedListener([.accept(accepted)])
        do {
            let listener = Listener(transport, fileID: site.fileID, line: site.line)
            try listener.accept().close()
        }
        #expect(transport.ownerNotes == [adopted, "dropped"])
        #expect(accepted.ownerNotes == [adopted])
    }

    @Test("CLO-19: datagram endpoints learn it too")
    func datagrams() {
        let (first, second) = (ScriptedDatagrams(), ScriptedDatagrams())
        DatagramSocket(first, fileID: site.fileID, line: site.line).close()
        _ = DatagramSocket(second, fileID: site.fileID, line: site.line)
        #expect(first.ownerNotes == [adopted])
        #expect(second.ownerNotes == [adopted, "dropped"])
    }
}
