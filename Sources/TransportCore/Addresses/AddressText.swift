/// How all addresses read text: as UTF-8 bytes in place, without a copy.
extension StringProtocol {
    /// Returns what `parser` makes of the text.
    ///
    /// - Parameters:
    ///   - expected: What the text should have been, with its article: "an IPv4 address".
    ///   - parser: Reads the UTF-8 bytes of the text.
    /// - Throws: `TransportError` of kind `.invalidArgument` with the text, the problem and its place.
    func parsedAddress<Value>(
        as expected: String,
        _ parser: (Span<UInt8>) throws(AddressSyntaxError) -> Value
    ) throws(TransportError) -> Value {
        switch addressResult(parser) {
        case .success(let value):
            return value
        case .failure(let problem):
            let error = TransportError.invalidArgument("\(QuotedInput(self)) is not \(expected): \(problem)")
            guard problem.suggestsName else { throw error }
            throw error.with(
                advice: "if it is a name, connect(host:port:) looks it up, and a backend's resolver gives its addresses"
            )
        }
    }

    /// Returns what `parser` makes of the text, or nil if it throws.
    func parsedAddressOrNil<Value>(_ parser: (Span<UInt8>) throws(AddressSyntaxError) -> Value) -> Value? {
        switch addressResult(parser) {
        case .success(let value): value
        case .failure: nil
        }
    }

    private func addressResult<Value>(
        _ parser: (Span<UInt8>) throws(AddressSyntaxError) -> Value
    ) -> Result<Value, AddressSyntaxError> {
        func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<Value, AddressSyntaxError> {
            do throws(AddressSyntaxError) {
                return .success(try parser(bytes.span))
            } catch {
                return .failure(error)
            }
        }
        if let result = utf8.withContiguousStorageIfAvailable(parse) { return result }
        // A string bridged from Objective-C has no UTF-8 bytes to look at until it is copied.
        var copy = String(self)
        return copy.withUTF8(parse)
    }
}
