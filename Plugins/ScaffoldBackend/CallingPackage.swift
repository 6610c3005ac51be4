import Foundation
import PackagePlugin

/// The package that is to have the backend.
struct CallingPackage {
    private let package: Package

    init(_ package: Package) { self.package = package }

    /// Refuses a scaffold for which there is no room.
    func check(_ scaffold: Scaffold) throws {
        let targets = Set(package.targets.map(\.name))
        for name in [scaffold.target, scaffold.testTarget] where targets.contains(name) {
            throw Refusal("the package \(package.displayName) has a target \(name) already; choose another --name")
        }
    }

    /// How the package depends on a product: by its name within swift-transport itself.
    private func dependency(on product: String) -> String {
        if package.targets.contains(where: { $0.name == product }) { return "\"\(product)\"" }
        return ".product(name: \"\(product)\", package: \"\(dependencyName ?? "swift-transport")\")"
    }

    /// What the package calls swift-transport, among what it depends on itself.
    private var dependencyName: String? {
        let packages = package.dependencies.map(\.package)
        guard let found = packages.first(where: { $0.products.contains { $0.name == "TransportCore" } }) else {
            return nil
        }
        // A dependency that was given a name, as in `.package(name: "swift-transport", path: "…")`, goes by that.
        let manifest = try? String(
            contentsOf: package.directoryURL.appendingPathComponent("Package.swift"), encoding: .utf8)
        let isNamed = manifest?.contains(".package(name: \"\(found.displayName)\"") ?? false
        return isNamed ? found.displayName : found.id
    }

    /// What was written, and what is left for a person to do.
    func whatIsNext(_ scaffold: Scaffold, _ files: [Scaffold.File]) -> String {
        """
        Written:
        \(files.map { "  \($0.path)" }.sorted().joined(separator: "\n"))

        Add this to the targets in Package.swift (and, for Apple systems, platforms: [.macOS(.v15)] to the package):

                .target(
                    name: "\(scaffold.target)",
                    dependencies: [\(dependency(on: "TransportCore"))]
                ),
                .testTarget(
                    name: "\(scaffold.testTarget)",
                    dependencies: [
                        "\(scaffold.target)",
                        \(dependency(on: "TransportConformance")),
                        \(dependency(on: "TransportCore")),
                    ]
                ),

        Then see what there is to write:

          swift test --filter \(scaffold.testTarget)

        Documentation/WritingABackend.md of swift-transport goes on from there.
        """
    }
}
