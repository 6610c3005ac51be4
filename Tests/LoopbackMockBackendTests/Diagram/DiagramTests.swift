import Foundation
import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Sequence diagrams")
struct DiagramTests {
    /// A conversation with a pause, with pieces and with a reset.
    private func conversation(client: String = "web", server: String = "cache") throws -> NetworkLog {
        let network = LoopbackNetwork(seed: 7)
        _ = try network.serve(on: server, port: 6379) { peer in
            peer.expectLine()
            peer.pause(for: .milliseconds(1500))
            peer.send("<b> & \"c\"\r\n")
            peer.reset()
        }
        let end = try network.backend(on: client).connect(host: server, port: 6379, families: .v4)
        try end.sendAll("PING\r\n")
        _ = try end.receiveExactly(5)
        _ = try end.receiveExactly(6)
        _ = caught { try end.receive(atMost: 1) }
        end.close()
        return network.log
    }

    @Test("A conversation as text")
    func text() throws {
        let diagram = try conversation().diagram(width: 80)
        #expect(
            diagram == """
                seed 7
                      web                                                             cache
                       │                                                                │
                       ┄┄┄ cache plays scripts at port 6379 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
                0 s    ├╌ connect ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
                       ├─ 6 bytes "PING\\r\\n" ──────────────────────────────────────────▶│
                       │                                    does step 1: expect a line  ●
                       │                            does step 2: pause for 1.5 seconds  ●
                       ┄┄┄ 1.5 s later ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
                1.5 s  │◀ 11 bytes "<b> & \\"c\\"\\r\\n" ───────────────────────────────────┤
                       │◀ cut ╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳┤
                       ● receives 5 bytes "<b> &"                                       │
                       ● receives 6 bytes " \\"c\\"\\r\\n"                                  │
                       ● gets the error connectionReset                                 │
                       ├╌ close ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
                       │                                                                │

                """
        )
    }

    @Test("What goes in many small pieces is one row that says in how many")
    func pieces() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        for byte in "PING\r\n".utf8 { try client.sendAll([byte]) }
        _ = try server.receiveExactly(6)
        try server.sendAll(String(repeating: "abc", count: 100))
        for _ in 0..<100 { _ = try client.receiveExactly(3) }
        let diagram = network.log.diagram()
        #expect(diagram.contains(#"├─ 6 bytes "PING\r\n" in 6 pieces ─"#), "\(diagram)")
        let marks = diagram.split(separator: "\n").filter { $0.contains("receives") }
        #expect(marks.count == 1 && marks[0].contains(#"abcab"… in 100 pieces"#), "\(diagram)")
    }

    @Test("In little room texts are wrapped")
    func narrow() throws {
        let diagram = try conversation().diagram(width: 40)
        #expect(
            diagram == """
                seed 7
                      web                     cache
                       │                        │
                       ┄┄┄ cache plays scripts at port ┄
                       ┄┄┄ 6379 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
                0 s    ├╌ connect ╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
                       ├─ 6 bytes "PING\\r\\n" ──▶│
                       │ does step 1: expect a  ●
                       │                  line  │
                       │    does step 2: pause  ●
                       │       for 1.5 seconds  │
                       ┄┄┄ 1.5 s later ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
                1.5 s  │  11 bytes "<b> &       │
                       │◀ \\"c\\"\\r\\n" ───────────┤
                       │◀ cut ╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳┤
                       ● receives 5 bytes "<b>  │
                       │ &"                     │
                       ● receives 6 bytes "     │
                       │ \\"c\\"\\r\\n"             │
                       ● gets the error         │
                       │ connectionReset        │
                       ├╌ close ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
                       │                        │

                """
        )
    }

    @Test("A conversation as SVG")
    func svg() throws {
        let svg = try conversation().svg
        let drawing = try #require(svg.range(of: "</style>\n").map { svg[$0.upperBound...] })
        #expect(
            drawing == """
                <rect class="page" width="600" height="404"/>
                <text class="time" x="12" y="20">seed 7</text>
                <line class="lane" x1="110" y1="62" x2="110" y2="388"/>
                <rect class="host" x="40" y="34" width="140" height="28" rx="5"/>
                <text class="host" x="110" y="53" text-anchor="middle">web</text>
                <line class="lane" x1="490" y1="62" x2="490" y2="388"/>
                <rect class="host" x="420" y="34" width="140" height="28" rx="5"/>
                <text class="host" x="490" y="53" text-anchor="middle">cache</text>
                <text class="rule" x="118" y="84">cache plays scripts at port 6379</text>
                <line class="rule" x1="110" y1="90" x2="584" y2="90"/>
                <text class="time" x="12" y="112">0 s</text>
                <text class="connection" x="122" y="112">connect</text>
                <line class="arrow connection" x1="110" y1="118" x2="481" y2="118"/>
                <path class="connection" d="M490 118l-9 -4v8z"/>
                <text class="data" x="122" y="140">6 bytes &quot;PING\\r\\n&quot;</text>
                <line class="arrow data" x1="110" y1="146" x2="481" y2="146"/>
                <path class="data" d="M490 146l-9 -4v8z"/>
                <circle class="note" cx="490" cy="164" r="3.5"/>
                <text class="note" x="480" y="168" text-anchor="end">does step 1: expect a line</text>
                <circle class="note" cx="490" cy="184" r="3.5"/>
                <text class="note" x="480" y="188" text-anchor="end">does step 2: pause for 1.5 seconds</text>
                <text class="rule" x="118" y="208">1.5 s later</text>
                <line class="rule" x1="110" y1="214" x2="584" y2="214"/>
                <text class="time" x="12" y="236">1.5 s</text>
                <text class="data" x="122" y="236">11 bytes &quot;&lt;b&gt; &amp; \\&quot;c\\&quot;\\r\\n&quot;</text>
                <line class="arrow data" x1="490" y1="242" x2="119" y2="242"/>
                <path class="data" d="M110 242l9 -4v8z"/>
                <text class="failure" x="122" y="264">cut</text>
                <line class="arrow failure" x1="490" y1="270" x2="119" y2="270"/>
                <path class="failure" d="M110 270l9 -4v8z"/>
                <circle class="note" cx="110" cy="288" r="3.5"/>
                <text class="note" x="120" y="292">receives 5 bytes &quot;&lt;b&gt; &amp;&quot;</text>
                <circle class="note" cx="110" cy="308" r="3.5"/>
                <text class="note" x="120" y="312">receives 6 bytes &quot; \\&quot;c\\&quot;\\r\\n&quot;</text>
                <circle class="failure" cx="110" cy="328" r="3.5"/>
                <text class="failure" x="120" y="332">gets the error connectionReset</text>
                <text class="end" x="122" y="352">close</text>
                <line class="arrow end" x1="110" y1="358" x2="481" y2="358"/>
                <path class="end" d="M490 358l-9 -4v8z"/>
                </svg>

                """
        )
        #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\""))
        #expect(svg.contains("@media (prefers-color-scheme: dark)"))
    }

    @Test("No name of a machine is taken for markup, nor breaks the file")
    func escaping() throws {
        let svg = try conversation(client: "a<&>\"\u{1}\n", server: String(repeating: "long", count: 20)).svg
        #expect(svg.contains(">a&lt;&amp;&gt;&quot;\u{FFFD} </text>"))
        #expect(svg.contains(">longlonglonglongl…</text>"))
        #expect(svg.unicodeScalars.allSatisfy { $0 >= " " || $0 == "\n" })
    }

    @Test("No line is wider than asked for, whoever takes part", arguments: [40, 63, 100, 200])
    func bounded(_ width: Int) throws {
        let network = LoopbackNetwork()
        for number in 0..<9 {
            let server = "server \(number) " + String(repeating: "x", count: number * 5)
            _ = try network.serve(on: server, port: 1) { $0.send(pattern(50)) }
            let client = try network.backend(on: "client \(number)").connect(host: server, port: 1)
            _ = try client.receiveExactly(50)
            client.close()
        }
        let lines = network.log.diagram(width: width).split(separator: "\n")
        #expect(lines.count > 50)
        #expect(lines.allSatisfy { $0.count <= width })
        #expect(lines.contains { $0.contains("others") } || width == 40)
        #expect(!network.log.svg.isEmpty)
    }

    @Test("An empty log, a log of one stream of many, and two ends on one machine")
    func special() throws {
        #expect(LoopbackNetwork().log.diagram() == "seed 0\n")
        #expect(LoopbackNetwork().log.svg.hasSuffix("</svg>\n"))
        let network = LoopbackNetwork()
        let listener = try network.backend().listen(port: 1)
        for _ in 0..<2 {
            let client = try network.backend().connect(host: "localhost", port: 1)
            try client.sendAll("x")
            try listener.accept().close()
        }
        #expect(network.log.diagram().contains("#2 1 byte \"x\""))
        let diagram = network.log.only(2).diagram(width: 60)
        #expect(diagram.contains("├─ 1 byte \"x\" ─"))
        #expect(diagram.contains("localhost/client"))
        #expect(diagram.contains("localhost/server"))
    }
}
