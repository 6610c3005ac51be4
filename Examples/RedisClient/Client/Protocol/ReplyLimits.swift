/// How much of a reply a client takes before it calls the server broken.
///
/// A length that a server announces costs nothing; memory grows with what really comes. These limits hold for that.
public struct ReplyLimits: Hashable, Sendable {
    /// The longest line, without its type and its end: short texts, errors, numbers.
    public var lineLength: Int
    /// The longest string.
    public var bulkLength: Int
    /// The most values in one reply, all arrays together, each array counting as one.
    public var elementCount: Int
    /// How deep arrays may lie in arrays; at most 512, since a program's stack is no longer.
    public var depth: Int { didSet { depth = min(depth, Self.greatestDepth) } }

    private static let greatestDepth = 512

    /// Makes limits.
    ///
    /// - Parameters:
    ///   - lineLength: The longest line. The default is 64 KiB.
    ///   - bulkLength: The longest string. The default is 512 MiB, which is the most that a server stores.
    ///   - elementCount: The most values in one reply. The default is 1,048,576.
    ///   - depth: How deep arrays may lie in arrays. The default is 32.
    public init(
        lineLength: Int = 64 << 10, bulkLength: Int = 512 << 20, elementCount: Int = 1 << 20, depth: Int = 32
    ) {
        self.lineLength = lineLength
        self.bulkLength = bulkLength
        self.elementCount = elementCount
        self.depth = min(depth, Self.greatestDepth)
    }
}
