extension Decoder {
    /// Decodes a value that was encoded as its text.
    ///
    /// - Parameter parse: What makes the value of the text.
    /// - Throws: `DecodingError.dataCorrupted` with the reason where `parse` throws, and what the decoder throws.
    func valueOfText<Value>(_ parse: (String) throws(TransportError) -> Value) throws -> Value {
        let container = try singleValueContainer()
        let text = try container.decode(String.self)
        do throws(TransportError) {
            return try parse(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }
}
