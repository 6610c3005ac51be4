import TestSupport
import Testing
import TransportCore

@Suite("Where objects were made")
struct OriginTests {
    private let address = IP.SocketAddress.v4(.loopback(port: 7))
    private let here = "TransportCoreTests/OriginTests.swift"

    @Test("CLO-19: a connection made of a transport knows its place")
    func connection() {
        let connection = Connection(ScriptedTransport())
        #expect(connection.origin.description == "\(here):\(#line - 1)")
    }

    @Test("CLO-19: connections made by a backend know the place of the call")
    func backend() throws {
        let backend = ScriptedBackend()
        let first = try backend.connect(to: address)
        #expect(first.origin.description == "\(here):\(#line - 1)")
        let second = try backend.connect(host: "127.0.0.1", port: 7)
        #expect(second.origin.description == "\(here):\(#line - 1)")
    }

    @Test("CLO-19: listeners and datagram sockets know their place")
    func others() throws {
        let observer = RecordingObserver()
        let listener = Listener(ScriptedListener(), observer: observer)
        let line = #line - 1
        _ = caught { try listener.accept(timeout: .zero) }
        #expect(observer.seen.first?.origin.description == "\(here):\(line)")
        listener.close()
    }

    @Test("CLO-19: a place can be handed on, and says file and line")
    func explicit() {
        let site = SourceSite(fileID: "Client/Redis.swift", line: 12)
        #expect(site.description == "Client/Redis.swift:12")
        #expect(
            Connection(ScriptedTransport(), fileID: site.fileID, line: site.line).origin.description
                == "Client/Redis.swift:12")
        #expect(SourceSite().description == "\(here):\(#line)")
    }

    @Test("CLO-19: an erased connection keeps the place of the first")
    func erased() {
        let site = SourceSite(fileID: "Client/Redis.swift", line: 12)
        let erased = Connection(ScriptedTransport(), fileID: site.fileID, line: site.line).erased()
        #expect(erased.origin.description == "Client/Redis.swift:12")
    }
}
