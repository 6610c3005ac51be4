import TestSupport
import Testing
import TransportCore

@Suite("Establishing")
struct EstablishTests {
    private let server = IP.SocketAddress.v4(.loopback(port: 7))
    private let refused = TransportError(.connectionRefused, operation: .connect)

    private func backend(_ establishing: [ProgressAction], mode: IOMode = .blocking) -> ScriptedBackend {
        ScriptedBackend(
            scripts: [server: TransportScript(establishing: establishing)],
            defaults: BackendDefaults(mode: mode)
        )
    }

    @Test("N04 M27: a nonblocking connect returns at once, and is gone on with until it is done")
    func nonblocking() throws {
        let need = Need(.writable, systemCode: 115)
        let backend = backend([.wouldBlock(need), .wouldBlock(need), .done], mode: .nonblocking)
        let connection = try backend.connect(to: server)
        #expect(connection.mode == .nonblocking)
        for _ in 0..<2 {
            let error = caught { try connection.establish() }
            #expect(error?.kind == .wouldBlock)
            #expect(error?.operation == .connect)
            #expect(error?.errno == 115)
        }
        try connection.establish()
        try connection.establish()
        #expect(!backend.opened[0].trace.contains { $0.isWait })
    }

    @Test("N09 DLN-13: establishing with a timeout ends exactly at it, and can be gone on with")
    func timeout() throws {
        let backend = backend([.pending(until: .seconds(5))], mode: .nonblocking)
        let connection = try backend.connect(to: server)
        #expect(caught { try connection.establish(timeout: .seconds(3)) }?.kind == .timedOut)
        #expect(backend.clock.elapsed == .seconds(3))
        try connection.establish(timeout: .seconds(3))
        #expect(backend.clock.elapsed == .seconds(5))
    }

    @Test("N09: a blocking connect waits until it is established")
    func blocking() throws {
        let backend = backend([.pending(until: .seconds(75)), .done])
        let connection = try backend.connect(to: server)
        #expect(backend.clock.elapsed == .seconds(75))
        #expect(try connection.remoteAddress == server)
    }

    @Test("N09 DLN-13: a timed connect fails exactly at its end, with the address, and leaves nothing open")
    func timedConnect() throws {
        let backend = backend([.stuck], mode: try .timeout(.seconds(3)))
        let error = caught { try backend.connect(to: server) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .connect)
        #expect(error?.address == "127.0.0.1:7")
        #expect(backend.clock.elapsed == .seconds(3))
        #expect(backend.opened[0].isClosed)
    }

    @Test("A14: a connect that fails leaves nothing open, now or later", arguments: [true, false])
    func failed(later: Bool) throws {
        let backend = backend((later ? [.pending(until: .seconds(1))] : []) + [.fail(refused)])
        #expect(caught { try backend.connect(to: server) }?.kind == .connectionRefused)
        #expect(backend.opened[0].isClosed)
        #expect(backend.opened[0].count(of: .close) == 1)
    }

    @Test("A14: the failure of a connect has the address, whatever the transport says")
    func address() throws {
        let error = caught { try backend([.fail(refused)]).connect(to: server) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.address == "127.0.0.1:7")
    }

    @Test("A14 N04: the failure of establishing is thrown each time")
    func latched() throws {
        let backend = backend([.fail(refused), .done], mode: .nonblocking)
        let connection = try backend.connect(to: server)
        #expect(caught { try connection.establish() }?.kind == .connectionRefused)
        for _ in 0..<2 { #expect(caught { try connection.establish() }?.kind == .connectionRefused) }
    }

    @Test("A14: after a connect that was refused neither direction works")
    func aftermath() throws {
        let backend = backend([.fail(refused)], mode: .nonblocking)
        let connection = try backend.connect(to: server)
        let error = caught { try connection.establish() }
        #expect(error?.aftermath == .dead)
        #expect(caught { try connection.send([1]) }?.kind == .connectionRefused)
    }

    @Test("CLO-03: closing wakes an establish that waits")
    func closing() throws {
        let backend = backend([.stuck], mode: .nonblocking)
        let connection = try backend.connect(to: server)
        let establish = BackgroundCall { caught { try connection.establish(deadline: .never) } }
        #expect(backend.opened[0].untilBlocked())
        #expect(caught { try connection.establish() }?.kind == .busy)
        connection.close()
        #expect(try establish.value()?.kind == .closed)
    }

    @Test("DLN-01: a connect with a deadline that has passed does not begin")
    func passed() {
        let backend = backend([])
        #expect(caught { try backend.connect(to: server, deadline: .passed) }?.kind == .timedOut)
        #expect(caught { try backend.connect(host: "name", port: 1, deadline: .passed) }?.kind == .timedOut)
        #expect(backend.attempts.isEmpty)
        #expect(backend.resolver.queries.isEmpty)
    }

    @Test("A14: the options of the call reach the backend")
    func options() throws {
        let backend = backend([])
        let local = IP.SocketAddress.v4(.any(port: 99))
        let options = StreamOptions<IP>(localAddress: local, noDelay: false, settings: [.set(.keepAlive, true)])
        _ = try backend.connect(to: server, options: options)
        #expect(backend.options[0].localAddress == local)
        #expect(!backend.options[0].noDelay)
        #expect(backend.options[0].settings == [.set(.keepAlive, true)])
        _ = try backend.connect(host: "127.0.0.1", port: 7)
        #expect(backend.options[1].noDelay)
    }
}
