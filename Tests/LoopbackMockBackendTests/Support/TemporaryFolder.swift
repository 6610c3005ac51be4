import Foundation

/// A folder for the sockets of a test.
struct TemporaryFolder {
    private let url: URL

    init() throws {
        // A path of a Unix socket has 107 bytes at most.
        url = URL(fileURLWithPath: "/tmp/\(UUID().uuidString.prefix(13))", isDirectory: true)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func remove() { try? FileManager.default.removeItem(at: url) }
}
