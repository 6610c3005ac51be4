internal import TransportCore

/// A test in a network has failed: why, and what had happened.
public struct NetworkFailure: Error, CustomStringConvertible {
    /// What was thrown: the error of the test's body, or a ``HygieneFailure``.
    public let underlying: any Error
    /// What had happened in the network; its first line says the seed and how to run it again.
    public let log: NetworkLog

    /// The error, and the latest 100 events.
    public var description: String { "\(underlying)\n\n\(log.text(latest: 100))" }
}

extension LoopbackNetwork {
    /// Runs a test in a network of its own: a failure carries the network's log and seed, and what the test leaves open,
    /// unread or undone is a failure.
    ///
    /// ```swift
    /// @Test func greeting() throws {
    ///     try LoopbackNetwork.test { network in
    ///         …
    ///     }
    /// }
    /// ```
    ///
    /// Expectations of a test framework do not throw: use those that do (`try #require`) where the log is wanted.
    ///
    /// - Parameters:
    ///   - profile: How the network's streams behave. The default, nil, is as each family usually does.
    ///   - clock: What makes its time go on. The default is virtual time.
    ///   - seed: What its random numbers follow from. The default, nil, is as for a network.
    ///   - allowed: What may be left behind. The default is ``Swift/Set/notes``; with `[]` nothing may.
    ///   - fileID: Where the test is, for reports. The default is the place of the call.
    ///   - line: The line there.
    ///   - body: The test.
    /// - Returns: What the body returns.
    /// - Throws: ``NetworkFailure`` when the body throws or does not leave the network clean.
    public static func test<Result>(
        profile: NetworkProfile? = nil, clock: NetworkClock = .virtual, seed: UInt64? = nil,
        allowing allowed: Set<HygieneFinding.Kind> = .notes, fileID: StaticString = #fileID, line: UInt = #line,
        _ body: (LoopbackNetwork) throws -> Result
    ) throws -> Result {
        let network = LoopbackNetwork(profile: profile, clock: clock, seed: seed, fileID: fileID, line: line)
        defer { network.shutDown() }
        do {
            let result = try body(network)
            // Threads that can still do something, such as closing, do it before they are judged.
            network.engine.locked { network.engine.letOthersGoOn() }
            // The result may own what is still open, and must not close it before the log is read.
            return try withExtendedLifetime(result) { try network.checked(result, allowing: allowed) }
        } catch {
            throw network.failure(error)
        }
    }

    /// Runs a test in tasks, as ``run(_:)`` does, in a network of its own. Otherwise like the form that blocks.
    public static func test<Result: Sendable>(
        profile: NetworkProfile? = nil, clock: NetworkClock = .virtual, seed: UInt64? = nil,
        allowing allowed: Set<HygieneFinding.Kind> = .notes, fileID: StaticString = #fileID, line: UInt = #line,
        _ body: @concurrent @Sendable (LoopbackNetwork) async throws -> Result
    ) async throws -> Result {
        let network = LoopbackNetwork(profile: profile, clock: clock, seed: seed, fileID: fileID, line: line)
        defer { network.shutDown() }
        do {
            let result = try await network.run { try await body(network) }
            if network.engine.takesTurns { await network.engine.othersGoOn() }
            return try withExtendedLifetime(result) { try network.checked(result, allowing: allowed) }
        } catch {
            throw network.failure(error)
        }
    }

    private func checked<Result>(
        _ result: Result, allowing allowed: Set<HygieneFinding.Kind>
    ) throws(NetworkFailure) -> Result {
        do throws(HygieneFailure) {
            try checkHygiene(allowing: allowed)
            return result
        } catch {
            throw NetworkFailure(underlying: error, log: log)
        }
    }

    private func failure(_ error: any Error) -> NetworkFailure {
        error as? NetworkFailure ?? NetworkFailure(underlying: error, log: log)
    }
}
