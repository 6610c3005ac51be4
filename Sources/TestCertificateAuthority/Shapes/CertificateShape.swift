/// What a certificate is to say: every part of it can be changed, also into what no honest authority would sign.
///
/// Begin with `server(_:)`, ``client(_:)`` or ``authority(_:pathLength:)``, and change what the test is about:
///
/// ```swift
/// var shape = CertificateShape.server("localhost", "127.0.0.1")
/// shape.validity = .expired
/// let certificate = try authority.issue(shape)
/// ```
public struct CertificateShape: Hashable, Sendable {
    /// Whom the certificate is about.
    public var subject: Name

    /// The names that a client compares with the one it called (RFC 5280, 4.2.1.6); with none, there is no extension.
    public var alternativeNames: [AlternativeName] = []

    /// From when to when it holds. The default is ``Validity/usual``.
    public var validity: Validity = .usual

    /// The key to make for it. The default is ``KeyPair/Kind/p256``.
    public var key: KeyPair.Kind = .p256

    /// The basic constraints; nil leaves the extension out, which makes it a certificate of an end.
    public var basicConstraints: BasicConstraints?

    /// What the key may be used for; nil leaves the extension out, which allows everything.
    public var keyUsage: Set<KeyUsage>?

    /// What the certificate may be used for; empty leaves the extension out, which allows everything.
    public var extendedKeyUsage: [ExtendedKeyUsage] = []

    /// The names that certificates below an authority may have; nil leaves the extension out.
    public var nameConstraints: NameConstraints?

    /// Where revocation lists are to be had, as URIs; with none, there is no extension.
    public var revocationListLocations: [String] = []

    /// The serial number, most significant byte first; nil is 16 random bytes.
    public var serialNumber: [UInt8]?

    /// The digest that the issuer signs with; nil is the one that suits the issuer's key.
    public var signatureDigest: SignatureDigest?

    /// Whether the certificate names its key and its issuer's by their identifiers. The default is true.
    public var hasKeyIdentifiers = true

    /// Whether the signature is to be wrong. The default is false.
    public var hasBrokenSignature = false

    /// Whether the alternative names must be understood, which RFC 5280 asks for when the subject is empty.
    ///
    /// nil, the default, does as it says.
    public var alternativeNamesAreCritical: Bool?

    /// Extensions of any kind, after the others.
    public var extensions: [Extension] = []

    /// Makes a shape that says nothing but whom it is about.
    public init(subject: Name) { self.subject = subject }

    /// A server's certificate.
    ///
    /// - Parameter names: The names of the server, as ``AlternativeName/init(_:)`` takes them: IP addresses, URIs and mail
    ///   addresses are recognised, everything else is a DNS name. The first is also the common name.
    public static func server(_ names: String...) -> CertificateShape { server(names) }

    /// A server's certificate, for names in an array.
    public static func server(_ names: [String]) -> CertificateShape {
        var shape = CertificateShape(subject: names.first.map { Name($0) } ?? Name())
        shape.alternativeNames = names.map { AlternativeName($0) }
        shape.keyUsage = [.digitalSignature]
        shape.extendedKeyUsage = [.serverAuthentication]
        return shape
    }

    /// A client's certificate.
    ///
    /// - Parameter name: The common name; when it is a mail address, it is also an alternative name.
    public static func client(_ name: String) -> CertificateShape {
        var shape = CertificateShape(subject: Name(name))
        if case .email = AlternativeName(name) { shape.alternativeNames = [.email(name)] }
        shape.keyUsage = [.digitalSignature]
        shape.extendedKeyUsage = [.clientAuthentication]
        return shape
    }

    /// An authority's certificate.
    ///
    /// - Parameters:
    ///   - name: The common name.
    ///   - pathLength: How many authorities may be between it and an end; nil is any number.
    public static func authority(_ name: String, pathLength: Int? = nil) -> CertificateShape {
        var shape = CertificateShape(subject: Name(name))
        shape.basicConstraints = .authority(pathLength: pathLength)
        shape.keyUsage = [.certificateSigning, .revocationListSigning]
        shape.validity = .days(Validity.authorityDays)
        return shape
    }
}
