public import TransportCore

/// What one call of a stream came to, for whoever traces it.
public struct TraceEvent: Sendable, CustomStringConvertible {
    /// What the call came to.
    public enum Outcome: Sendable {
        /// It moved so many bytes, or did something that moves none (0).
        case done(bytes: Int)
        /// It found the end of the stream.
        case endOfStream
        /// It could do nothing now.
        case wouldBlock(Need)
        /// It failed.
        case failed(TransportError)
    }

    /// The number of the stream, from 1 on, in the order in which they were made.
    public let stream: Int

    /// What was done.
    public let operation: TransportError.Operation

    /// What it came to.
    public let outcome: Outcome

    /// When it began, in the time of the stream.
    public let start: Instant

    /// How long it took; with the waiting, where it waited.
    public let duration: Duration

    /// The first bytes that were moved, as many as were asked for.
    public let preview: [UInt8]

    /// The event in one line, such as `#1 receive: 512 bytes in 0.000012 s`.
    public var description: String {
        let nanoseconds = duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
        let fraction = String(nanoseconds / 1000 % 1_000_000 + 1_000_000).dropFirst()
        let time = "\(nanoseconds / 1_000_000_000).\(fraction) s"
        let result =
            switch outcome {
            case .done(let count) where count > 0: "\(count) \(count == 1 ? "byte" : "bytes")"
            case .done: "done"
            case .endOfStream: "end of the stream"
            case .wouldBlock: "nothing now"
            case .failed(let error): error.description
            }
        return "#\(stream) \(operation): \(result) in \(time)"
    }

    /// The preview as lines of 16 bytes, in hexadecimal and as text; an empty string when there is none.
    public var hexAndText: String { preview.hexAndText }
}

extension [UInt8] {
    /// Lines with an offset, 16 bytes in hexadecimal, and the same as text.
    var hexAndText: String {
        let digits = [UInt8]("0123456789abcdef".utf8)
        var lines: [String] = []
        for start in stride(from: 0, to: count, by: 16) {
            let row = self[start..<Swift.min(start + 16, count)]
            var line = [12, 8, 4, 0].map { digits[start >> $0 & 15] }
            line.append(UInt8(ascii: " "))
            for index in 0..<16 {
                line.append(UInt8(ascii: " "))
                if index == 8 { line.append(UInt8(ascii: " ")) }
                guard index < row.count else {
                    line += [32, 32]
                    continue
                }
                let byte = row[start + index]
                line += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
            line += [32, 32]
            line += row.map { (32..<127).contains($0) ? $0 : UInt8(ascii: ".") }
            lines.append(String(decoding: line, as: UTF8.self))
        }
        return lines.joined(separator: "\n")
    }
}
