/// What a peer has shown of itself, for those who decide about it.
public struct TLSPresentedPeer: Sendable {
    /// The certificates that it sent, its own first.
    public let certificates: [Certificate]
    /// The chain that was verified, from the peer's own to the root; as far as it came.
    public let chain: [Certificate]
    /// The host that the peer was to be, in the form that is verified; nil on a server.
    public let serverName: String?
    /// What the verification has found, in words; nil when everything is good.
    public let problem: String?
    /// OpenSSL's number for that (`X509_V_ERR_…`); 0 when everything is good.
    public let problemCode: Int32
}
