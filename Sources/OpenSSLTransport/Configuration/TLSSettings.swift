/// Everything that can be said about TLS connections, with the defaults: the safe choice for each, and by name the way to
/// another one.
///
/// Make a ``TLSConfiguration`` of it, once, and share that by many connections:
///
/// ```swift
/// var settings = TLSSettings()
/// settings.roots = .only([.file("company-ca.pem")])
/// settings.applicationProtocols = ["h2", "http/1.1"]
/// let configuration = try TLSConfiguration.client(settings)
/// ```
public struct TLSSettings: Sendable {
    // MARK: Whom to trust

    /// The authorities that are trusted. The default is those of the system.
    public var roots: TLSRoots = .system

    /// What of a server's certificate is verified. The default is everything: chain, time, purpose and host name.
    public var verification: TLSVerification = .full

    /// Whether clients must show a certificate to a server. The default is that they are not asked for one.
    public var clientAuthentication: TLSClientAuthentication = .none

    /// Whether certificates must keep RFC 5280 to the letter (`X509_V_FLAG_X509_STRICT`, and what that leaves out). The
    /// default is true.
    ///
    /// Some old private authorities do not: their certificates lack key identifiers, have the serial number 0, or name
    /// constraints that begin with a dot; their revocation lists have no numbers. The error says which rule was broken.
    public var strict = true

    /// Whether certificates must also keep what public authorities promise (CA/Browser Forum, Baseline Requirements,
    /// section 7.1). The default is false: private authorities promise nothing.
    ///
    /// The certificate says what it is for, and not "everything"; it is no authority's; a server's common name, if it is a
    /// host's, is one of the alternative names or their domain; these are not critical where there is a subject; the root
    /// has no extended key usage; the size of RSA keys is a multiple of 8 bits.
    public var requiresPublicProfile = false

    /// Whether any certificate among the roots ends a chain, in place of self-signed ones alone
    /// (`X509_V_FLAG_PARTIAL_CHAIN`). The default is false.
    ///
    /// Not needed for an intermediate authority or a single certificate that is given as a root by itself, from memory or a
    /// file: whoever gives it means it. It is for those in directories and in the system's store.
    public var allowsPartialChains = false

    /// How many certificates may stand between the peer's and a root; those that an authority has issued to itself do not
    /// count, up to two. The default is 10.
    public var maximumChainDepth = 10

    /// How many bytes of certificates a peer may send. The default is 100 KiB.
    public var maximumCertificateBytes = 100 << 10

    /// Which certificates of a chain are looked up in revocation lists. The default is none.
    public var revocation: TLSRevocationCheck = .none

    /// The revocation lists (CRLs), from files or memory. The default is none.
    public var revocationLists: [TLSMaterial] = []

    /// What it means that there is no revocation list for a certificate that is looked up. The default is that the certificate
    /// is refused; one whose list has expired always is.
    public var missingRevocationList: TLSMissingRevocationList = .reject

    /// What a client makes of the answer about revocation that a server sends with its certificate. The default is that it
    /// asks for none.
    public var stapledStatus: TLSStapledStatus = .ignored

    /// SHA-256 hashes of public keys, as ``Certificate/PublicKey/fingerprint`` has them: one certificate of a verified chain
    /// must have one of them. In addition to all other checks. The default is none, which asks for nothing.
    public var pinnedPublicKeys: Set<Certificate.Fingerprint> = []

    /// The time at which certificates must be valid, in seconds since 1970 (UTC). The default, nil, is the system's clock.
    public var verificationTime: (@Sendable () -> Int64)?

    /// Looks at a peer whose certificate was found good, and may still refuse it with a reason. Nil lets it in.
    ///
    /// Called during the handshake; it must not use the connection, nor take its time: closing the connection and its
    /// deadlines wait for it. Sessions that are resumed are not looked at again, and no other configuration resumes them.
    /// Not taken where nothing is verified (``TLSVerification/dangerouslyNone``).
    public var refusePeer: (@Sendable (TLSPresentedPeer) -> String?)?

    /// Decides about a peer in place of the verification, whatever that has found.
    ///
    /// **Dangerous**: whoever answers true too often talks to anyone. The default is nil.
    public var dangerouslyAcceptPeer: (@Sendable (TLSPresentedPeer) -> Bool)?

