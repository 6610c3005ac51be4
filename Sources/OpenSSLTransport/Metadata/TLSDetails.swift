internal import COpenSSL
internal import Synchronization
public import TransportCore

/// What two ends have agreed on, once the handshake is done; asked for with `connection.tls`, or with
/// `query(TLSDetails.self)` on anything that has TLS somewhere below.
public struct TLSDetails: MetadataKey, Sendable {
    /// The details themselves.
    public typealias Value = TLSDetails

    /// The version of TLS.
    public let version: TLSVersion
    /// The cipher suite, by the name that the standards give it, such as `TLS_AES_256_GCM_SHA384`.
    public let cipherSuite: String
    /// The group of the key agreement, such as `x25519`; nil where there was none.
    public let group: String?
    /// The application protocol; nil when none was agreed on.
    public let applicationProtocol: String?
    /// Whether a session of an earlier connection was resumed.
    public let isResumed: Bool
    /// The host that the client asked for (SNI); nil when it did not say.
    public let serverName: String?
    /// Whether the peer was verified. False also when there was nothing to verify, as with a pre-shared key.
    public let isPeerVerified: Bool
    /// What the verification found against the peer (`X509_V_ERR_…`), 0 when nothing; what is not 0 was accepted all the
    /// same, because the settings say so.
    public let verificationCode: Int32
    /// The peer's certificate and those that it sent with it, its own first; empty when it has shown none.
    public let peerCertificates: [Certificate]
    /// The chain that was verified, from the peer's certificate to the root; empty when nothing was verified, or
    /// when a session was resumed.
    public let verifiedChain: [Certificate]
}

/// How many decrypted bytes wait to be received, as `SSL_pending` says.
public enum TLSBytesPending: MetadataKey {
    /// A number of bytes.
    public typealias Value = Int
}

/// The bytes that bind another authentication to this connection (RFC 9266): `tls-exporter`.
public enum TLSExporterBinding: MetadataKey {
    /// 32 bytes.
    public typealias Value = [UInt8]
}

/// The bytes that bind another authentication to the server's certificate (RFC 5929): `tls-server-end-point`.
public enum TLSServerEndPointBinding: MetadataKey {
    /// The hash of the server's certificate.
    public typealias Value = [UInt8]
}

extension TLSTransport {
    /// Answers about TLS, and passes other questions on.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        guard !isClosed.load(ordering: .acquiring) else { return lower.query(key) }
        let answer = state.unlessBusy { state in
            if key == EstablishingTimeout.self {
                return state.isLowerEstablished ? TransportError.handshakeTimeout as? Key.Value : nil
            }
            return state.engine.answer(key)
        }
        return (answer ?? nil) ?? lower.query(key)
    }

    /// What was agreed on; nil before the handshake is done, and after closing.
    public var details: TLSDetails? {
        guard !isClosed.load(ordering: .acquiring) else { return nil }
        return state.unlessBusy { state in state.engine.isEstablished ? state.engine.details : nil } ?? nil
    }

    /// Makes bytes that both ends know and nobody else (RFC 5705, RFC 8446 section 7.5).
    ///
    /// - Parameters:
    ///   - label: What they are for, such as `EXPORTER-my-protocol`.
    ///   - context: What else they depend on; nil is not the same as empty in TLS 1.2. The default is nil.
    ///   - count: How many bytes, 1 to 65,535.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` before the handshake is done,
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for a count that cannot be had,
    ///   ``/TransportCore/TransportError/Kind/closed``.
    public func exportKeyingMaterial(
        label: String, context: [UInt8]? = nil, count: Int
    ) throws(TransportError) -> [UInt8] {
        if isClosed.load(ordering: .acquiring) { throw .closed(.exportKeyingMaterial) }
        let material = try state.unlessBusy { (state) throws(TransportError) in
            try state.engine.exportKeyingMaterial(label: label, context: context, count: count)
        }
        guard let material else { throw TLSEngine.handshakeNotDone }
        return material
    }
}

extension TransportError.Operation {
    static let exportKeyingMaterial = Self(rawValue: "exportKeyingMaterial")
}

