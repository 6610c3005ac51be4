import TestSupport

/// Addresses and texts for property tests, the same ones in every run.
extension SeededGenerator {
    /// Returns 16 bytes of which whole groups are often zero, as in real addresses and at the edges of RFC 5952.
    mutating func ipv6Bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<8 {
            switch UInt8.random(in: 0..<4, using: &self) {
            case 0, 1: bytes += [0, 0]
            case 2: bytes += [0, .random(in: 0...255, using: &self)]
            default: bytes += [.random(in: 0...255, using: &self), .random(in: 0...255, using: &self)]
            }
        }
        if UInt8.random(in: 0..<8, using: &self) == 0 {
            bytes.replaceSubrange(0..<12, with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        }
        return bytes
    }

    /// Returns `text` with one to three small faults in it: bytes of `alphabet` put in, put over, left out or doubled.
    mutating func mutated(_ text: String, alphabet: String) -> String {
        var bytes = Array(text.utf8)
        let alphabet = Array(alphabet.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &self) {
            let letter = alphabet.randomElement(using: &self) ?? 0x30
            let place = Int.random(in: 0...bytes.count, using: &self)
            switch UInt8.random(in: 0..<4, using: &self) {
            case 0 where place < bytes.count: bytes[place] = letter
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where place < bytes.count: bytes.insert(bytes[place], at: place)
            default: bytes.insert(letter, at: place)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
