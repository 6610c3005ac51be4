extension CertificateShape {
    /// A distinguished name: attributes in the order in which they are written, the most general first by custom.
    public struct Name: Hashable, Sendable, ExpressibleByStringLiteral {
        /// The attributes, each in a set of its own.
        public var attributes: [Attribute]

        /// Makes a name of attributes; with none, it is the empty name.
        public init(_ attributes: [Attribute] = []) { self.attributes = attributes }

        /// Makes a name that is a common name alone. It may have a NUL in it.
        public init(_ commonName: String) { attributes = [Attribute(.commonName, commonName)] }

        /// Makes a name that is a common name alone.
        public init(stringLiteral commonName: String) { self.init(commonName) }

        /// One statement of a name, such as `O=Example`.
        public struct Attribute: Hashable, Sendable {
            /// What is stated.
            public var kind: Kind
            /// The text, in bytes of its encoding.
            public var value: [UInt8]
            /// The tag of the string type: 12 is UTF8String, 19 PrintableString, 20 T61String, 22 IA5String, 30 BMPString.
            public var tag: UInt8

            /// Makes a statement in the string type that its kind asks for, which is UTF8String for most.
            public init(_ kind: Kind, _ text: String) {
                self.init(kind, bytes: Array(text.utf8), tag: kind.tag)
            }

            /// Makes a statement of any bytes.
            public init(_ kind: Kind, bytes: [UInt8], tag: UInt8) {
                self.kind = kind
                self.value = bytes
                self.tag = tag
            }
        }

        /// What an attribute states, by its object identifier. The set is open.
        public struct Kind: RawRepresentable, Hashable, Sendable {
            /// The object identifier, with dots.
            public let rawValue: String

            /// Makes a kind from its object identifier.
            public init(rawValue: String) { self.rawValue = rawValue }

            /// `CN`
            public static let commonName = Kind(rawValue: "2.5.4.3")
            /// `C`, two letters
            public static let country = Kind(rawValue: "2.5.4.6")
            /// `L`
            public static let locality = Kind(rawValue: "2.5.4.7")
            /// `ST`
            public static let state = Kind(rawValue: "2.5.4.8")
            /// `O`
            public static let organization = Kind(rawValue: "2.5.4.10")
            /// `OU`
            public static let organizationalUnit = Kind(rawValue: "2.5.4.11")
            /// `serialNumber`, of the subject itself
            public static let serialNumber = Kind(rawValue: "2.5.4.5")
            /// `emailAddress`, in IA5String
            public static let email = Kind(rawValue: "1.2.840.113549.1.9.1")
            /// `DC`, in IA5String
            public static let domainComponent = Kind(rawValue: "0.9.2342.19200300.100.1.25")

            /// The short names by which a kind is written, such as "CN".
            public init?(named name: String) {
                let known: [String: Kind] = [
                    "CN": .commonName, "C": .country, "L": .locality, "ST": .state, "O": .organization,
                    "OU": .organizationalUnit, "serialNumber": .serialNumber, "emailAddress": .email,
                    "DC": .domainComponent,
                ]
                guard let kind = known[name] else { return nil }
                self = kind
            }

            fileprivate var tag: UInt8 {
                switch self {
                case .country, .serialNumber: 19
                case .email, .domainComponent: 22
                default: 12
                }
            }
        }

        func encoded() throws(IssuingError) -> [UInt8] {
            var sets: [[UInt8]] = []
            for attribute in attributes {
                let kind = try DER.object(attribute.kind.rawValue)
                sets.append(DER.set(DER.sequence(kind, DER.value(attribute.tag, attribute.value))))
            }
            return DER.sequence(of: sets)
        }
    }
}
