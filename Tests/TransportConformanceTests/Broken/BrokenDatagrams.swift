import TestSupport
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
            lower: try base.openDatagrams(boundTo: local, connectedTo: remote, options: options), fault: fault
        )
    }
}

/// What a datagram endpoint does wrong.
enum DatagramFault: String, Sendable {
    case doesNotTellOfTheCut, losesTheSender, dropsEmptyDatagrams, joinsDatagrams, isNeverConnected
}

/// A datagram endpoint with a fault.
struct BrokenDatagrams<Lower: DatagramTransport>: DatagramLayer {
    let lower: Lower
    let fault: DatagramFault

    func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Lower.Family.SocketAddress> {
        guard case .received(var info) = try lower.tryReceive(into: &buffer) else { return .wouldBlock(.readable) }
        switch fault {
        case .doesNotTellOfTheCut: info.isTruncated = false
        case .losesTheSender: info.sender = nil
        case .joinsDatagrams:
            if case .received(let next) = try lower.tryReceive(into: &buffer) { info.byteCount += next.byteCount }
        case .dropsEmptyDatagrams, .isNeverConnected: break
        }
        return .received(info)
    }

    func trySend(_ bytes: RawSpan, to address: Lower.Family.SocketAddress?) throws(TransportError) -> SendStep {
        if fault == .dropsEmptyDatagrams, bytes.byteCount == 0 { return .sent(0) }
        return try lower.trySend(bytes, to: address)
    }

    func connect(to address: Lower.Family.SocketAddress?) throws(TransportError) {
        if fault != .isNeverConnected { try lower.connect(to: address) }
    }
}
