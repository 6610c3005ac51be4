import TransportCore

/// A backend whose datagram endpoints have a fault.
struct BrokenDatagramBackend<Base: DatagramBackend>: DatagramBackend {
    typealias Family = Base.Family
    typealias Datagrams = BrokenDatagrams<Base.Datagrams>

    let base: Base
    let fault: DatagramFault

    var now: Instant { base.now }
    var defaults: BackendDefaults { base.defaults }

    func openDatagrams(
        boundTo local: Family.SocketAddress?, connectedTo remote: Family.SocketAddress?, options: [OptionSetting]
    ) throws(TransportError) -> Datagrams {
        BrokenDatagrams(
            base: try base.openDatagrams(boundTo: local, connectedTo: remote, options: options), fault: fault
        )
    }
}

/// What a datagram endpoint does wrong.
enum DatagramFault: String, Sendable {
    case doesNotTellOfTheCut, losesTheSender, dropsEmptyDatagrams, joinsDatagrams, isNeverConnected
}

/// A datagram endpoint with a fault.
struct BrokenDatagrams<Base: DatagramTransport>: DatagramTransport {
    typealias Family = Base.Family

    let base: Base
    let fault: DatagramFault

    func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Base.Family.SocketAddress> {
        guard case .received(var info) = try base.tryReceive(into: &buffer) else { return .wouldBlock(.readable) }
        switch fault {
        case .doesNotTellOfTheCut: info.isTruncated = false
        case .losesTheSender: info.sender = nil
        case .joinsDatagrams:
            if case .received(let next) = try base.tryReceive(into: &buffer) { info.byteCount += next.byteCount }
        case .dropsEmptyDatagrams, .isNeverConnected: break
        }
        return .received(info)
    }

    func trySend(_ bytes: RawSpan, to address: Base.Family.SocketAddress?) throws(TransportError) -> SendStep {
        if fault == .dropsEmptyDatagrams, bytes.byteCount == 0 { return .sent(0) }
        return try base.trySend(bytes, to: address)
    }

    func connect(to address: Base.Family.SocketAddress?) throws(TransportError) {
        if fault != .isNeverConnected { try base.connect(to: address) }
    }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try base.wait(for: need, until: deadline)
    }

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await base.ready(for: need, until: deadline)
    }

    func close() { base.close() }

    var localAddress: Base.Family.SocketAddress {
        get throws(TransportError) { try base.localAddress }
    }

    var remoteAddress: Base.Family.SocketAddress {
        get throws(TransportError) { try base.remoteAddress }
    }

    var facts: TransportFacts { base.facts }
    func apply(_ setting: OptionSetting) throws(TransportError) { try base.apply(setting) }
    func optionValue(named name: String) throws(TransportError) -> OptionValue { try base.optionValue(named: name) }
    var now: Instant { base.now }
}
