extension CertificateShape {
    /// The names that certificates below an authority may have (RFC 5280, 4.2.1.10).
    ///
    /// A subtree is a DNS name ("example.com" means it and all below it), a network ("10.0.0.0/8", "fd00::/8"), or the host
    /// or domain of a mail address with an at sign before it ("@example.com").
    public struct NameConstraints: Hashable, Sendable {
        /// The subtrees in which names must be, where there are any of their form.
        public var permitted: [String]
        /// The subtrees in which no name may be.
        public var excluded: [String]

        /// Makes constraints of subtrees.
        public init(permitted: [String] = [], excluded: [String] = []) {
            self.permitted = permitted
            self.excluded = excluded
        }

        func encoded() throws(IssuingError) -> [UInt8] {
            var parts: [[UInt8]] = []
            for (number, subtrees) in [permitted, excluded].enumerated() where !subtrees.isEmpty {
                var content: [UInt8] = []
                for subtree in subtrees { content += DER.sequence(try Self.base(of: subtree)) }
                parts.append(DER.explicit(UInt8(number), content))
            }
            return DER.sequence(of: parts)
        }

        private static func base(of subtree: String) throws(IssuingError) -> [UInt8] {
            if subtree.hasPrefix("@") { return DER.implicit(1, Array(subtree.utf8.dropFirst())) }
            let parts = subtree.split(separator: "/", maxSplits: 1)
            guard parts.count == 2 else { return DER.implicit(2, Array(subtree.utf8)) }
            guard let address = Libcrypto.addressBytes(String(parts[0])), let length = Int(parts[1]),
                (0...address.count * 8).contains(length)
            else { throw IssuingError("\(subtree.debugDescription) is no network, such as \"10.0.0.0/8\"") }
            let mask = address.indices.map { index in
                UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, length - index * 8)))
            }
            return DER.implicit(7, address + mask)
        }
    }
}
