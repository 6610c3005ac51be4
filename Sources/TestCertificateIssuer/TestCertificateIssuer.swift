import Foundation
import TestCertificateIssuing

/// The tool of the plugin TestCertificates: makes the certificates of a test target and a Swift file that hands them out.
///
///     TestCertificateIssuer --output <file.swift> --folder <folder> [--configuration <file.json>] [--made-on <day>]
@main
struct TestCertificateIssuer {
    static func main() {
        do {
            try IssuingCommand(CommandLine.arguments.dropFirst()).run()
        } catch {
            // In this form, SwiftPM and Xcode show it as an error of the build.
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }
}
