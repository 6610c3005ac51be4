extension KeyPair {
    /// An algorithm with its size.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        /// The algorithm as libcrypto names it.
        let algorithm: String

        /// The curve, for EC.
        let curve: String?

        /// The bits of the modulus, for RSA.
        let bits: Int?

        /// What configurations call it: "p256", "rsa2048".
        public let description: String

        /// EC on P-256 (secp256r1): the fastest, and the default.
        public static let p256 = Kind(algorithm: "EC", curve: "P-256", bits: nil, description: "p256")
        /// EC on P-384 (secp384r1).
        public static let p384 = Kind(algorithm: "EC", curve: "P-384", bits: nil, description: "p384")
        /// EC on P-521 (secp521r1).
        public static let p521 = Kind(algorithm: "EC", curve: "P-521", bits: nil, description: "p521")
        /// Ed25519 (RFC 8410).
        public static let ed25519 = Kind(algorithm: "ED25519", curve: nil, bits: nil, description: "ed25519")
        /// RSA of 2048 bits.
        public static let rsa2048 = rsa(2048)

        /// RSA of any size.
        ///
        /// - Parameter bits: 512 to 16384. Below 2048 it is weak, which is what tests of refusals want.
        public static func rsa(_ bits: Int) -> Kind {
            Kind(algorithm: "RSA", curve: nil, bits: bits, description: "rsa\(bits)")
        }

        /// The kind that a configuration names.
        ///
        /// - Parameter name: "p256", "p384", "p521", "ed25519", or "rsa" with the number of bits; nil when it is none.
        public init?(named name: String) {
            if let known = [Kind.p256, .p384, .p521, .ed25519].first(where: { $0.description == name }) {
                self = known
            } else if name.hasPrefix("rsa"), let bits = Int(name.dropFirst(3)), (512...16_384).contains(bits) {
                self = .rsa(bits)
            } else {
                return nil
            }
        }

        private init(algorithm: String, curve: String?, bits: Int?, description: String) {
            self.algorithm = algorithm
            self.curve = curve
            self.bits = bits
            self.description = description
        }
    }
}
