public import TransportCore

/// A network in memory: machines, names, streams and listeners, without a system call and, unless told otherwise, in
/// time of its own.
///
/// ```swift
/// let network = LoopbackNetwork()
/// let listener = try network.backend(on: "cache").listen(on: .v4(.any(port: 6379)))
/// let client = try RedisClient(host: "cache", via: network.backend())
/// ```
///
/// The code under test takes a backend of the network in place of ``/BSDSocketBackend/SocketBackend`` and cannot tell
/// the difference, except that a timeout of 30 seconds takes microseconds and ends at exactly 30 seconds.
///
/// Time stands still while the test or a thread of ``spawn(_:)`` works, and jumps to the next timer when all of them are
/// blocked in the network. When there is no timer, they would be blocked for ever: each gets the error
/// ``TransportCore/TransportError/Kind/deadlock``, which says who waits for what.
public final class LoopbackNetwork: Sendable {
    let engine: NetworkEngine
    private let hosts = Locked<[LoopbackHost]>([])
    private let profile: NetworkProfile?
    /// What its random numbers follow from.
    public let seed: UInt64
    private let random: Locked<SeededGenerator>
    /// Who is told about the operations on one machine, unless a program says otherwise.
    let observer: (host: String, any OperationObserver)?

    /// Makes an empty network.
    ///
    /// - Parameters:
    ///   - profile: How its streams behave. The default, nil, is as each family usually does.
    ///   - clock: What makes its time go on. The default is virtual time.
    ///   - seed: What its random numbers follow from. The default, nil, is the number in the environment variable
    ///     `SWIFT_TRANSPORT_SEED`, and 0 without one: every run of a test is the same.
    public convenience init(profile: NetworkProfile? = nil, clock: NetworkClock = .virtual, seed: UInt64? = nil) {
        self.init(profile: profile, clock: clock, seed: seed ?? Environment.seed ?? 0, observer: nil)
    }

    init(
        profile: NetworkProfile?, clock: NetworkClock = .virtual, seed: UInt64,
        observer: (host: String, any OperationObserver)?
    ) {
        self.observer = observer
        self.profile = profile
        self.seed = seed
        self.random = Locked(SeededGenerator(seed: seed))
        engine = NetworkEngine(clock: clock, seed: seed)
    }

    /// The machine with a name, which is made when there is none yet.
    public func host(_ name: String) -> LoopbackHost {
        hosts.withLock { hosts in
            if let host = hosts.first(where: { $0.name == name }) { return host }
            let host = LoopbackHost(name: name, number: hosts.count + 1)
            hosts.append(host)
            return host
        }
    }

    var allHosts: [LoopbackHost] { hosts.withLock { $0 } }

    func profile(for family: (some LoopbackFamily).Type) -> NetworkProfile { profile ?? family.usualProfile }

    /// A backend for programs on a machine: IPv4 and IPv6, with the names of the network.
    ///
    /// - Parameter host: The name of the machine. The default is "localhost".
    public func backend(on host: String = "localhost") -> LoopbackBackend<IP> {
        LoopbackBackend(network: self, host: self.host(host))
    }

    /// A backend for programs on a machine, of any family.
    ///
    /// - Parameters:
    ///   - family: The family.
    ///   - host: The name of the machine. The default is "localhost".
    public func backend<Family: LoopbackFamily>(
        for family: Family.Type, on host: String = "localhost"
    ) -> LoopbackBackend<Family> {
        LoopbackBackend(network: self, host: self.host(host))
    }

    /// The next random number of the network.
    func randomNumber() -> UInt64 { random.withLock { $0.next() } }

    // MARK: Scripted peers

    /// Has a scripted peer listen at a port of a machine.
    ///
    /// - Parameters:
    ///   - host: The name of the machine.
    ///   - port: The port, for IPv4 and IPv6.
    ///   - scripts: What the peer does on the first connection, on the second, and so on. Further ones are refused.
    /// - Returns: The peer; call ``ScriptedService/verify()`` when the client is done.
    /// - Throws: ``TransportCore/TransportError/Kind/addressInUse`` when something listens there.
    public func serve(
        on host: String, port: UInt16, _ scripts: (inout PeerScript) -> Void...
    ) throws(TransportError) -> ScriptedService {
        try play(
            scripts.map { write in
                var script = PeerScript()
                write(&script)
                return script
            }, on: host, port: port
        )
    }

