/// Bytes that were received and not yet given out as lines.
struct LineBuffer {
    /// What is in memory; the lines before `start` were given out.
    private var bytes: [UInt8] = []
    private var start = 0
    /// Up to here there is no end of a line after `start`.
    private var searched = 0

    /// How much is received at once.
    private static var portion: Int { 8192 }

    /// What is held, from the next line on.
    var rest: ArraySlice<UInt8> { bytes[start...] }

    /// Takes the next line, without its end: LF, or CR and LF.
    ///
    /// - Returns: The line, or nil when its end is not there yet.
    /// - Throws: ``TransportError/Kind/messageTooLarge`` when it is longer than `maximum`; it stays in the buffer.
    mutating func takeLine(atMost maximum: Int) throws(TransportError) -> ArraySlice<UInt8>? {
        let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n"))
        searched = end ?? bytes.count
        var line = bytes[start..<searched]
        // Where the end is missing, a CR may be the first half of it.
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.count <= maximum else {
            throw TransportError(.messageTooLarge, operation: .receive)
                .with(message: "a line has more than \(maximum) bytes, which is the most that this reader takes")
        }
        guard let end else { return nil }
        start = end + 1
        searched = start
        return line
    }

    /// Takes what is held, whatever it is.
    mutating func takeRest() -> ArraySlice<UInt8> {
        defer { removeEverything() }
        return rest
    }

    /// Appends what `body` puts into an output span.
    mutating func append<Result>(
        _ body: (inout OutputRawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        if start == bytes.count {
            removeEverything()
        } else if start > 0 {
            // The beginning of one line is all that can be left.
            bytes.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        return try bytes.appendBytes(atMost: Self.portion, body)
    }

    private mutating func removeEverything() {
        bytes.removeAll(keepingCapacity: true)
        start = 0
        searched = 0
    }
}
