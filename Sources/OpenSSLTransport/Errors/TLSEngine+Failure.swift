internal import COpenSSL
public import TransportCore

extension TLSEngine {
    /// The error for a call that failed for good, made of the queue, the verifier's verdict and the peer's bytes.
    func failure(of operation: TransportError.Operation) -> TransportError {
        let failures = ErrorQueue.drain()
        let reason = failures.last { $0.libraryNumber == copenssl_lib_ssl }?.reasonNumber ?? 0
        let error = described(reason, failures, isEstablished ? operation : .handshake).with(aftermath: .dead)
        guard let sentAlert else { return error }
        return error.with(underlying: OpenSSLFailures(failures, sentAlert: sentAlert))
    }

    private func described(
        _ reason: Int32, _ failures: [OpenSSLFailure], _ operation: TransportError.Operation
    ) -> TransportError {
        func error(_ kind: TransportError.Kind, _ message: String? = nil) -> TransportError {
            .openSSL(kind, operation: operation, message: message, failures: failures)
        }
        let isRefusal =
            reason == SSL_R_CERTIFICATE_VERIFY_FAILED || reason == SSL_R_INVALID_STATUS_RESPONSE || reason == 0
        if let refusal, isRefusal {
            return refusal.error(expected: peerName?.text, operation, failures)
        }
        if let mistake, !isEstablished { return error(.invalidArgument, mistake) }
        if !isEstablished, !firstBytes.areOfTLS {
            return error(.tlsNotSpoken, "the peer does not speak TLS; it began with \(firstBytes)")
                .with(advice: "check the port, and whether the peer expects plain text first (STARTTLS)")
        }
        switch reason {
        case SSL_AD_REASON_OFFSET...(SSL_AD_REASON_OFFSET + 255):
            return received(
                TLSAlert(rawValue: UInt8(truncatingIfNeeded: reason - SSL_AD_REASON_OFFSET)), operation, failures)
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_WRONG_SSL_VERSION, SSL_R_VERSION_TOO_LOW,
            SSL_R_WRONG_VERSION_NUMBER, SSL_R_UNKNOWN_PROTOCOL:
            // Once they have agreed on one, another number on a record is damage.
            guard !isEstablished else { return error(.tlsProtocolViolation) }
            let own = context.settings.versions
            let range =
                own.lowerBound == own.upperBound ? "\(own.lowerBound)" : "\(own.lowerBound) to \(own.upperBound)"
            return error(.tlsVersionMismatch, "the two ends have no version of TLS in common; this end takes \(range)")
                .with(advice: "check the versions of both ends: TLS below 1.2 is no longer safe")
        case SSL_R_NO_APPLICATION_PROTOCOL:
            let own = context.settings.applicationProtocols.joined(separator: ", ")
            return error(
                .tlsNoCommonParameters, "the peer offers none of the application protocols of this end: \(own)"
            )
            .with(advice: "check the application protocols of both ends (TLSSettings.applicationProtocols)")
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_CIPHERS_AVAILABLE, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_GROUPS,
            SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
            SSL_R_WRONG_CIPHER_RETURNED, SSL_R_WRONG_SIGNATURE_TYPE, SSL_R_WRONG_CURVE:
            return error(.tlsNoCommonParameters)
                .with(advice: "check the ciphers, groups, signature algorithms and application protocols of both ends")
        case SSL_R_READ_TIMEOUT_EXPIRED:
            return error(.timedOut, "the peer has not answered, however often it was asked")
                .with(advice: "check that address and port are those of a DTLS server")
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return error(.tlsCertificateRequired, "the peer has shown no certificate, and one is required")
                .with(
                    advice:
                        "the peer needs a certificate of an authority that this end trusts; or do not insist on one "
                        + "(TLSSettings.clientAuthentication)")
        default: return error(.tlsProtocolViolation)
        }
    }

    private func received(
        _ alert: TLSAlert, _ operation: TransportError.Operation, _ failures: [OpenSSLFailure]
    ) -> TransportError {
        let kind: TransportError.Kind = alert == .protocolVersion ? .tlsVersionMismatch : .tlsAlertReceived
        let code = TransportError.Code(
            domain: .tlsAlert, value: Int32(alert.rawValue), name: alert.description, text: ""
        )
        let error = TransportError(kind, operation: operation, code: code)
            .with(message: "the peer ended the connection with the alert \"\(alert)\"")
            .with(underlying: OpenSSLFailures(failures))
        return alert.advice.map { error.with(advice: $0) } ?? error
    }

    /// The error for a peer that goes away during the handshake.
    var endedDuringHandshake: TransportError {
        let message =
            firstBytes.isEmpty
            ? "the peer closed the connection before it said anything"
            : firstBytes.areOfTLS
                ? "the peer closed the connection during the handshake"
                : "the peer does not speak TLS; it said \(firstBytes) and closed the connection"
        let kind: TransportError.Kind = firstBytes.areOfTLS ? .truncated : .tlsNotSpoken
        return TransportError(kind, operation: .handshake).with(message: message).with(aftermath: .dead)
            .with(advice: "check that host and port are those of a TLS server; its log may say why it closed")
    }
}

extension TransportError.Code.Domain {
    /// The numbers of the alerts that a TLS peer sends, see ``TLSAlert``.
    public static let tlsAlert = Self(rawValue: "TLS alert")
    /// OpenSSL's numbers for what is wrong with a certificate (`X509_V_ERR_…`).
    public static let certificate = Self(rawValue: "certificate verification")
}

extension TransportError {
    /// The alert that the peer sent, where that ended the connection.
    public var tlsAlert: TLSAlert? {
        code?.domain == .tlsAlert ? (code?.value).map { TLSAlert(rawValue: UInt8(truncatingIfNeeded: $0)) } : nil
    }

    /// The fatal alert with which this end has told its peer, or tried to, why it ended the connection.
    public var tlsAlertSent: TLSAlert? { (underlying as? OpenSSLFailures)?.sentAlert }
}
