// swift-tools-version: 6.2
// Servers under load. A package of its own: a program of each kind, and what asks them.
import PackageDescription

let package = Package(
    name: "ServerBenchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-transport", path: "../..")],
    targets: [
        .executableTarget(name: "c-server"),
        .executableTarget(name: "c-load"),
        .executableTarget(
            name: "swift-server",
            dependencies: [
                .product(name: "TransportCore", package: "swift-transport"),
                .product(name: "BSDSocketBackend", package: "swift-transport"),
                .product(name: "TransportServers", package: "swift-transport"),
            ]
        ),
    ]
)
