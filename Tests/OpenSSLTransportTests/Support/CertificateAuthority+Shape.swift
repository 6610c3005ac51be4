import TestCertificateAuthority

extension CertificateAuthority {
    /// Issues a certificate that signs itself, with a shape that is changed on the way.
    static func selfSigned(
        _ shape: CertificateShape, _ change: (inout CertificateShape) -> Void
    ) throws -> IssuedCertificate {
        var shape = shape
        change(&shape)
        return try selfSigned(shape)
    }
}
