/// What of a server's certificate is verified by a client.
public enum TLSVerification: Hashable, Sendable {
    /// Chain, time, purpose and host name.
    case full
    /// Everything but the host name: any holder of any certificate of the roots can be the peer.
    case dangerouslyAnyHost
    /// Nothing: encrypted, and with anyone.
    case dangerouslyNone
}

/// Whether a server asks its clients for certificates.
public enum TLSClientAuthentication: Hashable, Sendable {
    /// It does not ask.
    case none
    /// It asks; a client may have none, and one that it shows must be good.
    case optional
    /// It asks, and refuses who has none.
    case required
}

/// Which certificates of a chain are looked up in revocation lists.
public enum TLSRevocationCheck: Hashable, Sendable {
    /// None.
    case none
    /// The peer's own.
    case peer
    /// All but the root.
    case chain
}

/// What it means that there is no revocation list of the authority of a certificate that is to be looked up.
public enum TLSMissingRevocationList: Hashable, Sendable {
    /// The certificate is refused.
    case reject
    /// It is taken for one that was not revoked, for those who have lists of some of their authorities.
    case accept
}

/// What a client makes of the answer of OCSP that a server sends with its certificate ("staples", RFC 6066 and 6960).
public enum TLSStapledStatus: Hashable, Sendable {
    /// It does not ask for one.
    case ignored
    /// It asks; an answer must be good, and certificates that promise one ("must staple", RFC 7633) must come with it.
    case verified
    /// It asks, and refuses servers that send none.
    case required
}

/// What an end of the stream means that the peer has not announced.
public enum TLSMissingCloseNotify: Hashable, Sendable {
    /// Somebody may have cut the stream: receiving throws ``/TransportCore/TransportError/Kind/truncated``.
    case reject
    /// It is an end like any other, for protocols that know by themselves whether something is missing.
    case acceptAsEnd
}

/// What a server says to the name that a client asks for.
public enum TLSIdentityChoice: Sendable {
    /// Show this identity.
    case identity(TLSIdentity)
    /// Show the identities of the settings.
    case usual
    /// Refuse the client, with an alert; the usual one is ``TLSAlert/unrecognizedName``.
    case refuse(TLSAlert)
}
