import TestSupport
import Testing
import TransportCore
import TransportServers

@Suite("Errors of accepting")
struct AcceptErrorTests {
    private func error(_ kind: TransportError.Kind) -> ScriptedListener.Action {
        .fail(TransportError(kind, operation: .accept))
    }

    private func stream(_ clock: VirtualClock) -> ScriptedListener.Action {
        .accept(ScriptedTransport(clock: clock))
    }

    /// Serves what a script says, until it is at its end; gives what was thrown, and when the last accept was.
    private func serve(
        _ script: (VirtualClock) -> [ScriptedListener.Action], _ reports: Reports
    ) async -> (handled: Int, error: TransportError?, elapsed: Duration) {
        let clock = VirtualClock()
        let handled = Locked(0)
        let transport = ScriptedListener(script(clock), clock: clock)
        let listener = Listener(transport)
        let server = Server(report: reports.add)
        let handler: @Sendable (Connection<ScriptedTransport>) async throws -> Void = { _ in
            handled.withLock { $0 += 1 }
        }
        async let served = caught { try await server.serve(listener, handler: handler) }
        if await transport.untilBlocked() { await server.stop(within: .zero) }
        let error = await served
        return (handled.withLock { $0 }, error, clock.elapsed)
    }

    @Test("Those of one connection are passed over at once")
    func quiet() async {
        let reports = Reports()
        let result = await serve(
            { clock in
                [
                    error(.connectionAborted), stream(clock), error(.permissionDenied), error(.connectionReset),
                    stream(clock),
                ]
            }, reports)
        #expect(result.handled == 2)
        #expect(result.error == nil)
        #expect(result.elapsed == .zero)
        #expect(reports.kinds == [.acceptFailed, .acceptFailed, .acceptFailed])
    }

    @Test("What a layer refuses to be put over is one connection, whatever the layer calls it")
    func refusedByLayer() async {
        let reports = Reports()
        let result = await serve(
            { clock in
                [error(.deniedByPolicy), error(TransportError.Kind(rawValue: "notInTheMood")), stream(clock)]
            }, reports)
        #expect(result.handled == 1)
        #expect(result.error == nil)
        #expect(reports.kinds == [.acceptFailed, .acceptFailed])
    }

    @Test(
        "Those of resources are paused after, longer each time, up to a second, and from the beginning after a success")
    func pauses() async {
        let reports = Reports()
        let result = await serve(
            { clock in
                (0..<9).map { _ in error(.tooManyOpenFiles) } + [stream(clock), error(.outOfResources), stream(clock)]
            }, reports)
        #expect(result.handled == 2)
        // 5 + 10 + 20 + 40 + 80 + 160 + 320 + 640 + 1000, and 5 again.
        #expect(result.elapsed == .milliseconds(2280))
        #expect(reports.kinds == Array(repeating: .acceptPaused, count: 10))
    }

    @Test("Connections that are all broken do not keep the server busy for ever")
    func endless() async {
        let result = await serve({ _ in (0..<250).map { _ in error(.connectionAborted) } }, Reports())
        #expect(result.elapsed == .milliseconds(15), "a pause after each hundred")
    }

    @Test("Those of the listener end it, and are thrown")
    func fatal() async {
        let clock = VirtualClock()
        let reports = Reports()
        let transport = ScriptedListener([error(.invalidState), stream(clock)], clock: clock)
        let listener = Listener(transport)
        let handler: @Sendable (Connection<ScriptedTransport>) async throws -> Void = { _ in }
        let thrown = await caught { try await Server(report: reports.add).serve(listener, handler: handler) }
        #expect(thrown?.kind == .invalidState)
        #expect(reports.kinds == [.listenerFailed])
        #expect(listener.isClosed)
    }

    @Test("Without descriptors to wait with there is a pause nevertheless")
    func noReactor() async {
        let reports = Reports()
        let transport = CrowdedListener()
        let server = Server(report: reports.add)
        let handler: @Sendable (Connection<ScriptedTransport>) async throws -> Void = { _ in }
        async let served = caught { try await server.serve(Listener(transport), handler: handler) }
        if await transport.base.untilBlocked() { await server.stop(within: .zero) }
        #expect(await served == nil)
        // 5 + 10 + 20 + 40 + 80.
        #expect(reports.kinds == Array(repeating: .acceptPaused, count: 5))
        #expect(transport.base.clock.elapsed == .milliseconds(155))
    }
}

/// A listener at which no task can wait at first, for want of descriptors; a thread can.
private final class CrowdedListener: TransportListener {
    let base = ScriptedListener()
    private let refusals = Locked(0)

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        // Somebody who does not pause comes to an end, too.
        if base.clock.elapsed < .milliseconds(100),
            refusals.withLock({
                $0 += 1; return $0
            }) < 1000
        {
            throw TransportError(.tooManyOpenFiles, operation: .wait)
        }
        return try await base.ready(for: need, until: deadline)
    }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try base.wait(for: need, until: deadline)
    }
    func tryAccept() throws(TransportError) -> AcceptStep<ScriptedTransport> { try base.tryAccept() }
    func stopAccepting() throws(TransportError) { try base.stopAccepting() }
    func close() { base.close() }
    var localAddress: IP.SocketAddress { base.localAddress }
    var facts: TransportFacts { base.facts }
    var now: Instant { base.now }
}
