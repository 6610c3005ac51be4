public import TransportCore

/// A backend whose streams do what their scripts say, all on one virtual clock.
public final class ScriptedBackend: ResolvingBackend {
    /// Addresses are IP addresses.
    public typealias Family = IP

    private struct State {
        var scripts: [IP.SocketAddress: TransportScript]
        var refusals: [IP.SocketAddress: TransportError]
        var opened: [ScriptedTransport] = []
        var attempts: [IP.SocketAddress] = []
        var options: [StreamOptions<IP>] = []
        var listening: [ScriptedListener] = []
        var random: UInt64 = 0
    }

    /// The clock.
    public let clock: VirtualClock
    /// What knows the names.
    public let resolver: StubResolver
    /// The settings of what the backend makes.
    public let defaults: BackendDefaults
    private let state: Locked<State>

    /// Makes a backend.
    ///
    /// - Parameters:
    ///   - scripts: The scripts of the streams to addresses. Others take everything and never say anything.
    ///   - refusals: The addresses that fail when a stream is begun, or when they are listened on.
    ///   - names: What the resolver knows.
    ///   - resolving: How long the resolver takes.
    ///   - defaults: The settings of what the backend makes.
    ///   - clock: The clock.
    public init(
        scripts: [IP.SocketAddress: TransportScript] = [:],
        refusals: [IP.SocketAddress: TransportError] = [:],
        names: [String: StubResolver.Answer] = [:],
        resolving: Duration = .zero,
        defaults: BackendDefaults = BackendDefaults(),
        clock: VirtualClock = VirtualClock()
    ) {
        self.clock = clock
        self.defaults = defaults
        resolver = StubResolver(names, clock: clock, delay: resolving)
        state = Locked(State(scripts: scripts, refusals: refusals))
    }

    /// The time of the virtual clock.
    public var now: Instant { clock.now }

    /// Moves the virtual clock on.
    public func sleep(until instant: Instant) { clock.advance(to: instant) }

    /// Moves the virtual clock on.
    public func sleep(until instant: Instant) async throws(TransportError) {
        if Task.isCancelled { throw TransportError(.cancelled, operation: .wait) }
        clock.advance(to: instant)
    }

    /// Makes the scripted stream.
    public func beginOpen(
        to address: IP.SocketAddress,
        options: StreamOptions<IP>
    ) throws(TransportError) -> ScriptedTransport {
        try state.withLock { (state) throws(TransportError) in
            state.attempts.append(address)
            state.options.append(options)
            if let error = state.refusals[address] { throw error }
            let script = state.scripts[address] ?? TransportScript()
            let stream = ScriptedTransport(script, clock: clock, remoteAddress: address)
            state.opened.append(stream)
            return stream
        }
    }

    /// Makes a listener to which nobody comes.
    public func beginListening(
        on address: IP.SocketAddress,
        options: ListenerOptions
    ) throws(TransportError) -> ScriptedListener {
        try state.withLock { (state) throws(TransportError) in
            if let error = state.refusals[address] { throw error }
            let listener = ScriptedListener(clock: clock, localAddress: address)
            state.listening.append(listener)
            return listener
        }
    }

    /// The numbers from 1 on.
    public func randomNumber() -> UInt64 {
        state.withLock {
            $0.random += 1
            return $0.random
        }
    }

    /// The streams that were begun, in order.
    public var opened: [ScriptedTransport] { state.withLock { $0.opened } }

    /// The addresses of all attempts, in order.
    public var attempts: [IP.SocketAddress] { state.withLock { $0.attempts } }

    /// The options of all attempts, in order.
    public var options: [StreamOptions<IP>] { state.withLock { $0.options } }
}
