internal import COpenSSL

extension Certificate {
    /// The digest of the whole certificate, by which people compare it.
    ///
    /// - Parameter algorithm: The digest. The default is SHA-256.
    public func fingerprint(_ algorithm: Fingerprint.Algorithm = .sha256) -> Fingerprint {
        Fingerprint(algorithm, of: der)
    }

    /// The digest of a certificate or of a key.
    public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
        /// The bytes of the digest.
        public let bytes: [UInt8]

        /// In hexadecimal with colons, as `openssl x509 -fingerprint` prints it: `0A:1B:…`.
        public var description: String { Self.hexadecimal(bytes, separator: ":") }

        /// In Base64, as pins are written (RFC 7469, and curl's `sha256//…`).
        public var base64: String {
            guard !bytes.isEmpty else { return "" }
            var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
            let length = EVP_EncodeBlock(&text, bytes, Int32(clamping: bytes.count))
            return String(decoding: text.prefix(max(0, Int(length))), as: UTF8.self)
        }

        /// Takes the bytes of a digest.
        public init(bytes: [UInt8]) { self.bytes = bytes }

        /// Reads a digest in hexadecimal, with or without colons between the bytes, or in Base64 behind `sha256/` or
        /// `sha256//`, as pins are written; nil when the text is none.
        public init?(_ text: String) {
            if text.hasPrefix("sha256/") {
                // The second slash may be the first character of the Base64, too: a digest has a length.
                let digests = ["sha256/", "sha256//"].lazy.filter(text.hasPrefix).compactMap { prefix in
                    Self.decoded(base64: text.dropFirst(prefix.count))
                }
                guard let digest = digests.first(where: { $0.count == 32 }) else { return nil }
                bytes = digest
                return
            }
            var digits: [UInt8] = []
            for (index, part) in text.split(separator: ":", omittingEmptySubsequences: false).enumerated() {
                guard index == 0 && !text.contains(":") || part.utf8.count == 2 else { return nil }
                for character in part {
                    guard character.isASCII, let digit = character.hexDigitValue else { return nil }
                    digits.append(UInt8(digit))
                }
            }
            guard !digits.isEmpty, digits.count.isMultiple(of: 2) else { return nil }
            bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }

        private static func decoded(base64 text: Substring) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: text.utf8.count / 4 * 3)
            guard EVP_DecodeBlock(&bytes, Array(text.utf8), Int32(clamping: text.utf8.count)) == bytes.count else {
                ERR_clear_error()
                return nil
            }
            // What it gives has three bytes for each four characters, those that only fill up too.
            bytes.removeLast(min(bytes.count, text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }))
            // It takes more than the one text that a digest has: spaces around it, bits that nothing reads.
            return Fingerprint(bytes: bytes).base64 == text ? bytes : nil
        }

        init(_ algorithm: Algorithm, of data: [UInt8]) {
            var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
            var length = 0
            if EVP_Q_digest(nil, algorithm.rawValue, nil, data, data.count, &digest, &length) != 1 { ERR_clear_error() }
            bytes = Array(digest.prefix(length))
        }

        static func hexadecimal(_ bytes: [UInt8], separator: String) -> String {
            bytes.map { byte in
                let text = String(byte, radix: 16, uppercase: true)
                return byte < 16 ? "0" + text : text
            }.joined(separator: separator)
        }

        /// What is used to make a fingerprint.
        public enum Algorithm: String, Hashable, Sendable {
            /// 20 bytes. Broken; for lists that still use it.
            case sha1 = "SHA1"
            /// 32 bytes.
            case sha256 = "SHA256"
        }
    }
}
