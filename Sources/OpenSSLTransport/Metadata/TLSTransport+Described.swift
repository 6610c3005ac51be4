internal import Synchronization
internal import TransportCore

extension TLSTransport {
    /// `TLS`.
    public static var kind: String { "TLS" }

    /// `TLS`, with the version and the application protocol once they are agreed on; and what is below.
    public var stack: [String] {
        let agreed = isClosed.load(ordering: .acquiring) ? nil : state.unlessBusy { $0.engine.agreed }
        return [(agreed ?? nil) ?? Self.kind] + lower.stack
    }
}

extension DTLSTransport {
    /// `DTLS`.
    public static var kind: String { "DTLS" }

    /// `DTLS`, and what is below. What was agreed on differs from peer to peer.
    public var stack: [String] { [Self.kind] + lower.stack }
}

extension TLSEngine {
    /// The version and the application protocol; nil before they are agreed on.
    fileprivate var agreed: String? {
        guard isEstablished else { return nil }
        return "\(version)" + (applicationProtocol.map { ", \(QuotedInput.bare($0))" } ?? "")
    }
}
