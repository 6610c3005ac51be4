// swift-tools-version: 6.2
// A package of its own, so that users of the library never build or resolve it.
import PackageDescription

// SwiftPM links C programs with the Swift runtime as well. As an archive nothing of it is taken, since nothing refers to
// it: what is compared with Swift is plain C.
let plainC: [LinkerSetting] = [.unsafeFlags(["-nostartfiles", "-static-stdlib"], .when(platforms: [.linux]))]

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Named, because a path's identity would otherwise be whatever folder the checkout is in.
        .package(name: "swift-transport", path: "..")
    ],
    targets: [
        .systemLibrary(name: "CLibssl", pkgConfig: "openssl"),
        .target(
            name: "CWorkloads",
            dependencies: ["CLibssl"],
            cSettings: [
                .define("_GNU_SOURCE", .when(platforms: [.linux])),
                .unsafeFlags(["-Wall", "-Wextra"]),
            ],
            linkerSettings: [.linkedLibrary("pthread", .when(platforms: [.linux]))]
        ),
        .executableTarget(
            name: "c-peer",
            dependencies: ["CWorkloads"],
            linkerSettings: plainC
        ),
        .executableTarget(
            name: "swift-peer",
            dependencies: [
                "CWorkloads",
                .product(name: "TransportCore", package: "swift-transport"),
                .product(name: "BSDSocketBackend", package: "swift-transport"),
                .product(name: "LoopbackMockBackend", package: "swift-transport"),
                .product(name: "OpenSSLTransport", package: "swift-transport"),
                .product(name: "TransportLayers", package: "swift-transport"),
            ]
        ),

        // An echo server of each kind, and what asks them.
        .executableTarget(
            name: "c-server", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])], linkerSettings: plainC
        ),
        .executableTarget(
            name: "c-load", cSettings: [.unsafeFlags(["-Wall", "-Wextra"])], linkerSettings: plainC
        ),
        .executableTarget(
            name: "swift-server",
            dependencies: [
                "CWorkloads",
                .product(name: "TransportCore", package: "swift-transport"),
                .product(name: "BSDSocketBackend", package: "swift-transport"),
                .product(name: "TransportServers", package: "swift-transport"),
            ]
        ),
    ]
)
