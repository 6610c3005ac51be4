// swift-tools-version: 6.2
// swift-nio as a peer. A package of its own, which only `Benchmarks/servers --nio` builds: nothing else resolves it.
import PackageDescription

let package = Package(
    name: "NIOPeer",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2")],
    targets: [
        .executableTarget(
            name: "nio-server",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ]
        )
    ]
)
