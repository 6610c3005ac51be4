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
/// The code under test takes a backend of the network in place of `SocketBackend` and cannot tell
/// the difference, except that a timeout of 30 seconds takes microseconds and ends at exactly 30 seconds.
///
/// Time stands still while the test or a thread of ``spawn(_:)`` works, and jumps to the next timer when all of them are
/// blocked in the network. When there is no timer, they would be blocked for ever: each gets the error
/// ``TransportCore/TransportError/Kind/deadlock``, which says who waits for what.
///
/// Threads and tasks that the network does not know are taken for the test, and have its turn together: one of them may wait
/// at a time, and none while tasks run in ``run(_:)``. Other waits fail with
/// ``/TransportCore/TransportError/Kind/invalidState``. When a network stands still for 60 seconds of the machine's time,
/// because somebody who has the turn waits elsewhere, it says so on standard error, and who waits for what.
///
/// A network is there as long as somebody has it, or a backend, a connection, a listener or a server of it. When the last of
/// these goes, or earlier with ``shutDown()``, whoever is blocked in it goes on with
/// ``/TransportCore/TransportError/Kind/closed``: no thread of a test stays behind.
public final class LoopbackNetwork: Sendable {
    let engine: NetworkEngine
    private let hosts = Locked<[LoopbackHost]>([])
    private let profile: NetworkProfile?
    private let datagramProfile: DatagramProfile?
    /// What its random numbers follow from.
    public let seed: UInt64
    private let random: Locked<SeededGenerator>
    /// Who is told about the operations on one machine, unless a program says otherwise.
    let observer: (host: String, any OperationObserver)?

    /// Makes an empty network.
    ///
    /// - Parameters:
    ///   - profile: How its streams behave. The default, nil, is as each family usually does.
    ///   - datagrams: How its datagrams travel. The default, nil, is as each family usually does.
    ///   - clock: What makes its time go on. The default is virtual time.
    ///   - seed: What its random numbers follow from. The default, nil, is the number in the environment variable
    ///     `SWIFT_TRANSPORT_SEED`, and 0 without one: every run of a test is the same.
    ///   - fileID: Where the network is made, for reports. The default is the place of the call.
    ///   - line: The line there.
    public convenience init(
        profile: NetworkProfile? = nil, datagrams: DatagramProfile? = nil, clock: NetworkClock = .virtual,
        seed: UInt64? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) {
        self.init(
            profile: profile, datagrams: datagrams, clock: clock, seed: seed ?? Environment.seed ?? 0, observer: nil,
            origin: SourceSite(fileID: fileID, line: line)
        )
    }

    init(
        profile: NetworkProfile?, datagrams: DatagramProfile? = nil, clock: NetworkClock = .virtual, seed: UInt64,
        observer: (host: String, any OperationObserver)?, origin: SourceSite? = nil
    ) {
        self.observer = observer
        self.profile = profile
        self.datagramProfile = datagrams
        self.seed = seed
        self.random = Locked(SeededGenerator(seed: seed))
        engine = NetworkEngine(clock: clock, seed: seed, origin: origin)
    }

    deinit { engine.abandon() }

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

    func datagramProfile(for family: (some LoopbackFamily).Type) -> DatagramProfile {
        datagramProfile ?? family.usualDatagramProfile
    }

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

    /// Removes the file that a Unix socket has left behind, so that its path can be bound again. The corresponding C
    /// function is `unlink`.
    ///
    /// Does nothing when there is none. Whoever is bound there goes on, but is no longer reached.
    ///
    /// - Parameters:
    ///   - address: The address whose path is the file's.
    ///   - host: The name of the machine. The default is "localhost".
    public func removeFile(at address: Unix.SocketAddress, on host: String = "localhost") {
        let host = self.host(host)
        engine.locked { host.removeFile(at: address, in: Unix.self) }
    }

    /// The next random number of the network.
    func randomNumber() -> UInt64 { random.withLock { $0.next() } }

    // MARK: Ending

    /// Ends every wait in the network, those that are begun later too, with
    /// ``/TransportCore/TransportError/Kind/closed``, and lets the threads and tasks of the network come to an end.
    ///
    /// For a test whose threads wait for what will not come, and are not waited for. Steps that need not wait, such as
    /// closing, still work. May be repeated, and called from any thread. Returns when everyone who has woken has ended or
    /// does something else than using the network, if whoever calls has the turn.
    ///
    /// `LoopbackNetwork.test` does it by itself.
    public func shutDown() {
        engine.end()
        // What is bound may keep the network, such as a server whose closure uses it. It goes without the lock.
        for host in allHosts { _ = engine.locked { host.unbindAll() } }
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
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when the network does not know the thread, and it is not
    ///   the test's turn: another one that it does not know waits, or tasks run. Every wait in the network does.
    public func sleep(for duration: Duration) throws(TransportError) {
        _ = try engine.wait(of: nil, until: .at(now.advanced(by: duration)))
    }

    /// Suspends this task for some time of the network.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/cancelled`` when the task is cancelled, at once; otherwise like the form
    ///   that blocks.
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
    /// `Task(executorPreference: network.executor)`, or runs its part in this function too. What a task does elsewhere (on
    /// the main actor, on an actor with an executor of its own, in `Task.sleep`) the network does not see: time may jump
    /// meanwhile. To wait in the network there fails with ``/TransportCore/TransportError/Kind/invalidState``, as it does for
    /// every thread and task that the network does not know: nobody could tell when it is done.
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
    ///
    /// Wait for such a task within ``run(_:)``: what the test awaits elsewhere the network does not see, and the test keeps
    /// its turn, for which the task waits.
    public var executor: any TaskExecutor { engine }

    /// Starts a thread that takes part in the network's time.
    ///
    /// The network must know the threads that use it: time goes on when all of them are blocked. They begin when the test
    /// waits in the network, such as in `join()`, not while it waits for a semaphore.
    ///
    /// - Returns: The thread, which can be waited for.
    /// - Throws: ``/TransportCore/TransportError/Kind/outOfResources`` when the system could not start it.
    @discardableResult
    public func spawn<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) throws(TransportError) -> LoopbackThread<Result> {
        // The thread does not keep the network, unless the body does.
        let end = ThreadEnd<Result>()
        guard engine.spawn({ [engine] in end.come(with: Swift.Result(catching: body), engine) }) else {
            throw TransportError(.outOfResources, operation: .open).with(message: "the system could not start a thread")
        }
        return LoopbackThread(network: self, end: end)
    }
}

extension TransportError.Kind {
    /// Everyone in an in-memory network is blocked and nothing will ever happen.
    public static let deadlock = Self(rawValue: "deadlock")
}
