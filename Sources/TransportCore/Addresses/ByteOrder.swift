/// Conversions between the order of this machine's bytes and the order of bytes on the network.
///
/// The network's order is big endian (RFC 1700). Addresses and ports of this library are in the machine's order
/// everywhere; only code that writes or reads binary protocols needs these functions.
public enum NetworkByteOrder {
    /// Returns `value` with its bytes in the network's order.
    ///
    /// The corresponding C functions are `htons` for 16 bits and `htonl` for 32 bits.
    @inlinable
    public static func toNetwork<Value: FixedWidthInteger>(_ value: Value) -> Value {
        value.bigEndian
    }

    /// Returns `value`, whose bytes are in the network's order, with its bytes in this machine's order.
    ///
    /// The corresponding C functions are `ntohs` for 16 bits and `ntohl` for 32 bits.
    @inlinable
    public static func fromNetwork<Value: FixedWidthInteger>(_ value: Value) -> Value {
        Value(bigEndian: value)
    }

    /// Returns `value` as an unsigned integer of a given width with its bytes in the network's order.
    ///
    /// Use it for numbers that come from a user or a file: C's `htons` silently drops the upper bits of such a number.
    ///
    /// - Parameters:
    ///   - value: A number from 0 to the largest one of `type`.
    ///   - type: The width, for instance `UInt16.self`.
    /// - Throws: `TransportError` of kind `.invalidArgument` if `value` is negative or too large for `type`.
    public static func toNetwork<Value: FixedWidthInteger & UnsignedInteger>(
        checking value: some BinaryInteger,
        as type: Value.Type
    ) throws(TransportError) -> Value {
        toNetwork(try checked(value, as: type))
    }

    /// Returns `value`, whose bytes are in the network's order, as an unsigned integer of a given width in this
    /// machine's order.
    ///
    /// - Parameters:
    ///   - value: A number from 0 to the largest one of `type`.
    ///   - type: The width, for instance `UInt32.self`.
    /// - Throws: `TransportError` of kind `.invalidArgument` if `value` is negative or too large for `type`.
    public static func fromNetwork<Value: FixedWidthInteger & UnsignedInteger>(
        checking value: some BinaryInteger,
        as type: Value.Type
    ) throws(TransportError) -> Value {
        fromNetwork(try checked(value, as: type))
    }

    private static func checked<Value: FixedWidthInteger & UnsignedInteger>(
        _ value: some BinaryInteger,
        as type: Value.Type
    ) throws(TransportError) -> Value {
        guard let exact = Value(exactly: value) else {
            throw .invalidArgument(
                "\(value) does not fit in \(Value.bitWidth) bits: expected a number from 0 to \(Value.max)"
            )
        }
        return exact
    }
}
