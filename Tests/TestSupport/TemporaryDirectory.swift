#if canImport(Glibc)
internal import Glibc

/// A directory that is there as long as this object.
public final class TemporaryDirectory {
    /// Its path.
    public let path: String

    /// Makes one.
    public init() throws {
        var template = [CChar]("/tmp/swift-transport-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw ChildFailure("no temporary directory") }
        path = String(cString: made)
    }

    deinit { _ = try? ChildProcess("rm", ["-r", path]).waitForExit() }

    /// Writes a file into it.
    ///
    /// - Returns: The path of the file.
    public func write(_ name: String, _ text: String) throws -> String {
        guard let file = fopen(path + "/" + name, "w") else { throw ChildFailure("\(name) cannot be written") }
        fputs(text, file)
        fclose(file)
        return path + "/" + name
    }
}
#endif
