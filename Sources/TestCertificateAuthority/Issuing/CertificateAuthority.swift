#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A throw-away authority that issues certificates while a test runs, so that none is checked in, and none expires.
///
/// ```swift
/// let authority = try CertificateAuthority()
/// let server = try authority.issue(.server("localhost", "127.0.0.1", "::1"))
/// // server.chainPEM and server.keyPEM are for the server, authority.certificate.pem is what the client trusts.
/// ```
///
/// Everything is in memory, and takes well under a millisecond with the keys on curves that are the default.
public struct CertificateAuthority: Sendable {
    /// The authority's own certificate.
    public let certificate: IssuedCertificate

    /// Makes a root, which signs itself.
    ///
    /// - Parameters:
    ///   - name: Its common name. The default is "Test CA".
    ///   - key: Its key. The default is ``KeyPair/Kind/p256``.
    /// - Throws: When libcrypto refuses.
    public init(_ name: String = "Test CA", key: KeyPair.Kind = .p256) throws(IssuingError) {
        var shape = CertificateShape.authority(name)
        shape.key = key
        try self.init(shape)
    }

    /// Makes a root of any shape, which signs itself.
    ///
    /// - Parameters:
    ///   - shape: What its certificate is to say.
    ///   - key: Its key; nil makes one of the shape's kind. The default is nil.
    ///   - now: The moment that a relative validity begins from, in seconds since 1970; nil is the system's time.
    /// - Throws: When libcrypto refuses, or something in the shape cannot be written.
    public init(_ shape: CertificateShape, key: KeyPair? = nil, now: Int64? = nil) throws(IssuingError) {
        certificate = try Self.selfSigned(shape, key: key, now: now)
    }

    /// Makes an authority of a certificate that was issued, whether or not that makes it one.
    public init(_ certificate: IssuedCertificate) { self.certificate = certificate }

    /// Issues a certificate.
    ///
    /// - Parameters:
    ///   - shape: What it is to say.
    ///   - key: Its key; nil makes one of the shape's kind. The default is nil.
    ///   - now: The moment that a relative validity begins from, in seconds since 1970; nil is the system's time.
    /// - Throws: When libcrypto refuses, or something in the shape cannot be written.
    public func issue(
        _ shape: CertificateShape, key: KeyPair? = nil, now: Int64? = nil
    ) throws(IssuingError) -> IssuedCertificate {
        try Self.issue(
            shape, key: try Self.key(key, for: shape),
            by: CertificateShape.Issuer(name: certificate.shape.subject, key: certificate.key),
            issuers: [certificate.der] + certificate.issuers, now: now
        )
    }

    /// Issues a certificate with a shape that is changed on the way.
    ///
    /// ```swift
    /// let expired = try authority.issue(.server("localhost")) { $0.validity = .expired }
    /// ```
    public func issue(
        _ shape: CertificateShape, _ change: (inout CertificateShape) -> Void
    ) throws(IssuingError) -> IssuedCertificate {
        var shape = shape
        change(&shape)
        return try issue(shape)
    }

    /// Makes an authority below this one.
    ///
    /// - Parameters:
    ///   - name: Its common name.
    ///   - pathLength: How many authorities may be between it and an end; nil is any number. The default is nil.
    ///   - change: Changes its shape: into one without `CA:TRUE`, for example.
    /// - Throws: When libcrypto refuses, or something in the shape cannot be written.
    public func intermediate(
        _ name: String = "Test Intermediate CA", pathLength: Int? = nil,
        _ change: (inout CertificateShape) -> Void = { _ in }
    ) throws(IssuingError) -> CertificateAuthority {
        CertificateAuthority(try issue(.authority(name, pathLength: pathLength), change))
    }

    /// Makes authorities below this one, each below the one before, and gives the last.
    ///
    /// - Parameter depth: How many; with 0 it is this one.
    /// - Throws: When libcrypto refuses.
    public func chain(depth: Int) throws(IssuingError) -> CertificateAuthority {
        var last = self
        for number in 0..<max(0, depth) { last = try last.intermediate("Test Intermediate CA \(number + 1)") }
        return last
    }

    /// Issues a certificate that is signed with its own key, and that nobody else vouches for.
    ///
    /// - Parameters:
    ///   - shape: What it is to say.
    ///   - key: Its key; nil makes one of the shape's kind. The default is nil.
    ///   - now: The moment that a relative validity begins from, in seconds since 1970; nil is the system's time.
    /// - Throws: When libcrypto refuses, or something in the shape cannot be written.
    public static func selfSigned(
        _ shape: CertificateShape, key: KeyPair? = nil, now: Int64? = nil
    ) throws(IssuingError) -> IssuedCertificate {
        let key = try Self.key(key, for: shape)
        return try issue(
            shape, key: key, by: CertificateShape.Issuer(name: shape.subject, key: key), issuers: [], now: now
        )
    }

    private static func issue(
        _ shape: CertificateShape, key: KeyPair, by issuer: CertificateShape.Issuer, issuers: [[UInt8]], now: Int64?
    ) throws(IssuingError) -> IssuedCertificate {
        let (notBefore, notAfter) = shape.validity.bounds(issuedAt: now ?? systemTime)
        let serialNumber = if let given = shape.serialNumber { given } else { try randomSerialNumber() }
        let der = try shape.signed(
            for: key, by: issuer, serialNumber: serialNumber, notBefore: notBefore, notAfter: notAfter
        )
        return IssuedCertificate(
            shape: shape, der: der, key: key, serialNumber: serialNumber, notBefore: notBefore, notAfter: notAfter,
            issuers: issuers
        )
    }

    private static func key(_ given: KeyPair?, for shape: CertificateShape) throws(IssuingError) -> KeyPair {
        if let given { given } else { try KeyPair(shape.key) }
    }

    /// 16 random bytes of which the first is no zero and leaves room for no sign (RFC 5280, 4.1.2.2).
    private static func randomSerialNumber() throws(IssuingError) -> [UInt8] {
        var bytes = try Libcrypto.random(16)
        if !bytes.isEmpty { bytes[0] = bytes[0] & 0x3F | 0x40 }
        return bytes
    }

    /// Now, in seconds since 1970. A certificate is judged by the clock of whoever verifies it, which is the system's.
    static var systemTime: Int64 { Int64(time(nil)) }
}
