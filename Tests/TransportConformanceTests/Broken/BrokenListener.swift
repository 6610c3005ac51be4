import TransportCore

/// A backend whose listeners have a fault.
struct BrokenBackend<Base: Backend>: Backend {
    typealias Family = Base.Family
    typealias Stream = Base.Stream
    typealias StreamListener = BrokenListener<Base.StreamListener>

    let base: Base
    let fault: ListenerFault

    var now: Instant { base.now }
    var defaults: BackendDefaults { base.defaults }
    func randomNumber() -> UInt64 { base.randomNumber() }
    func sleep(until instant: Instant) throws(TransportError) { try base.sleep(until: instant) }

    func beginOpen(
        to address: Family.SocketAddress, options: StreamOptions<Family>
    ) throws(TransportError) -> Stream { try base.beginOpen(to: address, options: options) }

    func beginListening(
        on address: Family.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> StreamListener {
        BrokenListener(base: try base.beginListening(on: address, options: options), fault: fault)
    }
}

/// What a listener does wrong.
enum ListenerFault: String, Sendable {
    case acceptsNobody, stopsNothing, leavesTheAddressTaken, waitsWithoutEnd
}

/// A listener with a fault.
struct BrokenListener<Base: TransportListener>: TransportListener {
    let base: Base
    let fault: ListenerFault

    func tryAccept() throws(TransportError) -> AcceptStep<Base.Accepted> {
        let step = try base.tryAccept()
        if fault == .acceptsNobody, case .accepted(let accepted) = step { accepted.close() }
        return step
    }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try base.wait(for: need, until: fault == .waitsWithoutEnd && deadline != .passed ? .never : deadline)
    }

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await base.ready(for: need, until: deadline)
    }

    func stopAccepting() throws(TransportError) {
        if fault != .stopsNothing { try base.stopAccepting() }
    }

    func close() {
        if fault != .leavesTheAddressTaken { base.close() }
    }

    var localAddress: Base.Accepted.Family.SocketAddress {
        get throws(TransportError) { try base.localAddress }
    }

    var facts: TransportFacts { base.facts }
    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { base.query(key) }
    func apply(_ setting: OptionSetting) throws(TransportError) { try base.apply(setting) }
    func optionValue(named name: String) throws(TransportError) -> OptionValue { try base.optionValue(named: name) }
    var now: Instant { base.now }
}
