/// One run of bytes in a gathering send.
///
/// Spans cannot be stored in a table, so the vectored calls of the contract take a table of these. They are valid only
/// for the duration of the call that receives them. The layout is that of `struct iovec`, so that a socket backend can
/// hand the table to the system as it is.
public struct ByteSegment: BitwiseCopyable {
    /// Where the bytes are; nil only when there are none.
    public let baseAddress: UnsafeRawPointer?

    /// How many bytes there are.
    public let count: Int

    /// Makes a segment of the memory of a buffer.
    @inlinable
    public init(_ buffer: UnsafeRawBufferPointer) {
        baseAddress = buffer.baseAddress
        count = buffer.count
    }

    /// The memory as a buffer.
    @inlinable public var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: baseAddress, count: count) }
}

/// One run of memory to be filled in a scattering receive. Like ``ByteSegment``, for receiving.
public struct MutableByteSegment: BitwiseCopyable {
    /// Where the bytes go; nil only when there is no room.
    public let baseAddress: UnsafeMutableRawPointer?

    /// How many bytes there is room for.
    public let count: Int

    /// Makes a segment of the memory of a buffer.
    @inlinable
    public init(_ buffer: UnsafeMutableRawBufferPointer) {
        baseAddress = buffer.baseAddress
        count = buffer.count
    }

    /// The memory as a buffer.
    @inlinable public var buffer: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: baseAddress, count: count)
    }
}
