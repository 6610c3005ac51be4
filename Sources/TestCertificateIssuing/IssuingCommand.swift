internal import Foundation

/// What the tool is asked to do.
package struct IssuingCommand {
    private var output = ""
    private var folder = ""
    private var configuration: String?

    /// Reads the arguments of the command line.
    package init(_ words: some Collection<String>) throws {
        var words = Array(words)
        while !words.isEmpty {
            let option = words.removeFirst()
            guard let value = words.first else { throw Complaint("\(option) needs a value") }
            words.removeFirst()
            switch option {
            case "--output": output = value
            case "--folder": folder = value
            case "--configuration": configuration = value
            // Only there so that the command is another one on another day, and is run again.
            case "--made-on": break
            default: throw Complaint("unknown option \(option)")
            }
        }
        guard !output.isEmpty, !folder.isEmpty else { throw Complaint("--output and --folder are needed") }
    }

    /// Makes the certificates, their files and the Swift file.
    package func run() throws {
        let wanted =
            if let configuration {
                try Configuration(json: Data(contentsOf: URL(fileURLWithPath: configuration)), from: configuration)
            } else {
                Configuration.usual
            }
        let set: CertificateSet
        do {
            set = try CertificateSet(wanted)
        } catch {
            throw Complaint("\(configuration ?? "the default certificates"): \(error)")
        }
        let folder = URL(fileURLWithPath: folder, isDirectory: true)
        // What is not wanted any more must not be found by a test that still uses it.
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in set.files {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
        try Data(set.swift(folder: folder.path).utf8).write(to: URL(fileURLWithPath: output))
    }
}
