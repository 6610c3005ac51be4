internal import COpenSSL

extension Certificate {
    /// Whom the certificate is about.
    public var subject: Name { withX509 { Name(X509_get_subject_name($0)) } }

    /// Who issued it.
    public var issuer: Name { withX509 { Name(X509_get_issuer_name($0)) } }

    /// A distinguished name, such as `/C=DE/O=Example/CN=example.com`.
    ///
    /// For people and for logs. Whether a certificate is for a host is decided by its ``Certificate/alternativeNames``,
    /// never by anything in here.
    public struct Name: Hashable, Sendable, CustomStringConvertible {
        /// The statements of the name, in the order in which they are written.
        public let attributes: [Attribute]

        /// The name in one line, as the reference's `server()` and `issuer()` give it: `/C=DE/O=Example/CN=example.com`.
        ///
        /// `X509_NAME_oneline`: bytes that are no printable ASCII are written as `\x00`, a slash is not escaped. Never take
        /// it apart; that is what ``attributes`` are for.
        public let oneLine: String

        /// The name after RFC 4514, the last statement first: `CN=example.com,O=Example,C=DE`.
        public let description: String

        /// Whether there is nothing in it.
        public var isEmpty: Bool { attributes.isEmpty }

        /// The values of one kind of statement, in their order: `subject["CN"]`.
        ///
        /// - Parameter kind: The short name or the object identifier.
        public subscript(kind: String) -> [String] {
            attributes.filter { $0.shortName == kind || $0.identifier == kind }.map(\.value)
        }

        /// The last common name, where there is one.
        public var commonName: String? { self["2.5.4.3"].last }

        /// One statement of a name, such as `O=Example`.
        public struct Attribute: Hashable, Sendable {
            /// The object identifier of what is stated, with dots.
            public let identifier: String

            /// Its short name, such as "CN"; the object identifier where OpenSSL knows none.
            public let shortName: String

            /// The text, with NULs and all. What cannot be decoded has U+FFFD in its place.
            public let value: String

            /// The bytes as they are in the certificate.
            public let bytes: [UInt8]

            /// Whether it is in one set with the statement before it, written `+` in RFC 4514.
            public let joinsPrevious: Bool
        }

        /// `XN_FLAG_RFC2253` without `ASN1_STRFLGS_ESC_MSB`: letters outside ASCII stay as they are, which RFC 4514 allows
        /// and people can read.
        static let rfc4514 =
            UInt(ASN1_STRFLGS_ESC_2253) | UInt(ASN1_STRFLGS_ESC_CTRL) | UInt(ASN1_STRFLGS_UTF8_CONVERT)
            | UInt(ASN1_STRFLGS_DUMP_UNKNOWN) | UInt(ASN1_STRFLGS_DUMP_DER) | UInt(XN_FLAG_SEP_COMMA_PLUS)
            | UInt(XN_FLAG_DN_REV) | UInt(XN_FLAG_DUMP_UNKNOWN_FIELDS)

        /// A name that OpenSSL has.
        init(_ name: OpaquePointer?) {
            var attributes: [Attribute] = []
            var set: Int32 = -1
            for index in 0..<max(0, X509_NAME_entry_count(name)) {
                guard let entry = X509_NAME_get_entry(name, index) else { continue }
                let object = X509_NAME_ENTRY_get_object(entry)
                let identifier = ObjectNumbers.text(object)
                let known = OBJ_obj2nid(object)
                let string = X509_NAME_ENTRY_get_data(entry)
                let entrySet = X509_NAME_ENTRY_set(entry)
                attributes.append(
                    Attribute(
                        identifier: identifier,
                        shortName: known == NID_undef ? identifier : String(cString: OBJ_nid2sn(known)),
                        value: ASN1Text.string(string), bytes: ASN1Text.bytes(string),
                        joinsPrevious: index > 0 && entrySet == set
                    )
                )
                set = entrySet
            }
            self.attributes = attributes
            let line = X509_NAME_oneline(name, nil, 0)
            oneLine = line.map { String(cString: $0) } ?? ""
            CRYPTO_free(line, nil, 0)
            description = MemoryBIO.text { X509_NAME_print_ex($0, name, 0, Self.rfc4514) }
        }
    }
}
