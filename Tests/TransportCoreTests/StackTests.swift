import TestSupport
import Testing
import TransportCore

@Suite("What objects are made of")
struct StackTests {
    private struct Counted<Lower: Transport>: TransportLayer {
        typealias Family = Lower.Family
        let lower: Lower
    }

    private struct Masked<Lower: Transport>: TransportLayer {
        typealias Family = Lower.Family
        let lower: Lower
        static var kind: String { "mask" }
        var stack: [String] { ["mask of 4 bytes"] + lower.stack }
    }

    @Test("a transport that says nothing of itself is its type and its addresses")
    func leaf() {
        let connection = Connection(ScriptedTransport())
        #expect(connection.transport.stack == ["ScriptedTransport 127.0.0.1:1 to 127.0.0.1:2"])
        #expect("\(connection)" == "ScriptedTransport 127.0.0.1:1 to 127.0.0.1:2")
        connection.close()
        #expect("\(connection)" == "closed ScriptedTransport 127.0.0.1:1 to 127.0.0.1:2")
    }

    @Test("layers come before what is below, also when they are erased")
    func layers() {
        let connection = Connection(Counted(lower: Masked(lower: ScriptedTransport())))
        let expected = "Counted over mask of 4 bytes over ScriptedTransport 127.0.0.1:1 to 127.0.0.1:2"
        #expect("\(connection)" == expected)
        #expect("\(connection.erased())" == expected)
        #expect("\(connection)" == "closed " + expected, "it has moved")
    }

    @Test("listeners are what they accept, and datagram sockets have a peer or none")
    func others() {
        let listener = ScriptedListener()
        #expect(listener.stack == ["ScriptedTransport listening on \(listener.localAddress)"])
        let layered = LayeredListener(over: listener) { Masked(lower: $0) }
        #expect("\(Listener(layered))" == "mask over ScriptedTransport listening on \(listener.localAddress)")
        let datagrams = ScriptedDatagrams()
        #expect("\(DatagramSocket(datagrams))".hasPrefix("ScriptedDatagrams \(datagrams.localAddress)"))
    }
}
