extension Recording {
    /// The first line of a text, without the version.
    static let heading = "swift-transport recording "
    /// The version of the form of the text.
    static let version = 1

    /// The recording as text, to be kept beside a test and read by people; ``init(_:)`` reads it.
    ///
    /// ```
    /// swift-transport recording 1
    ///
    /// connection to "127.0.0.1:6379"
    /// 0 client "PING\r\n"
    /// 0.000312045 server "+PONG\r\n"
    /// 0.000405 client ends
    /// ```
    ///
    /// Times are seconds since the connection was made. Bytes are text in quotes with `\r`, `\n`, `\t`, `\"`, `\\` and
    /// `\x00`, or `hex` and pairs of digits; what is too long for one line goes on in the next ones, which begin with
    /// spaces. Empty lines and lines that begin with `#` say nothing.
    public var text: String {
        var lines = [Self.heading + "\(Self.version)"]
        for connection in connections {
            lines += ["", "connection to \(Self.quoted(Array(connection.peer.utf8)[...]))"]
            for event in connection.events { lines += Self.lines(of: event) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of event: Event) -> [String] {
        let start = "\(TimeText.digits(event.nanoseconds, trimmed: true)) \(event.sender) "
        switch event.content {
        case .end: return [start + "ends"]
        case .reset: return [start + "resets"]
        case .bytes(let bytes):
            let pieces = isText(bytes) ? textPieces(bytes) : hexPieces(bytes)
            let indentation = String(repeating: " ", count: start.count)
            return pieces.enumerated().map { ($0 == 0 ? start : indentation) + $1 }
        }
    }

    /// Whether bytes are read more easily as text: at least three of four.
    private static func isText(_ bytes: [UInt8]) -> Bool {
        let readable = bytes.count { (32..<127).contains($0) || (9...13).contains($0) }
        return readable * 4 >= bytes.count * 3
    }

    /// Quoted texts, each of a line or of a part of one.
    private static func textPieces(_ bytes: [UInt8]) -> [String] {
        var pieces: [String] = []
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(72)
            let end = piece.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? piece.endIndex
            pieces.append(quoted(rest[..<end]))
            rest = rest[end...]
        } while !rest.isEmpty
        return pieces
    }

    private static func hexPieces(_ bytes: [UInt8]) -> [String] {
        stride(from: 0, to: bytes.count, by: 24).map { start in
            let row = bytes[start..<min(start + 24, bytes.count)]
            return "hex " + row.map { ByteText.hexadecimal($0, width: 2) }.joined(separator: " ")
        }
    }

    private static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
        "\"" + bytes.map(ByteText.escaped).joined() + "\""
    }
}

extension Recording.Sender: CustomStringConvertible {
    /// "client" or "server".
    public var description: String { self == .client ? "client" : "server" }
}
