/// Checks and reads port numbers.
package enum PortNumber {
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

    /// Checks the text of a service: one that the C library would read as a number must be a port.
    ///
    /// - Throws: `TransportError` of kind `.invalidArgument` for another number. The C library gives the port that is left of
    ///   the lower 16 bits.
    package static func check(service: String) throws(TransportError) {
        // What strtoul takes: white space, a sign, digits.
        let text = service.utf8.drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
        let isSigned = text.first == UInt8(ascii: "+") || text.first == UInt8(ascii: "-")
        let digits = isSigned ? text.dropFirst() : text
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return
        }
        let number = digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 65_536) }
        guard number <= 65_535, text.first != UInt8(ascii: "-") || number == 0 else {
            throw .invalidArgument(
                "\(QuotedInput(service)) is not a port: give a number from 0 to 65535", operation: .resolve)
        }
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
