/// A place in a program, for reports that name it.
public struct SourceSite: Sendable, CustomStringConvertible {
    /// The module and the file, as `#fileID` gives them. A static string: keeping it allocates nothing.
    public let fileID: StaticString

    /// The line.
    public let line: UInt

    /// The place of the caller.
    @inlinable
    public init(fileID: StaticString = #fileID, line: UInt = #line) {
        self.fileID = fileID
        self.line = line
    }

    /// The place as `Module/File.swift:12`.
    public var description: String { "\(fileID):\(line)" }
}
