internal import TransportCore

/// The first bytes of a peer, to tell of one that does not speak TLS. In place: nearly nobody asks for them.
struct FirstBytes: CustomStringConvertible {
    private var storage: (UInt64, UInt64) = (0, 0)
    private var count = 0

    /// Whether there is no room for more.
    var isFull: Bool { count == 16 }

    /// Whether there are none.
    var isEmpty: Bool { count == 0 }

    /// Takes the first of some bytes, as far as there is room.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let part = min(bytes.count, 16 - count)
        withUnsafeMutableBytes(of: &storage) { room in
            UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[..<part]))
        }
        count += part
    }

    /// Whether they may be the beginning of a TLS record, as none may.
    var areOfTLS: Bool {
        let bytes = array
        guard let type = bytes.first else { return true }
        return (20...24).contains(type) && (bytes.count < 2 || bytes[1] == 3)
    }

    /// The bytes for a person: text where they are text.
    var description: String {
        let bytes = array
        let isText = bytes.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
        guard !isText else {
            return "\"" + bytes.map { Unicode.Scalar($0).escaped(asASCII: true) }.joined() + "\""
        }
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    private var array: [UInt8] { withUnsafeBytes(of: storage) { Array($0.prefix(count)) } }
}
