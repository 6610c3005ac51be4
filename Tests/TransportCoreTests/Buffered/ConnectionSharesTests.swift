import TestSupport
import Testing
import TransportCore

/// Who keeps a connection open.
@Suite("Owner, reader and writer")
struct ConnectionSharesTests {
    @Test("M16, H-03: owner, reader and writer are done in any order, and the last one closes", arguments: 0..<6)
    func orders(_ number: Int) throws {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        let transport = ScriptedTransport(TransportScript(receiving: [.text("a\nb\n")]))
        let connection = Connection(transport)
        let reader = connection.reader()
        let writer = connection.writer()
        #expect(try reader.readLine() == "a")
        try writer.write("out")
        var isReading = true
        for end in orders[number] {
            #expect(!connection.isClosed)
            switch end {
            case 0: connection.release()
            case 1:
                reader.close()
                isReading = false
            default: try writer.close()
            }
            // Who is not done still works.
            if isReading, end == 0 { #expect(try reader.readLine() == "b") }
        }
        #expect(connection.isClosed && transport.isClosed)
        #expect(transport.sentText == "out")
        #expect(transport.count(of: .close) == 1)
    }

    @Test("H-04: closing a reader leaves the connection to its owner")
    func ownerStays() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("x\ny"), .end])))
        let reader = connection.reader(bufferSize: 0)
        #expect(try reader.readLine() == "x")
        reader.close()
        #expect(try connection.receive(atMost: 9) == "y".bytes)
        connection.release()
        connection.release()
        #expect(connection.isClosed)
    }

    @Test("what goes away without being closed gives its share up, too")
    func dropped() {
        let connection = Connection(ScriptedTransport())
        do {
            let reader = connection.reader()
            connection.release()
            #expect(!connection.isClosed)
            withExtendedLifetime(reader) {}
        }
        #expect(connection.isClosed)
    }

    @Test("close ends the connection for everybody at once")
    func close() {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let reader = connection.reader()
        connection.close()
        #expect(caught { try reader.readLine() }?.kind == .closed)
        reader.close()
        connection.release()
        #expect(transport.count(of: .close) == 1)
    }
}
