extension TransportError {
    /// The number that a system or library gave for a failure, with its name and its text.
    ///
    /// The domains keep apart what the reference's exceptions keep apart: `error` is ``Domain/posix``, `gaierror` is
    /// ``Domain/addressInfo``, `herror` is ``Domain/hostLookup``.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// Whose number it is.
        public let domain: Domain

        /// The number. Its meaning belongs to the domain and, for the system's domains, to the platform.
        public let value: Int32

        /// The symbolic name, such as `ECONNREFUSED`; empty when unknown.
        public let name: String

        /// The domain's own text for the number, such as "Connection refused"; empty when there is none.
        public let text: String

        /// Makes a code.
        public init(domain: Domain, value: Int32, name: String = "", text: String = "") {
            self.domain = domain
            self.value = value
            self.name = name
            self.text = text
        }

        /// Two codes are equal when domain and number are.
        public static func == (left: Code, right: Code) -> Bool {
            left.domain == right.domain && left.value == right.value
        }

        /// Hashes domain and number.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(domain)
            hasher.combine(value)
        }

        /// The name and number with the text, such as `ECONNREFUSED (111): Connection refused`.
        public var description: String {
            let number = name.isEmpty ? "\(domain.rawValue) error \(value)" : "\(name) (\(value))"
            return text.isEmpty ? number : "\(number): \(QuotedInput.bare(text))"
        }
    }
}

extension TransportError.Code {
    /// Whose number a code is. The set is open.
    public struct Domain: RawRepresentable, Hashable, Sendable {
        /// The name of the domain.
        public let rawValue: String

        /// Makes a domain from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// `errno` of the C library.
        public static let posix = Self(rawValue: "errno")
        /// The `EAI_*` codes of `getaddrinfo` and `getnameinfo`.
        public static let addressInfo = Self(rawValue: "getaddrinfo")
        /// The `h_errno` codes of the old host look-ups.
        public static let hostLookup = Self(rawValue: "h_errno")
        /// The error queue of the TLS library.
        public static let tls = Self(rawValue: "TLS")
    }
}

extension TransportError {
    /// The `errno` of the failure, where the system gave one.
    public var errno: Int32? { code?.domain == .posix ? code?.value : nil }

    /// The `h_errno` code of the failure, where one of the old host look-ups gave one.
    public var hostLookupCode: Int32? { code?.domain == .hostLookup ? code?.value : nil }

    /// The `EAI_*` code of the failure, where the resolver gave one.
    public var addressInfoCode: Int32? { code?.domain == .addressInfo ? code?.value : nil }
}
