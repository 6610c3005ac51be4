import Foundation
import PackagePlugin

/// Makes a throw-away authority and certificates for a test target while it is built, so that none is checked in.
///
/// What is wanted stands in `TestCertificates.json` in the target's folder; without that file, it is a useful set. The
/// target gets a type `TestCertificates` that hands them out.
@main
struct TestCertificates: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let target = target.sourceModule else { return [] }
        let configuration = target.directoryURL.appendingPathComponent("TestCertificates.json")
        let isConfigured = FileManager.default.fileExists(atPath: configuration.path)
        let output = context.pluginWorkDirectoryURL.appendingPathComponent("TestCertificates.swift")
        let folder = context.pluginWorkDirectoryURL.appendingPathComponent("Certificates")
        return [
            .buildCommand(
                displayName: "Making certificates for \(target.name)",
                executable: try context.tool(named: "TestCertificateIssuer").url,
                arguments: [
                    "--output", output.path, "--folder", folder.path,
                    // Another command on another day, so that whenever the build is planned anew, they are made anew.
                    "--made-on", "\(Int(Date().timeIntervalSince1970 / 86_400))",
                ] + (isConfigured ? ["--configuration", configuration.path] : []),
                inputFiles: isConfigured ? [configuration] : [],
                outputFiles: [output]
            )
        ]
    }
}