extension TLSEngine {
    /// The answer to a question about TLS; nil when it is about something else, or too early.
    func answer<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        let answer: (any Sendable)? =
            if key == TLSDetails.self {
                isEstablished ? details : nil
            } else if key == TLSBytesPending.self {
                Int(SSL_pending(ssl))
            } else if key == TLSExporterBinding.self {
                try? exportKeyingMaterial(label: "EXPORTER-Channel-Binding", context: [], count: 32)
            } else if key == TLSServerEndPointBinding.self {
                serverEndPointBinding
            } else {
                nil
            }
        return answer as? Key.Value
    }

    /// Makes bytes that both ends know and nobody else.
    func exportKeyingMaterial(label: String, context: [UInt8]?, count: Int) throws(TransportError) -> [UInt8] {
        guard (1...65_535).contains(count) else {
            throw .invalidArgument(
                "keying material has 1 to 65,535 bytes, not \(count)", operation: .exportKeyingMaterial)
        }
        guard isEstablished else { throw Self.handshakeNotDone }
        ErrorQueue.clear()
        var bytes = [UInt8](repeating: 0, count: count)
        let done = SSL_export_keying_material(
            ssl, &bytes, count, label, label.utf8.count, context ?? [], context?.count ?? 0, context == nil ? 0 : 1
        )
        guard done == 1 else { throw .openSSL(.invalidArgument, operation: .exportKeyingMaterial) }
        return bytes
    }

    static var handshakeNotDone: TransportError {
        TransportError(.invalidState, operation: .exportKeyingMaterial).with(message: "the handshake is not done")
    }

    private var serverEndPointBinding: [UInt8]? {
        guard isEstablished else { return nil }
        let isClient = context.role == .client
        let peers = isClient ? SSL_get1_peer_certificate(ssl) : nil
        defer { X509_free(peers) }
        return (peers ?? (isClient ? nil : SSL_get_certificate(ssl)))
            .flatMap { try? Certificate(retaining: $0) }?.endPointHash
    }
}

extension TLSEngine {
    /// The version that was agreed on.
    var version: TLSVersion { TLSVersion(rawValue: UInt16(truncatingIfNeeded: SSL_version(ssl))) }

    /// The application protocol that was agreed on; nil when none was.
    var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        return name.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(length)), as: UTF8.self) }
    }

    /// What was agreed on.
    var details: TLSDetails {
        let cipher = SSL_get_current_cipher(ssl)
        let own = SSL_get1_peer_certificate(ssl)
        defer { X509_free(own) }
        var certificates = Certificate.certificates(of: SSL_get_peer_cert_chain(ssl))
        // A server's chain does not have the client's own certificate.
        if let own, context.role == .server, let certificate = try? Certificate(retaining: own) {
            certificates.insert(certificate, at: 0)
        }
        let code = Int32(clamping: SSL_get_verify_result(ssl))
        let group = copenssl_get_negotiated_group(ssl)
        return TLSDetails(
            version: version,
            cipherSuite: cipher.flatMap { SSL_CIPHER_standard_name($0) }.map { String(cString: $0) } ?? "",
            group: group > 0 ? copenssl_group_name(ssl, group).map { String(cString: $0) } : nil,
            applicationProtocol: applicationProtocol, isResumed: SSL_session_reused(ssl) == 1,
            serverName: SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) },
            isPeerVerified: context.verifiesPeer && own != nil && code == X509_V_OK, verificationCode: code,
            peerCertificates: certificates, verifiedChain: Certificate.certificates(of: SSL_get0_verified_chain(ssl))
        )
    }
}

extension Connection {
    /// What the two ends of TLS have agreed on; nil when there is no TLS, before its handshake, and after closing.
    public var tls: TLSDetails? { query(TLSDetails.self) }
}

extension DatagramSocket {
    /// What the two ends of DTLS have agreed on, for a socket with a peer; nil when there is no DTLS, before its handshake,
    /// and after closing.
    public var tls: TLSDetails? { query(TLSDetails.self) }
}
