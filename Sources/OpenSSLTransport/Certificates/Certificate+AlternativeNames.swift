internal import COpenSSL
public import TransportCore

extension Certificate {
    /// The names that the certificate is for (subject alternative names, RFC 5280, 4.2.1.6), in their order.
    ///
    /// Empty when there are none, and when the extension is damaged: such a certificate is for nobody.
    public var alternativeNames: [AlternativeName] {
        withX509 { x509 in
            guard let names = X509_get_ext_d2i(x509, NID_subject_alt_name, nil, nil) else {
                ERR_clear_error()
                return []
            }
            let stack = OpaquePointer(names)
            defer { GENERAL_NAMES_free(stack) }
            return (0..<max(0, copenssl_general_name_count(stack))).compactMap { index in
                copenssl_general_name_at(stack, index).map(AlternativeName.init)
            }
        }
    }

    /// A name that a certificate is for.
    public enum AlternativeName: Hashable, Sendable {
        /// A DNS name as it is written, with wildcards, A-labels and NULs.
        case dns(String)
        /// An IP address.
        case ip(IP.Address)
        /// A URI.
        case uri(String)
        /// A mail address.
        case email(String)
        /// A distinguished name.
        case directory(Name)
        /// An object identifier, with dots.
        case registeredID(String)
        /// A name of any other form, or one that is damaged: its `GeneralName` in DER.
        case other(der: [UInt8])

        init(_ name: UnsafeMutablePointer<GENERAL_NAME>) {
            var kind: Int32 = -1
            let value = GENERAL_NAME_get0_value(name, &kind)
            let string = value.map { UnsafePointer($0.assumingMemoryBound(to: ASN1_STRING.self)) }
            switch kind {
            case GEN_DNS: self = .dns(String(decoding: ASN1Text.bytes(string), as: UTF8.self))
            case GEN_URI: self = .uri(String(decoding: ASN1Text.bytes(string), as: UTF8.self))
            case GEN_EMAIL: self = .email(String(decoding: ASN1Text.bytes(string), as: UTF8.self))
            case GEN_DIRNAME: self = .directory(Name(value.map { OpaquePointer($0) }))
            case GEN_RID: self = .registeredID(ObjectNumbers.text(value.map { OpaquePointer($0) }))
            case GEN_IPADD:
                let address = try? IP.Address(networkOrderBytes: ASN1Text.bytes(string))
                self = address.map { .ip($0) } ?? .other(der: Self.der(name))
            default: self = .other(der: Self.der(name))
            }
        }

        private static func der(_ name: UnsafeMutablePointer<GENERAL_NAME>) -> [UInt8] {
            var bytes: UnsafeMutablePointer<UInt8>?
            let length = i2d_GENERAL_NAME(name, &bytes)
            guard length > 0 else {
                ERR_clear_error()
                return []
            }
            defer { CRYPTO_free(bytes, nil, 0) }
            return Array(UnsafeBufferPointer(start: bytes, count: Int(length)))
        }
    }
}

extension Certificate.AlternativeName: CustomStringConvertible {
    /// The form and the name, such as `DNS:example.com`; what would not be seen is escaped.
    public var description: String {
        switch self {
        case .dns(let name): "DNS:\(Self.visible(name))"
        case .ip(let address): "IP:\(address)"
        case .uri(let uri): "URI:\(Self.visible(uri))"
        case .email(let address): "email:\(Self.visible(address))"
        case .directory(let name): "DirName:\(name)"
        case .registeredID(let number): "Registered ID:\(number)"
        case .other(let der): "other:\(der.count) bytes"
        }
    }

    /// A name of a stranger's must not change how a log looks, nor hide what it is.
    private static func visible(_ text: String) -> String {
        var visible = ""
        for scalar in text.unicodeScalars {
            visible +=
                (0x21...0x7E).contains(scalar.value) && scalar != "\\" ? String(scalar) : scalar.escaped(asASCII: true)
        }
        return visible
    }
}
