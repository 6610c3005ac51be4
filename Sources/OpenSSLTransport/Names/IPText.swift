internal import TransportCore

/// IP addresses as certificates have them.
enum IPText {
    /// An address of 4 or 16 bytes as text; nil for any other number of bytes.
    static func text(of bytes: [UInt8]) -> String? { (try? IP.Address(networkOrderBytes: bytes))?.description }
}
