import OpenSSLTransport
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
struct WaitCountingDatagrams<Lower: DatagramTransport>: DatagramTransport {
    typealias Family = Lower.Family
    let lower: Lower
    private let count = Locked(0)

    init(lower: Lower) { self.lower = lower }

    var waits: Int { count.withLock { $0 } }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        try lower.tryReceive(into: &buffer)
    }

    func trySend(_ bytes: RawSpan, to address: Family.SocketAddress?) throws(TransportError) -> SendStep {
        try lower.trySend(bytes, to: address)
    }

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

    func connect(to address: Family.SocketAddress?) throws(TransportError) { try lower.connect(to: address) }
    func close() { lower.close() }
    var localAddress: Family.SocketAddress { get throws(TransportError) { try lower.localAddress } }
    var remoteAddress: Family.SocketAddress { get throws(TransportError) { try lower.remoteAddress } }
    var facts: TransportFacts { lower.facts }
    func apply(_ setting: OptionSetting) throws(TransportError) { try lower.apply(setting) }
    func optionValue(named name: String) throws(TransportError) -> OptionValue { try lower.optionValue(named: name) }
    var now: Instant { lower.now }
    func take(_ note: OwnerNote) { lower.take(note) }
}