    /// Has a peer that plays scripts listen at a port of a machine.
    func play(_ scripts: [PeerScript], on host: String, port: UInt16) throws(TransportError) -> ScriptedService {
        let host = self.host(host)
        let player = ScriptPlayer(scripts: scripts)
        let addresses: [IP.SocketAddress] = [.v4(.any(port: port)), .v6(.any(port: port))]
        try engine.locked { () throws(TransportError) in
            for address in addresses where host.listeners[AnyHashable(address)] != nil {
                throw TransportError(.addressInUse, operation: .bind).with(address: address)
            }
            for address in addresses { host.listeners[AnyHashable(address)] = player }
            engine.log.serving(player, on: host.name, port: port)
        }
        return ScriptedService(engine: engine, player: player)
    }

    // MARK: Time

    /// The network's time, which begins at 0.
    public var now: Instant { engine.now }

    /// Lets time pass in a network whose clock is ``NetworkClock/manual``.
    ///
    /// The threads of ``spawn(_:)`` go on as far as they can before, after each timer on the way, and in the end.
    public func advance(by duration: Duration) {
        // Saturates where plain arithmetic would trap.
        engine.advance(by: Instant(nanoseconds: 0).advanced(by: duration).nanoseconds)
    }

    /// Lets time pass in a network whose clock is ``NetworkClock/manual``. The form for tasks in ``run(_:)``.
    public func advance(by duration: Duration) async {
        await engine.advance(by: Instant(nanoseconds: 0).advanced(by: duration).nanoseconds)
    }

    /// Blocks this thread for some time of the network.
    ///
    /// - Throws: ``TransportCore/TransportError/Kind/invalidState`` when the network does not know the thread, and
    ///   another one that it does not know is blocked.
    public func sleep(for duration: Duration) throws(TransportError) {
        _ = try engine.wait(of: nil, until: .at(now.advanced(by: duration)))
    }

    /// Suspends this task for some time of the network.
    ///
    /// - Throws: ``TransportCore/TransportError/Kind/cancelled`` when the task is cancelled, at once.
    public func sleep(for duration: Duration) async throws(TransportError) {
        _ = try await engine.ready(of: nil, until: .at(now.advanced(by: duration)))
    }

    /// Runs a task, and the child tasks that it has, in the network's time.
    ///
    /// ```swift
    /// @Test func greeting() async throws {
    ///     let network = LoopbackNetwork()
    ///     try await network.run {
    ///         async let client = talk(network)
    ///         …
    ///     }
    /// }
    /// ```
    ///
    /// The tasks share one thread and take turns, with each other and with the threads of ``spawn(_:)``: the same program
    /// does the same things in the same order, every time. Time stands still while one of them works.
    ///
    /// A task that is no child (`Task { … }`) takes part when it is made with
    /// `Task(executorPreference: network.executor)`. What a task does elsewhere (on the main actor, on an actor with an
    /// executor of its own, in `Task.sleep`) the network does not see: time may jump meanwhile.
    ///
    /// - Returns: What the body returns.
    /// - Throws: What the body throws.
    public func run<Result: Sendable>(
        _ body: @concurrent @Sendable () async throws -> Result
    ) async rethrows -> Result {
        if engine.isKnownThread { return try await body() }
        engine.beginRun()
        do {
            let result = try await withTaskExecutorPreference(engine) {
                engine.runHasBegun()
                defer { engine.endRun() }
                return try await body()
            }
            await engine.regainTurn()
            return result
        } catch {
            await engine.regainTurn()
            throw error
        }
    }

    /// What runs the tasks of the network: give it to `Task(executorPreference:)` for a task that is no child of one in
    /// ``run(_:)``.
    public var executor: any TaskExecutor { engine }

    /// Starts a thread that takes part in the network's time.
    ///
    /// The network must know the threads that use it: time goes on when all of them are blocked.
    ///
    /// - Returns: The thread, which can be waited for.
    /// - Throws: ``TransportCore/TransportError/Kind/outOfResources`` when the system could not start it.
    @discardableResult
    public func spawn<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) throws(TransportError) -> LoopbackThread<Result> {
        let thread = LoopbackThread<Result>(engine: engine)
        guard engine.spawn({ thread.finish(Swift.Result(catching: body)) }) else {
            throw TransportError(.outOfResources, operation: .open).with(message: "the system could not start a thread")
        }
        return thread
    }
}

extension TransportError.Kind {
    /// Everyone in an in-memory network is blocked and nothing will ever happen.
    public static let deadlock = Self(rawValue: "deadlock")
}