    // MARK: Who we are

    /// Certificates with their keys: a server needs one, a client only where it is asked for. With several of different
    /// key types, the one that the peer can use is shown.
    public var identities: [TLSIdentity] = []

    /// Chooses a server's identity by the name that the client asks for; nil is no name. The default is ``identities``.
    ///
    /// Called during the handshake; it must not use the connection.
    public var chooseIdentity: (@Sendable (_ serverName: String?) -> TLSIdentityChoice)?

    /// Gives the answer of OCSP, in DER, that a server sends with its certificate to clients that ask; nil sends none.
    ///
    /// Called during the handshake; it must not use the connection, nor take its time to fetch one. The default is nil.
    public var statusToStaple: (@Sendable () -> [UInt8]?)?

    // MARK: What is agreed on

    /// The versions of TLS. The default is 1.2 and 1.3.
    public var versions: ClosedRange<TLSVersion> = .tls12 ... .tls13

    /// The ciphers of TLS 1.2, in OpenSSL's notation: by default authenticated encryption with forward secrecy alone.
    public var cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!eNULL:!PSK:!DSS"

    /// The cipher suites of TLS 1.3, such as `TLS_AES_256_GCM_SHA384`. The default, none, is OpenSSL's three.
    public var cipherSuites: [String] = []

    /// The groups for key agreement, the best first, such as `X25519`. The default, none, is OpenSSL's.
    public var groups: [String] = []

    /// The signature algorithms, the best first, such as `ECDSA+SHA256`. The default, none, is OpenSSL's.
    public var signatureAlgorithms: [String] = []

    /// OpenSSL's security level, 0 to 5: which key sizes and hashes are too weak. The default, 2, is 112 bits.
    public var securityLevel: Int32 = 2

    /// The application protocols (ALPN), the best first. A client offers them, and a server chooses the first of its own
    /// that was offered; with none in common it refuses. The default is none, which says nothing.
    public var applicationProtocols: [String] = []

    /// A key that both ends know in advance; nil for none, which is the default.
    public var preSharedKeys: TLSPreSharedKeys?

    // MARK: Sessions

    /// Whether a peer that was here before is spared the full handshake. The default is true.
    public var resumesSessions = true

    /// Where a client keeps sessions. The default, nil, is a cache of the configuration's own.
    public var sessionCache: TLSSessionCache?

    /// How many tickets for later sessions a server sends (TLS 1.3). The default is 2.
    ///
    /// They go out with the first bytes of the program, so that a client that never reads does not leave them unread.
    public var ticketCount = 2

    /// The keys with which a server encrypts tickets. The default, nil, is keys of the configuration's own, a new one every
    /// two hours; see ``TLSTicketKeys``.
    public var ticketKeys: TLSTicketKeys?

    // MARK: The end

    /// What an end of the stream means that the peer has not announced (`close_notify`). The default is an error.
    public var missingCloseNotify: TLSMissingCloseNotify = .reject

    // MARK: Datagrams

    /// The largest datagram that DTLS makes, in bytes without the headers of IP and UDP, 256 to 16,384. The default is
    /// 1,232: what IPv6 carries everywhere (1,280) less its headers.
    ///
    /// Handshakes are cut into pieces of that size, and what does not fit a datagram with its overhead is
    /// ``/TransportCore/TransportError/Kind/messageTooLarge``.
    public var maximumDatagramSize = 1232

    // MARK: The rest

    /// Is given the lines of a key log, with which whoever has them reads everything. The default, nil, makes none; the
    /// environment is never asked. See ``TLSKeyLog``.
    public var keyLog: TLSKeyLog?

    /// Whether connections give the memory of libssl's two record buffers back whenever they are empty: 34 KiB less for
    /// an idle connection, two allocations more for each message. The default is false.
    public var releasesBuffers = false

    /// Makes the settings with their defaults.
    public init() {}
}

extension TLSSettings {
    /// Whether a handshake asks the program something, which may take its time.
    var asksProgram: Bool {
        refusePeer != nil || dangerouslyAcceptPeer != nil || chooseIdentity != nil || statusToStaple != nil
            || preSharedKeys != nil || verificationTime != nil || keyLog != nil
    }
}
