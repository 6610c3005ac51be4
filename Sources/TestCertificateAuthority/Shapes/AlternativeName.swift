extension CertificateShape {
    /// A name in the form that clients compare: `GeneralName` of RFC 5280, 4.2.1.6.
    public enum AlternativeName: Hashable, Sendable {
        /// A DNS name, also with a wildcard ("*.example.com") or in A-labels ("xn--bcher-kva.example"). Written as it is,
        /// with NULs and all.
        case dns(String)
        /// An IPv4 or IPv6 address.
        case ip(String)
        /// The bytes of an address, in any number.
        case ipBytes([UInt8])
        /// A mail address.
        case email(String)
        /// A URI.
        case uri(String)
        /// A distinguished name.
        case directory(Name)
        /// An object identifier, with dots.
        case registeredID(String)
        /// A name of a form of its own: its object identifier and its text.
        case other(String, String)

        /// Makes a name of the form that its text has: an IP address, a URI ("scheme:…"), a mail address ("…@…"), or a
        /// DNS name.
        public init(_ text: String) {
            if Libcrypto.addressBytes(text) != nil {
                self = .ip(text)
            } else if text.contains("://") || text.hasPrefix("urn:") {
                self = .uri(text)
            } else if text.contains("@") {
                self = .email(text)
            } else {
                self = .dns(text)
            }
        }

        func encoded() throws(IssuingError) -> [UInt8] {
            switch self {
            case .dns(let name): return DER.implicit(2, Array(name.utf8))
            case .ip(let text):
                guard let bytes = Libcrypto.addressBytes(text) else {
                    throw IssuingError("\(text.debugDescription) is no IP address")
                }
                return DER.implicit(7, bytes)
            case .ipBytes(let bytes): return DER.implicit(7, bytes)
            case .email(let address): return DER.implicit(1, Array(address.utf8))
            case .uri(let uri): return DER.implicit(6, Array(uri.utf8))
            case .directory(let name): return DER.explicit(4, try name.encoded())
            case .registeredID(let object): return DER.implicit(8, Array(try DER.object(object).dropFirst(2)))
            case .other(let object, let text):
                return DER.explicit(0, try DER.object(object) + DER.explicit(0, DER.utf8(text)))
            }
        }
    }
}
