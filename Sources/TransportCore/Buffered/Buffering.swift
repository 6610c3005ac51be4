/// When a ``BufferedWriter`` sends what was written to it.
public struct Buffering: Hashable, Sendable {
    /// How many bytes are held at most.
    @usableFromInline let capacity: Int
    /// Whether a line that is complete is sent at once.
    @usableFromInline let endsWithLine: Bool

    private init(_ capacity: Int, endsWithLine: Bool = false) {
        // What one wants to hold is held in memory: more than this is a mistake.
        self.capacity = min(max(0, capacity), 1 << 24)
        self.endsWithLine = endsWithLine
    }

    /// At once: nothing is held.
    public static let none = Buffering(0)
    /// As soon as a line feed was written, or 8,192 bytes are there.
    public static let line = Buffering(8192, endsWithLine: true)
    /// As soon as 8,192 bytes are there.
    public static let full = Buffering(8192)
    /// As soon as so many bytes are there, from 0, which is ``none``, to 16,777,216.
    public static func size(_ count: Int) -> Buffering { Buffering(count) }
}
