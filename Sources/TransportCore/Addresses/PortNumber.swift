/// Checks and reads port numbers.
enum PortNumber {
    /// Returns `port` as a 16-bit number.
    ///
    /// - Throws: `TransportError` of kind `.invalidArgument` if `port` is not from 0 to 65535. The C library and the
    ///   kernel drop the upper bits instead, so that port 65616 would become 80.
    static func validated(_ port: Int) throws(TransportError) -> UInt16 {
        guard let exact = UInt16(exactly: port) else {
            throw .invalidArgument("\(port) is not a port: expected a number from 0 to 65535")
        }
        return exact
    }

    /// Reads the port in `bytes` from `start` to the end.
    static func parse(_ bytes: Span<UInt8>, from start: Int) throws(AddressSyntaxError) -> UInt16 {
        do throws(AddressSyntaxError) {
            let number = try bytes.extracting(start..<bytes.count).decimalNumber(
                limit: UInt32(UInt16.max),
                missing: .portMissing,
                leadingZero: .portLeadingZero,
                tooLarge: .portTooLarge
            )
            return UInt16(truncatingIfNeeded: number)
        } catch {
            throw error.moved(by: start)
        }
    }
}
