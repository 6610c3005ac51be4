public import TransportCore

/// A name at which pipes are accepted.
public final class PipeListener: TransportListener {
    /// Pipes are accepted.
    public typealias Accepted = PipeTransport

    private let queue: Watched<PipeNames.Queue>
    private let names: Watched<PipeNames>
    private let address: Pipe.SocketAddress

    init(at address: Pipe.SocketAddress, _ queue: Watched<PipeNames.Queue>, in names: Watched<PipeNames>) {
        self.address = address
        self.queue = queue
        self.names = names
    }

    deinit { close() }

    // MARK: Steps

    /// Takes a pipe from the queue.
    public func tryAccept() throws(TransportError) -> AcceptStep<PipeTransport> {
        try queue.change { (queue) throws(TransportError) -> AcceptStep<PipeTransport> in
            if queue.isClosed { throw .closed(.accept) }
            guard queue.waiting.isEmpty else { return .accepted(queue.waiting.removeFirst()) }
            if queue.isStopped { throw .closed(.accept).with(message: "the listener has stopped accepting") }
            return .wouldBlock(.readable)
        }
    }

    /// Takes no further pipes; those that are queued can still be accepted.
    public func stopAccepting() throws(TransportError) {
        unregister()
        try queue.change { (queue) throws(TransportError) in
            if queue.isClosed { throw .closed(.accept) }
            queue.isStopped = true
        }
    }

    // MARK: Waits

    /// Blocks this thread until somebody is queued.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let time = need.time
        return try queue.wait(until: min(time, deadline), for: Self.condition(need)) || time < deadline
    }

    /// Suspends this task until somebody is queued.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        let time = need.time
        return try await queue.ready(until: min(time, deadline), for: Self.condition(need)) || time < deadline
    }

    private static func condition(_ need: Need) -> Waiter<PipeNames.Queue>.Condition {
        { queue throws(TransportError) in
            if queue.isClosed { throw .closed(.wait) }
            return need.interest.contains(.readable) && (queue.isStopped || !queue.waiting.isEmpty)
        }
    }

    // MARK: Ending

    /// Releases the name; who is queued finds the end of the stream.
    public func close() {
        unregister()
        let cut = try? queue.change { (queue) throws(TransportError) -> [PipeTransport] in
            defer { queue.waiting = [] }
            queue.isClosed = true
            queue.isStopped = true
            return queue.waiting
        }
        for transport in cut ?? [] { transport.close() }
    }

    /// Gives the name back, unless another listener has it by now.
    private func unregister() {
        try? names.change { (names) throws(TransportError) in
            if names.queues[address] === queue { names.queues[address] = nil }
        }
    }

    // MARK: Knowledge

    /// The name that is listened at.
    public var localAddress: Pipe.SocketAddress { address }

    /// A full queue refuses at once, so that there is nothing to claim.
    public var facts: TransportFacts { [] }

    /// The present instant.
    public var now: Instant { presentInstant }
}
