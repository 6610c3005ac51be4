public import TransportCore

/// A datagram endpoint that receives what it was told, and records what it sends.
public final class ScriptedDatagrams: DatagramTransport {
    /// Addresses are IP addresses.
    public typealias Family = IP

    /// What it has ready for receiving.
    public enum Action: Sendable {
        /// A datagram and its sender.
        case datagram([UInt8], from: IP.SocketAddress)
        /// One attempt fails.
        case fail(TransportError)
    }

    private struct State {
        var script: [Action]
        var sent: [[UInt8]] = []
        var isClogged = false
        var isClosed = false
        var isBlocked = false
        var closings = 0
    }

    /// The clock.
    public let clock: VirtualClock
    private let state: Watched<State>

    /// Makes an endpoint.
    public init(_ script: [Action] = [], isClogged: Bool = false, clock: VirtualClock = VirtualClock()) {
        self.clock = clock
        state = Watched(State(script: script, isClogged: isClogged))
    }

    /// What the owner has told, in words.
    public var ownerNotes: [String] { notes.withLock { $0 } }
    private let notes = Locked<[String]>([])

    /// Keeps the note.
    public func take(_ note: OwnerNote) { notes.withLock { $0.append("\(note)") } }

    /// The datagrams that were sent.
    public var sent: [[UInt8]] { state.withLock { $0.sent } }

    /// How often it was closed.
    public var closings: Int { state.withLock { $0.closings } }

    /// The time of the virtual clock.
    public var now: Instant { clock.now }

    /// What the script says.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> DatagramStep<IP.SocketAddress> {
        let next = try state.withLock { (state) throws(TransportError) -> Action? in
            guard !state.isClosed else { throw .closed(.receive) }
            return state.script.isEmpty ? nil : state.script.removeFirst()
        }
        switch next {
        case nil: return .wouldBlock(.readable)
        case .fail(let error)?: throw error
        case .datagram(let bytes, let sender)?:
            let part = bytes.prefix(buffer.freeCapacity)
            for byte in part { buffer.append(byte) }
            let info = DatagramInfo(byteCount: part.count, sender: sender, isTruncated: part.count < bytes.count)
            return .received(info)
        }
    }

    /// Records the datagram.
    public func trySend(_ bytes: RawSpan, to address: IP.SocketAddress?) throws(TransportError) -> SendStep {
        let bytes = bytes.withUnsafeBytes { Array($0) }
        return try state.withLock { (state) throws(TransportError) in
            guard !state.isClosed else { throw .closed(.send) }
            guard !state.isClogged else { return .wouldBlock(.writable) }
            state.sent.append(bytes)
            return .sent(bytes.count)
        }
    }

    /// Accepts any peer.
    public func connect(to address: IP.SocketAddress?) throws(TransportError) {}

    /// Moves the clock to the deadline when there is nothing; blocks only without a deadline.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try state.wait { state in self.outcome(of: need, until: deadline, &state) }?.get() ?? false
    }

    /// Moves the clock to the deadline when there is nothing; suspends only without a deadline.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        guard let result = await state.wait(for: { state in self.outcome(of: need, until: deadline, &state) }) else {
            throw TransportError(.cancelled, operation: .wait)
        }
        return try result.get()
    }

    private func outcome(
        of need: Need, until deadline: Deadline, _ state: inout State
    ) -> Result<Bool, TransportError>? {
        if state.isClosed { return .failure(.closed(.wait)) }
        if need.interest.contains(.readable), !state.script.isEmpty { return .success(true) }
        if need.interest.contains(.writable), !state.isClogged { return .success(true) }
        if let end = deadline.instant {
            clock.advance(to: end)
            return .success(false)
        }
        if !state.isBlocked {
            state.isBlocked = true
            self.state.wakeAll()
        }
        return nil
    }

    /// Closes, and wakes everyone.
    public func close() {
        state.withLock {
            $0.isClosed = true
            $0.closings += 1
        }
        state.wakeAll()
    }

    /// Blocks until a wait is blocked for real.
    ///
    /// - Returns: Whether one is; false when ``Patience`` ran out.
    public func untilBlocked() -> Bool { state.wait(until: Patience.end) { $0.isBlocked ? true : nil } ?? false }

    /// Suspends until a wait is blocked or suspended for real.
    ///
    /// - Returns: Whether one is; false when the task is cancelled.
    public func untilBlocked() async -> Bool { await state.wait { $0.isBlocked ? true : nil } ?? false }

    /// A fixed address.
    public var localAddress: IP.SocketAddress { .v4(.loopback(port: 1)) }

    /// A fixed address.
    public var remoteAddress: IP.SocketAddress { .v4(.loopback(port: 2)) }

    /// Boundaries are kept.
    public var facts: TransportFacts { .preservesBoundaries }
}
