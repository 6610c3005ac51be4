/// One thing that a header of the PROXY protocol, version 2, says besides the addresses (a TLV).
public struct ProxyProtocolField: Hashable, Sendable {
    /// What a field is about. The set is open: the numbers 0xE0 to 0xEF are for applications.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The number.
        public let rawValue: UInt8

        /// Makes a kind from its number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The protocol that was agreed on in TLS (`PP2_TYPE_ALPN`).
        public static let alpn = Self(rawValue: 0x01)
        /// The host name that the client asked for, in UTF-8 (`PP2_TYPE_AUTHORITY`).
        public static let authority = Self(rawValue: 0x02)
        /// The checksum; computed and checked here, and never among the fields (`PP2_TYPE_CRC32C`).
        public static let checksum = Self(rawValue: 0x03)
        /// Padding; left out here (`PP2_TYPE_NOOP`).
        public static let padding = Self(rawValue: 0x04)
        /// A name of the connection, at most 128 bytes (`PP2_TYPE_UNIQUE_ID`).
        public static let uniqueID = Self(rawValue: 0x05)
        /// What is known of the client's TLS (`PP2_TYPE_SSL`).
        public static let tls = Self(rawValue: 0x20)
        /// The name of the network namespace, in US-ASCII (`PP2_TYPE_NETNS`).
        public static let networkNamespace = Self(rawValue: 0x30)
    }

    /// What it is about.
    public var kind: Kind
    /// The bytes; at most 65,535.
    public var value: [UInt8]

    /// Makes a field.
    public init(_ kind: Kind, _ value: some Collection<UInt8>) {
        self.kind = kind
        self.value = [UInt8](value)
    }
}

/// What a proxy says of the TLS that the client speaks with it.
public struct ProxyProtocolTLS: Hashable, Sendable {
    /// Whether the client connected over TLS (`PP2_CLIENT_SSL`).
    public var isUsed: Bool
    /// Whether the client gave a certificate over this connection (`PP2_CLIENT_CERT_CONN`).
    public var gaveCertificate: Bool
    /// Whether the client gave a certificate in this session (`PP2_CLIENT_CERT_SESS`).
    public var gaveCertificateInSession: Bool
    /// Whether a certificate was given and found good.
    public var isVerified: Bool
    /// The version, such as "TLSv1.3".
    public var version: String?
    /// The common name of the client's certificate.
    public var commonName: String?
    /// The cipher, such as "ECDHE-RSA-AES128-GCM-SHA256".
    public var cipher: String?
    /// The algorithm that the client's certificate was signed with.
    public var signatureAlgorithm: String?
    /// The algorithm of the key of the client's certificate.
    public var keyAlgorithm: String?

    /// Makes a statement; everything that is not said is unknown.
    public init(
        isUsed: Bool = true, gaveCertificate: Bool = false, gaveCertificateInSession: Bool = false,
        isVerified: Bool = false, version: String? = nil, commonName: String? = nil, cipher: String? = nil,
        signatureAlgorithm: String? = nil, keyAlgorithm: String? = nil
    ) {
        self.isUsed = isUsed
        self.gaveCertificate = gaveCertificate
        self.gaveCertificateInSession = gaveCertificateInSession
        self.isVerified = isVerified
        self.version = version
        self.commonName = commonName
        self.cipher = cipher
        self.signatureAlgorithm = signatureAlgorithm
        self.keyAlgorithm = keyAlgorithm
    }
}

// MARK: - As fields

extension ProxyProtocolField {
    /// The field for a statement about TLS.
    public static func tls(_ tls: ProxyProtocolTLS) -> ProxyProtocolField {
        var value: [UInt8] = [0]
        if tls.isUsed { value[0] |= 1 }
        if tls.gaveCertificate { value[0] |= 2 }
        if tls.gaveCertificateInSession { value[0] |= 4 }
        value.appendBigEndian(UInt32(tls.isVerified ? 0 : 1))
        let parts = [
            (0x21, tls.version), (0x22, tls.commonName), (0x23, tls.cipher), (0x24, tls.signatureAlgorithm),
            (0x25, tls.keyAlgorithm),
        ]
        for case (let number, let text?) in parts {
            let bytes = text.utf8.prefix(1024)
            value.append(UInt8(number))
            value.appendBigEndian(UInt16(bytes.count))
            value.append(contentsOf: bytes)
        }
        return ProxyProtocolField(.tls, value)
    }
}

extension ProxyProtocolHeader {
    /// The bytes of the first field of a kind.
    public func value(of kind: ProxyProtocolField.Kind) -> [UInt8]? { fields.first { $0.kind == kind }?.value }

    private func text(of kind: ProxyProtocolField.Kind) -> String? {
        value(of: kind).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The protocol that was agreed on in TLS, such as "h2".
    public var alpn: String? { text(of: .alpn) }

    /// The host name that the client asked for.
    public var authority: String? { text(of: .authority) }

    /// The name that the proxy gave to the connection.
    public var uniqueID: [UInt8]? { value(of: .uniqueID) }

    /// The network namespace in which the proxy took the connection.
    public var networkNamespace: String? { text(of: .networkNamespace) }

    /// What is known of the client's TLS.
    public var tls: ProxyProtocolTLS? {
        guard let value = value(of: .tls), value.count >= 5 else { return nil }
        var tls = ProxyProtocolTLS(
            isUsed: value[0] & 1 != 0, gaveCertificate: value[0] & 2 != 0, gaveCertificateInSession: value[0] & 4 != 0,
            // 0 is said for "no certificate was given", too.
            isVerified: value[1...4].allSatisfy { $0 == 0 } && value[0] & 6 != 0
        )
        for field in (try? ProxyProtocolField.list(in: value[5...])) ?? [] {
            let text = String(decoding: field.value, as: UTF8.self)
            switch field.kind.rawValue {
            case 0x21: tls.version = text
            case 0x22: tls.commonName = text
            case 0x23: tls.cipher = text
            case 0x24: tls.signatureAlgorithm = text
            case 0x25: tls.keyAlgorithm = text
            default: break
            }
        }
        return tls
    }
}
