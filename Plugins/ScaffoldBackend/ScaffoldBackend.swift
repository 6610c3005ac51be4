import Foundation
import PackagePlugin

/// `swift package scaffold-backend --name Serial`: the beginnings of a backend, in the package that calls it.
@main
struct ScaffoldBackend: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) throws {
        guard let scaffold = try Scaffold(parsing: arguments) else {
            print(Scaffold.usage)
            return
        }
        let calling = CallingPackage(context.package)
        try calling.check(scaffold)

        let files = scaffold.files
        let root = context.package.directoryURL
        // Looked at before the first is written, so that a refusal leaves nothing behind.
        let existing = files.filter {
            FileManager.default.fileExists(atPath: root.appendingPathComponent($0.path).path)
        }
        guard existing.isEmpty else {
            throw Refusal("there is already \(existing.map(\.path).joined(separator: ", "))")
        }

        for file in files {
            let url = root.appendingPathComponent(file.path)
            do {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true
                )
                try (file.text + "\n").write(to: url, atomically: true, encoding: .utf8)
            } catch {
                throw Refusal("\(file.path) could not be written: \(error.localizedDescription)")
            }
        }
        print(calling.whatIsNext(scaffold, files))
    }
}

/// Why nothing is scaffolded.
struct Refusal: Error, CustomStringConvertible, LocalizedError {
    let description: String

    init(_ description: String) { self.description = description }

    var errorDescription: String? { description }
}
