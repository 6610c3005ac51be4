public import TransportCore

/// One end of a pipe: a byte stream between two places of one process.
public final class PipeTransport: Transport {
    /// Pipes have names for addresses.
    public typealias Family = Pipe

    private let state: Watched<PipeState>
    private let side: PipeState.Side
    private let local: Pipe.SocketAddress
    private let remote: Pipe.SocketAddress

    private init(
        _ state: Watched<PipeState>, _ side: PipeState.Side, local: Pipe.SocketAddress, remote: Pipe.SocketAddress
    ) {
        self.state = state
        self.side = side
        self.local = local
        self.remote = remote
    }

    /// Makes the two connected ends of a new pipe.
    ///
    /// - Parameters:
    ///   - a: The address of the first end.
    ///   - b: The address of the second end.
    ///   - capacity: How many bytes may be under way in each direction, 1 or more. The default is 64 KiB.
    public static func connectedPair(
        _ a: Pipe.SocketAddress, _ b: Pipe.SocketAddress, capacity: Int = 64 << 10
    ) -> (PipeTransport, PipeTransport) {
        let state = Watched(PipeState(capacity: capacity))
        return (
            PipeTransport(state, .a, local: a, remote: b), PipeTransport(state, .b, local: b, remote: a)
        )
    }

    // MARK: Steps

    /// Receives what is there, into the free capacity of a buffer.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        try state.change { [side] (state) throws(TransportError) -> ReceiveStep in
            if state[from: side].isClosed { throw .closed(.receive) }
            guard buffer.freeCapacity > 0 else { return .received(0) }
            let count = min(buffer.freeCapacity, state[from: side.other].bytes.count)
            guard count > 0 else { return state[from: side.other].hasEnded ? .endOfStream : .wouldBlock(.readable) }
            for byte in state[from: side.other].bytes.prefix(count) { buffer.append(byte) }
            state[from: side.other].bytes.removeFirst(count)
            return .received(count)
        }
    }

    /// Sends as much as there is room for now.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        try state.change { [side] (state) throws(TransportError) -> SendStep in
            if state[from: side].isClosed { throw .closed(.send) }
            guard !bytes.isEmpty else { return .sent(0) }
            if state[from: side].hasEnded || state[from: side.other].isClosed {
                throw TransportError(.brokenPipe, operation: .send)
            }
            let count = min(bytes.byteCount, state.capacity - state[from: side].bytes.count)
            guard count > 0 else { return .wouldBlock(.writable) }
            bytes.withUnsafeBytes { state[from: side].bytes += $0.prefix(count) }
            return .sent(count)
        }
    }

    /// Ends the sending direction; what was sent can still be received.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        try state.change { [side] (state) throws(TransportError) -> ProgressStep in
            if state[from: side].isClosed { throw .closed(.shutdownWrite) }
            state[from: side].hasEnded = true
            return .done
        }
    }

    // MARK: Waits

    /// Blocks this thread until a need may be met.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let time = need.time
        return try state.wait(until: min(time, deadline), for: condition(need)) || time < deadline
    }

    /// Suspends this task until a need may be met.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        let time = need.time
        return try await state.ready(until: min(time, deadline), for: condition(need)) || time < deadline
    }

    /// What whoever waits waits for: the need, or that this end is closed.
    private func condition(_ need: Need) -> Waiter<PipeState>.Condition {
        { [side] state throws(TransportError) in
            if state[from: side].isClosed { throw .closed(.wait) }
            return state.isReady(side, for: need.interest)
        }
    }

    // MARK: Ending

    /// Ends both directions, and wakes whoever waits at either end.
    public func close() {
        try? state.change { [side] (state) throws(TransportError) in
            state[from: side].isClosed = true
            state[from: side].hasEnded = true
            state[from: side.other].bytes = []  // nobody will receive them
        }
    }

    // MARK: Knowledge

    /// The name of this end.
    public var localAddress: Pipe.SocketAddress { local }

    /// The name of the other end.
    public var remoteAddress: Pipe.SocketAddress { remote }

    /// What the conformance cases have confirmed.
    public var facts: TransportFacts { [.halfClose, .firstSendAfterPeerCloseFails, .addressesSurviveClose] }

    /// The present instant.
    public var now: Instant { presentInstant }
}

extension Need {
    /// When a need is met by time alone; never, when there is a readiness to wait for.
    var time: Deadline { interest.isEmpty ? notBefore.map(Deadline.at) ?? .never : .never }
}
