public import BSDSocketBackend
public import TransportCore

extension VSock: SocketFamily {
    /// `AF_VSOCK`; a number of no family where the platform lacks it.
    private static var number: Int32 { SocketDomain.vsock?.rawValue ?? -1 }

    /// `AF_VSOCK`.
    public static func domain(for address: SocketAddress) -> Int32 { number }

    /// Writes a `sockaddr_vm`: family, two bytes of nothing, port, machine, and four bytes of nothing.
    public static func encode(
        _ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        bytes.storeBytes(of: UInt16(truncatingIfNeeded: number), as: UInt16.self)
        bytes.storeBytes(of: address.port, toByteOffset: 4, as: UInt32.self)
        bytes.storeBytes(of: address.context.rawValue, toByteOffset: 8, as: UInt32.self)
        return 16
    }

    /// Reads a `sockaddr_vm`.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress {
        guard bytes.count >= 12, Int32(bytes.loadUnaligned(as: UInt16.self)) == number else {
            throw TransportError(.familyNotSupported, operation: .getAddress)
                .with(message: "the system gave an address of \(bytes.count) bytes that is not one of vsock")
        }
        return SocketAddress(
            context: Context(rawValue: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)),
            port: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    }

    /// `AF_VSOCK`.
    public static var domainsWithoutAddress: [Int32] { [number] }

    /// False.
    public static var streamsAreTCP: Bool { false }
}
