import TestSupport
import Testing
import TransportCore

@Suite("One operation per direction")
struct BusyTests {
    @Test("CON-03 CON-06: a second receive is busy, the first is not disturbed, and then the way is free")
    func receives() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let first = BackgroundCall { try connection.receive(atMost: 9) }
        #expect(transport.untilBlocked())
        var arrays: [[UInt8]] = [[0]]
        for error in [
            caught { try connection.receive(atMost: 1) }, caught { try connection.receiveExactly(1) },
            caught { try connection.receive(atMost: 1, timeout: .zero) },
            caught { try connection.receive(scatteringInto: &arrays) },
        ] {
            #expect(error?.kind == .busy)
            #expect(error?.operation == .receive)
            #expect(error?.aftermath == .usable)
        }
        transport.feed(.text("hello"))
        #expect(try first.value() == Array("hello".utf8))
        transport.feed(.text("again"))
        #expect(try connection.receive(atMost: 9) == Array("again".utf8))
    }

    @Test("CON-04 CON-06: a second send is busy, the first is not disturbed, and then the way is free")
    func sends() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(1), .clog]))
        let connection = Connection(transport)
        let first = BackgroundCall { try connection.sendAll("hello") }
        #expect(transport.untilBlocked())
        for error in [
            caught { try connection.send([1]) }, caught { try connection.sendAll([1]) },
            caught { try connection.send(gathering: [[1]]) }, caught { try connection.sendAll(gathering: [[1]]) },
            caught { try connection.sendAll("", timeout: .zero) },
        ] {
            #expect(error?.kind == .busy)
            #expect(error?.retrySafety == .nothingSent)
        }
        transport.unclog()
        try first.value()
        try connection.sendAll("!")
        #expect(transport.sentText == "hello!")
    }

    @Test("CON-01: a receive that waits does not delay a send, nor the other way round")
    func duplex() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let receive = BackgroundCall { try connection.receive(atMost: 9) }
        #expect(transport.untilBlocked())
        try connection.sendAll("ping")
        #expect(transport.sentText == "ping")
        transport.feed(.text("pong"))
        #expect(try receive.value() == Array("pong".utf8))

        transport.rewrite { $0.sending = [.clog] }
        let send = BackgroundCall { try connection.sendAll("more") }
        #expect(transport.untilBlocked())
        transport.feed(.text("data"))
        #expect(try connection.receive(atMost: 9) == Array("data".utf8))
        transport.unclog()
        try send.value()
    }

    @Test("CON-06: busy clears after a timeout, an error and an end too")
    func clears() throws {
        let failure = TransportError(.outOfResources, operation: .receive)
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.fail(failure), .text("ab"), .end])))
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .outOfResources)
        #expect(caught { try connection.receiveExactly(9) }?.kind == .unexpectedEnd)
        #expect(try connection.receive(atMost: 1) == nil)
        let silent = Connection(ScriptedTransport(), mode: .nonblocking)
        for _ in 0..<2 { #expect(caught { try silent.receiveExactly(9) }?.kind == .wouldBlock) }
        for _ in 0..<2 { #expect(caught { try silent.receive(atMost: 9, timeout: .seconds(1)) }?.kind == .timedOut) }
    }

    @Test("EOF-09: ending the sending direction is busy during a send, and possible after it")
    func shutdownWrite() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport)
        let send = BackgroundCall { try connection.sendAll("hello") }
        #expect(transport.untilBlocked())
        #expect(caught { try connection.shutdownWrite() }?.kind == .busy)
        #expect(transport.count(of: .tryShutdownWrite) == 0)
        transport.unclog()
        try send.value()
        try connection.shutdownWrite()
        #expect(transport.count(of: .tryShutdownWrite) == 1)
    }

    @Test("CON-04: a send is busy while the sending direction is being ended")
    func sendDuringShutdown() throws {
        let transport = ScriptedTransport(TransportScript(shuttingDown: [.stuck]))
        let connection = Connection(transport)
        let shutdown = BackgroundCall { try connection.shutdownWrite() }
        #expect(transport.untilBlocked())
        #expect(caught { try connection.send([1]) }?.kind == .busy)
        transport.rewrite { $0.shuttingDown = [] }
        connection.close()
        #expect(shutdown.outcome() != nil)
    }

    @Test("CON-04: the message of busy does not name an operation that is not in progress")
    func message() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport)
        let send = BackgroundCall { try connection.sendAll("hello") }
        #expect(transport.untilBlocked())
        let error = caught { try connection.shutdownWrite() }
        #expect(error?.message.contains("another shutdownWrite") == false)
        #expect(caught { try connection.establish() }?.message.contains("another connect") == false)
        transport.unclog()
        try send.value()
    }

    @Test("CON-05: calls from many threads never mix bytes and leave a clean state")
    func stress() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport, mode: .nonblocking)
        let callers = (0..<8).map { number in
            BackgroundCall {
                var sent = 0
                for _ in 0..<100 {
                    do {
                        try connection.sendAll([UInt8](repeating: UInt8(number), count: 7))
                        sent += 1
                    } catch TransportError.Kind.busy {}
                    connection.mode = .nonblocking
                    _ = caught { try connection.receive(atMost: 1) }
                    _ = try connection.remoteAddress
                }
                return sent
            }
        }
        let total = try callers.reduce(0) { try $0 + $1.value() }
        let sent = transport.sent
        #expect(sent.count == total * 7)
        for start in stride(from: 0, to: sent.count, by: 7) {
            #expect(Set(sent[start..<start + 7]).count == 1)
        }
        try connection.sendAll("end")
    }
}
