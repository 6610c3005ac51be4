import TestSupport
import TransportCore

/// A layer that counts how often somebody waits: each is a time that somebody had to look.
struct WaitCounting<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let count = Locked(0)

    init(lower: Lower) { self.lower = lower }

    var waits: Int { count.withLock { $0 } }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        count.withLock { $0 += 1 }
        return try lower.wait(for: need, until: deadline)
    }

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        count.withLock { $0 += 1 }
        return try await lower.ready(for: need, until: deadline)
    }

    func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        count.withLock { $0 += 1 }
        return try lower.wait(for: event, until: deadline)
    }

    func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        count.withLock { $0 += 1 }
        return try await lower.ready(for: event, until: deadline)
    }
}

/// The same for an endpoint for datagrams.
struct WaitCountingDatagrams<Lower: DatagramTransport>: DatagramLayer {
    let lower: Lower
    private let count = Locked(0)

    init(lower: Lower) { self.lower = lower }

    var waits: Int { count.withLock { $0 } }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        count.withLock { $0 += 1 }
        return try lower.wait(for: need, until: deadline)
    }

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        count.withLock { $0 += 1 }
        return try await lower.ready(for: need, until: deadline)
    }

    func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        count.withLock { $0 += 1 }
        return try lower.wait(for: event, until: deadline)
    }

    func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        count.withLock { $0 += 1 }
        return try await lower.ready(for: event, until: deadline)
    }
}
