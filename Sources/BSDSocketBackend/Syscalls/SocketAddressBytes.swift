internal import CSockets

/// An address in the form in which the system has it: the bytes of a `sockaddr`, on the stack.
@usableFromInline
package struct SocketAddressBytes: Sendable {
    /// The size of `sockaddr_storage`, which holds every address that the system has.
    @inlinable package static var capacity: Int { 128 }

    /// Memory like that of a `sockaddr_storage`, in a type that needs no header: inlined code knows it then.
    @usableFromInline
    typealias Storage = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
        UInt64, UInt64
    )

    @usableFromInline var storage: Storage = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    /// How many of the bytes belong to the address.
    @usableFromInline package var count = 0

    @inlinable
    package init() {}

    /// The address of no family, which dissolves an association (RFC 3493, POSIX `connect`).
    package static let unspecified = SocketAddressBytes { bytes in
        var system = sockaddr()
        system.sa_family = sa_family_t(AF_UNSPEC)
        bytes.storeBytes(of: system, as: sockaddr.self)
        return MemoryLayout<sockaddr>.size
    }

    /// Has `body` write the address and say how many bytes it wrote.
    package init(_ body: (UnsafeMutableRawBufferPointer) -> Int) { write(body) }

    /// Has `body` write the address over a new value, and say how many bytes it wrote.
    @inlinable
    mutating func write(_ body: (UnsafeMutableRawBufferPointer) -> Int) {
        count = withUnsafeMutableBytes(of: &storage) { max(0, min(Self.capacity, body($0))) }
    }

    /// Gives the bytes of the address.
    @inlinable
    package func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafePointer(to: storage) { (pointer) throws(Failure) -> Result in
            try body(UnsafeRawBufferPointer(start: pointer, count: count))
        }
    }

    /// Has a system call write the address; the call gets room and its size, and leaves the size of the address.
    package mutating func fill<Result>(
        _ body: (UnsafeMutableRawPointer, UnsafeMutablePointer<UInt32>) -> Result
    ) -> Result {
        var length = UInt32(Self.capacity)
        defer {
            // The system gives the full size of an address that it had to cut; never more than there is.
            count = min(Int(length), Self.capacity)
        }
        return withUnsafeMutablePointer(to: &storage) { body(UnsafeMutableRawPointer($0), &length) }
    }
}
