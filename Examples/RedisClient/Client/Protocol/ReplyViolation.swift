/// Bytes of a server that are no reply, or more than the limits allow. The connection is of no use after that.
public struct ReplyViolation: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// A value begins with this byte, which is none of `+ - : $ *`.
        case unknownType(UInt8)
        /// A line does not end in CR LF, or has a CR in it.
        case badLineEnd
        /// An integer is none, or does not fit 64 bits.
        case badInteger
        /// A length is no number, or negative and not -1.
        case badLength
        /// A string does not end in CR LF where its length says.
        case badBulkEnd
        /// A line is longer than ``ReplyLimits/lineLength``.
        case lineTooLong
        /// A string is longer than ``ReplyLimits/bulkLength``.
        case bulkTooLong
        /// There are more values than ``ReplyLimits/elementCount``.
        case tooManyElements
        /// Arrays lie deeper than ``ReplyLimits/depth``.
        case tooDeep
    }

    /// What is wrong.
    public let kind: Kind
    /// Where in the connection's stream the value begins, in bytes from its start.
    public let offset: Int
}

extension ReplyViolation: CustomStringConvertible {
    /// What is wrong, and where.
    public var description: String { "at byte \(offset) of the server's stream, \(kind.summary)" }
}

extension ReplyViolation.Kind {
    fileprivate var summary: String {
        switch self {
        case .unknownType(let byte):
            "a value begins with byte \(byte), which is none of + - : $ *: is it a Redis server?"
        case .badLineEnd: "a line does not end in CR LF"
        case .badInteger: "an integer is none, or does not fit 64 bits"
        case .badLength: "a length is none"
        case .badBulkEnd: "a string does not end where its length says"
        case .lineTooLong: "a line is longer than the client's limit"
        case .bulkTooLong: "a string is longer than the client's limit"
        case .tooManyElements: "a reply has more values than the client's limit"
        case .tooDeep: "arrays lie deeper in arrays than the client's limit"
        }
    }
}
