internal import COpenSSL
public import TransportCore

/// A certificate (X.509, RFC 5280), as a value.
///
/// ```swift
/// let certificate = try Certificate(file: "server.pem")
/// print(certificate.subject.oneLine, certificate.alternativeNames, certificate.notAfterText)
/// ```
///
/// Nothing in it has been verified: what a certificate says of itself is true only when the handshake has found it good.
/// Two certificates are equal when their bytes are.
public struct Certificate: Sendable {
    let storage: Storage

    /// The certificate as DER, byte for byte as it was read.
    public var der: [UInt8] { storage.der }

    /// Reads a certificate from DER.
    ///
    /// - Parameter der: The certificate and nothing after it.
    /// - Throws: ``TransportCore/TransportError/Kind/tlsUnusableMaterial`` for anything else, with OpenSSL's words.
    public init(der: some Collection<UInt8>) throws(TransportError) {
        let der = Array(der)
        ERR_clear_error()
        var used = 0
        let x509 = der.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            let x509 = d2i_X509(nil, &position, buffer.count)
            if let start = buffer.baseAddress, let position { used = position - start }
            return x509
        }
        guard let x509 else {
            throw .unusable("these \(der.count) bytes are no certificate in DER")
        }
        guard used == der.count else {
            X509_free(x509)
            throw .unusable("after the certificate in DER come \(der.count - used) bytes that are none of it")
        }
        storage = Storage(taking: x509, der: der)
    }

    /// A certificate that OpenSSL has, of which it keeps its own reference.
    ///
    /// - Parameter x509: An `X509 *`, which nobody changes from now on.
    /// - Throws: ``TransportError/Kind/tlsUnusableMaterial`` when it cannot be written as DER.
    package init(retaining x509: OpaquePointer) throws(TransportError) {
        var bytes: UnsafeMutablePointer<UInt8>?
        let length = i2d_X509(x509, &bytes)
        guard length > 0, let bytes, X509_up_ref(x509) == 1 else {
            throw .unusable("the certificate cannot be written as DER")
        }
        defer { CRYPTO_free(bytes, nil, 0) }
        storage = Storage(taking: x509, der: Array(UnsafeBufferPointer(start: bytes, count: Int(length))))
    }

    /// Does something with OpenSSL's structure, which lives as long as this certificate and must not be changed.
    package func withX509<Result, Failure: Error>(
        _ body: (OpaquePointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(storage.x509)
    }

    /// The owner of OpenSSL's structure.
    final class Storage: @unchecked Sendable {
        // Sendable: the structure is changed by nobody after it was made, but for what OpenSSL works out when it is first
        // asked, which it does under a lock of its own; the count of references is atomic.
        let x509: OpaquePointer
        let der: [UInt8]

        init(taking x509: OpaquePointer, der: [UInt8]) {
            self.x509 = x509
            self.der = der
        }

        deinit { X509_free(x509) }
    }
}

extension Certificate: Hashable {
    /// Whether the bytes are the same.
    public static func == (left: Certificate, right: Certificate) -> Bool {
        left.storage === right.storage || left.der == right.der
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}

extension Certificate: CustomStringConvertible {
    /// Whom it is about, who issued it and until when it holds, in one line.
    public var description: String {
        let names = alternativeNames.map(\.description).joined(separator: ", ")
        let about = subject.isEmpty ? (names.isEmpty ? "nobody" : names) : subject.description
        return "certificate of \(about), issued by \(issuer), valid until \(notAfterText)"
    }
}

extension TransportError.Operation {
    /// Reading a certificate, a key or a list of them.
    public static let loadCertificate = Self(rawValue: "loadCertificate")
}

extension TransportError {
    /// The error for material that cannot be used, with what is in OpenSSL's error queue.
    static func unusable(_ message: String) -> TransportError {
        let failures = ErrorQueue.drain()
        let reason = failures.first.map { ": \($0)" } ?? ""
        return openSSL(
            .tlsUnusableMaterial, operation: .loadCertificate, message: message + reason, failures: failures
        )
    }
}
