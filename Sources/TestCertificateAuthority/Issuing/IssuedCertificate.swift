/// A certificate with its key, and those of the authorities above it.
public struct IssuedCertificate: Hashable, Sendable {
    /// What it was to say.
    public let shape: CertificateShape

    /// The certificate.
    public let der: [UInt8]

    /// Its key.
    public let key: KeyPair

    /// The serial number, most significant byte first.
    public let serialNumber: [UInt8]

    /// From when it holds, in seconds since the beginning of 1970, UTC.
    public let notBefore: Int64

    /// Until when it holds, in seconds since the beginning of 1970, UTC.
    public let notAfter: Int64

    /// The certificates of the authorities above it, the nearest first, the root last; empty for one that signed itself.
    public let issuers: [[UInt8]]

    /// The certificates between it and the root, the nearest first: what a server presents after its own.
    public var intermediates: [[UInt8]] { issuers.dropLast() }

    /// The certificate alone, as PEM.
    public var pem: String { Self.pem(der) }

    /// The certificate and those between it and the root, as PEM: the file that servers are given.
    public var chainPEM: String { pem + intermediates.map(Self.pem).joined() }

    /// The root's certificate, as PEM: what a client is to trust. Its own for one that signed itself.
    public var rootPEM: String { Self.pem(issuers.last ?? der) }

    /// The private key, as PEM.
    public var keyPEM: String { key.pem }

    /// A certificate as PEM.
    static func pem(_ der: [UInt8]) -> String { PEM.text("CERTIFICATE", der) }
}
