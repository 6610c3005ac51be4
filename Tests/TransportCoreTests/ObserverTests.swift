import TestSupport
import Testing
import TransportCore

@Suite("Observers")
struct ObserverTests {
    private func observed(
        _ script: TransportScript = TransportScript(),
        mode: IOMode = .blocking
    ) -> (Connection<ScriptedTransport>, RecordingObserver) {
        let observer = RecordingObserver()
        return (Connection(ScriptedTransport(script), mode: mode, observer: observer), observer)
    }

    @Test("A14: every receive is seen with what it came to")
    func receiving() throws {
        let (connection, observer) = observed(TransportScript(receiving: [.text("abc"), .text("de"), .end]))
        var arrays: [[UInt8]] = [[0]]
        _ = try connection.receive(atMost: 3)
        _ = try connection.receive(atMost: 0)
        _ = try connection.receive(scatteringInto: &arrays)
        _ = caught { try connection.receiveExactly(2) }
        _ = try connection.receive(atMost: 3)
        #expect(
            observer.log.filter { $0.hasPrefix("end") } == [
                "end receive done 3", "end receive done 0", "end receive done 1", "end receive unexpectedEnd 1",
                "end receive end of stream",
            ]
        )
        #expect(observer.log.count { $0 == "begin receive" } == 5)
    }

    @Test("M23: every send is seen with how far it got")
    func sending() throws {
        let (connection, observer) = observed(TransportScript(sending: [.accept(2), .accept(9), .accept(1), .clog]))
        _ = try connection.send("abc".utf8)
        try connection.sendAll("abc")
        _ = caught { try connection.sendAll("abc", timeout: .seconds(1)) }
        _ = caught { try connection.send(gathering: [[1]], timeout: .zero) }
        #expect(
            observer.log == [
                "begin send", "end send done 2", "begin send", "end send done 3", "begin send",
                "end send timedOut 1", "begin send", "end send wouldBlock 0",
            ]
        )
        connection.close()
    }

    @Test("A14: establishing and shutting down are seen")
    func others() throws {
        let (connection, observer) = observed()
        try connection.establish()
        try connection.shutdownWrite()
        #expect(
            observer.log.prefix(4) == [
                "begin connect", "end connect done 0", "begin shutdownWrite", "end shutdownWrite done 0",
            ]
        )
        connection.close()
    }

    @Test("A14: a wait is seen")
    func waiting() throws {
        let (connection, observer) = observed()
        _ = try connection.wait(for: .writable)
        #expect(observer.log.prefix(2) == ["begin wait", "end wait done 0"])
        connection.close()
    }

    @Test("CLO-19: closing is seen", arguments: [0, 1, 2])
    func closing(form: Int) throws {
        let (connection, observer) = observed()
        switch form {
        case 0: connection.close()
        case 1: connection.abort()
        default: try connection.close(timeout: .seconds(1))
        }
        let name = form == 1 ? "abort" : "close"
        #expect(observer.log == ["begin \(name)", "end \(name) done 0"])
    }

    @Test("CON-03: what is refused before it begins is not seen, and every begin has its end")
    func refused() {
        let (connection, observer) = observed()
        _ = caught { try connection.receive(atMost: -1) }
        _ = caught { try connection.receive(atMost: 1, deadline: .passed) }
        _ = caught { try connection.send([1], timeout: .seconds(-1)) }
        #expect(observer.log.isEmpty)
        connection.close()
        _ = caught { try connection.receive(atMost: 1) }
        #expect(observer.log.count { $0.hasPrefix("begin") } == observer.log.count { $0.hasPrefix("end") })
    }

    @Test("CLO-19: an object that is dropped without closing is told, with the place where it was made")
    func dropped() throws {
        let observer = RecordingObserver()
        var line: UInt = 0
        do {
            line = #line + 1
            let connection = Connection(ScriptedTransport(), observer: observer)
            #expect(!connection.isClosed)
        }
        #expect(observer.log == ["dropped"])
        let subject = try #require(observer.seen.first)
        #expect(subject.description == "ScriptedTransport made at TransportCoreTests/ObserverTests.swift:\(line)")
        do { _ = Listener(ScriptedListener(), observer: observer) }
        do { _ = DatagramSocket(ScriptedDatagrams(), observer: observer) }
        #expect(observer.log == ["dropped", "dropped", "dropped"])
    }

    @Test("CLO-19: an object that was closed is not told as dropped")
    func closed() {
        let observer = RecordingObserver()
        do {
            let connection = Connection(ScriptedTransport(), observer: observer)
            connection.close()
            let other = Connection(ScriptedTransport(), observer: observer)
            other.abort()
        }
        #expect(!observer.log.contains("dropped"))
    }

    @Test("CON-03: the subject tells objects apart and stays the same for one object")
    func subjects() throws {
        let observer = RecordingObserver()
        let first = Connection(ScriptedTransport(), observer: observer)
        let second = Connection(ScriptedTransport(), observer: observer)
        try first.sendAll("a")
        try second.sendAll("b")
        try first.sendAll("c")
        let identifiers = observer.seen.map(\.identifier)
        #expect(identifiers[0] == ObjectIdentifier(first))
        #expect(identifiers == [0, 0, 2, 2, 0, 0].map { identifiers[$0] })
        #expect(identifiers[0] != identifiers[2])
        first.close()
        second.close()
    }

    @Test("F32: the observer of a backend is that of what it makes, accepted connections too")
    func ofBackend() throws {
        let observer = RecordingObserver()
        let backend = ScriptedBackend(defaults: BackendDefaults(observer: observer))
        let connection = try backend.connect(host: "127.0.0.1", port: 1)
        try connection.sendAll("x")
        #expect(observer.log.contains("end send done 1"))
        let listener = Listener(ScriptedListener([.accept(ScriptedTransport())]), observer: observer)
        let accepted = try listener.accept()
        #expect(observer.log.suffix(2) == ["begin accept", "end accept done 0"])
        try accepted.sendAll("xy")
        #expect(observer.log.contains("end send done 2"))
        connection.close()
        accepted.close()
        listener.close()
    }
}
