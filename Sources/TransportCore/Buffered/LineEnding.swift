/// What ends a line.
public struct LineEnding: Hashable, Sendable {
    /// The bytes of the ending.
    public let bytes: [UInt8]
    /// Whether a CR before the ending belongs to it.
    public let includesCarriageReturn: Bool
    /// The first byte, which is looked for.
    @usableFromInline let firstByte: UInt8

    /// An ending of these bytes, such as a single zero or an empty line.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` when there are none.
    public init(_ bytes: some Collection<UInt8>) throws(TransportError) {
        guard let first = bytes.first else {
            throw .invalidArgument("a line must end with something: give at least one byte", operation: .receive)
        }
        self.init(Array(bytes), first: first, includesCarriageReturn: false)
    }

    /// An ending of the characters of a text, as UTF-8.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` when there are none.
    public init(_ text: String) throws(TransportError) { try self.init(text.utf8) }

    private init(_ bytes: [UInt8], first: UInt8, includesCarriageReturn: Bool) {
        self.bytes = bytes
        firstByte = first
        self.includesCarriageReturn = includesCarriageReturn
    }

    /// LF, or CR and LF: what protocols mean by a line.
    public static let newline = LineEnding([0x0A], first: 0x0A, includesCarriageReturn: true)
    /// LF alone: a CR before it is part of the line.
    public static let lineFeed = LineEnding([0x0A], first: 0x0A, includesCarriageReturn: false)
    /// CR and LF: either of them alone is part of the line.
    public static let carriageReturnLineFeed = LineEnding([0x0D, 0x0A], first: 0x0D, includesCarriageReturn: false)
}
