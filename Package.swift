// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target. The language mode is 6 through the tools version.
let swiftSettings: [SwiftSetting] = [
    // `any` is written where a protocol is used as a type: the cost of erasure stays visible.
    .enableUpcomingFeature("ExistentialAny"),
    // An import leaks into the API only where `public import` says so.
    .enableUpcomingFeature("InternalImportsByDefault"),
    // A member is visible only where its module is imported.
    .enableUpcomingFeature("MemberImportVisibility"),
    // An async function stays on its caller's executor, so that waiting costs no thread hop.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "swift-transport",
    platforms: [.macOS(.v15)],  // Synchronization.Atomic
    products: [
        .library(name: "TransportCore", targets: ["TransportCore"]),
        .library(name: "BSDSocketBackend", targets: ["BSDSocketBackend"]),
        .library(name: "VSockFamily", targets: ["VSockFamily"]),
        .library(name: "LoopbackMockBackend", targets: ["LoopbackMockBackend"]),
        .library(name: "TransportLayers", targets: ["TransportLayers"]),
        .library(name: "OpenSSLTransport", targets: ["OpenSSLTransport"]),
        .library(name: "TransportServers", targets: ["TransportServers"]),
        .library(name: "TransportConformance", targets: ["TransportConformance"]),
        .library(name: "TestCertificateAuthority", targets: ["TestCertificateAuthority"]),
        .plugin(name: "ScaffoldBackend", targets: ["ScaffoldBackend"]),
        .plugin(name: "TestCertificates", targets: ["TestCertificates"]),
    ],
    targets: [
        // The contract: protocols, addresses, errors, deadlines, Connection and its siblings.
        .target(name: "TransportCore", dependencies: ["CThreads"], swiftSettings: swiftSettings),

        // Locks and threads of the C library.
        .target(name: "CThreads"),

        // Macros, variadics and structs of the socket headers that Swift cannot import.
        .target(name: "CSockets", cSettings: [.define("_GNU_SOURCE", .when(platforms: [.linux]))]),

        // Real sockets.
        .target(
            name: "BSDSocketBackend",
            dependencies: ["TransportCore", "CSockets", "CThreads"],
            swiftSettings: swiftSettings
        ),

        // Sockets between virtual machines: a family that is added to the backend from outside.
        .target(
            name: "VSockFamily", dependencies: ["TransportCore", "BSDSocketBackend"], swiftSettings: swiftSettings
        ),

        // A network in memory, for tests.
        .target(
            name: "LoopbackMockBackend", dependencies: ["TransportCore", "CThreads"], swiftSettings: swiftSettings
        ),

        // Layers over any transport: proxies, limits, counting, tracing, recording.
        .target(name: "TransportLayers", dependencies: ["TransportCore"], swiftSettings: swiftSettings),

        // The system's OpenSSL, with its macros as functions.
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]
        ),

        // TLS over any transport.
        .target(
            name: "OpenSSLTransport", dependencies: ["TransportCore", "COpenSSL", "CThreads"],
            swiftSettings: swiftSettings
        ),

        // Certificates of all shapes, made while tests run. It needs nothing but libcrypto, so that it builds at once.
        .target(name: "TestCertificateAuthority", dependencies: ["COpenSSL"], swiftSettings: swiftSettings),

        // Makes certificates for a test target while it is built, with a tool that issues them.
        .target(
            name: "TestCertificateIssuing", dependencies: ["TestCertificateAuthority"], swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "TestCertificateIssuer", dependencies: ["TestCertificateIssuing"], swiftSettings: swiftSettings
        ),
        .plugin(name: "TestCertificates", capability: .buildTool(), dependencies: ["TestCertificateIssuer"]),
        // Servers over any listener and any datagram socket: limits, errors, stopping.
        .target(name: "TransportServers", dependencies: ["TransportCore"], swiftSettings: swiftSettings),

        // The rules of the contract as cases, to be run on any transport; needs no test framework.
        .target(
            name: "TransportConformance", dependencies: ["TransportCore", "CThreads"], swiftSettings: swiftSettings
        ),

        // `swift package scaffold-backend`: begins a new backend in the package that calls it.
        .plugin(
            name: "ScaffoldBackend",
            capability: .command(
                intent: .custom(
                    verb: "scaffold-backend",
                    description: "Begins a new backend: a target that compiles, and tests that say what to write."
                ),
                permissions: [
                    .writeToPackageDirectory(reason: "It writes the sources of the new backend and of its tests.")
                ]
            )
        ),

        // The reference's programs, as a user would write them.
        .target(
            name: "ExampleSupport", dependencies: ["TransportCore"], path: "Examples/Support",
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "EchoServer", dependencies: ["TransportCore", "BSDSocketBackend", "ExampleSupport"],
            path: "Examples/EchoServer", swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "EchoClient", dependencies: ["TransportCore", "BSDSocketBackend", "ExampleSupport"],
            path: "Examples/EchoClient", swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "DualStackEchoServer", dependencies: ["TransportCore", "BSDSocketBackend", "ExampleSupport"],
            path: "Examples/DualStackEchoServer", swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "DualStackEchoClient", dependencies: ["TransportCore", "BSDSocketBackend", "ExampleSupport"],
            path: "Examples/DualStackEchoClient", swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "HTTPGet", dependencies: ["TransportCore", "BSDSocketBackend", "ExampleSupport"],
            path: "Examples/HTTPGet", swiftSettings: swiftSettings
        ),

        .executableTarget(
            name: "TLSClient",
            dependencies: ["TransportCore", "BSDSocketBackend", "OpenSSLTransport", "ExampleSupport"],
            path: "Examples/TLSClient", swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "HelloServer",
            dependencies: ["TransportCore", "BSDSocketBackend", "TransportServers", "ExampleSupport"],
            path: "Examples/HelloServer", swiftSettings: swiftSettings
        ),

        // A client that is written against any backend, and a program with it.
        .target(
            name: "RedisClient", dependencies: ["TransportCore"], path: "Examples/RedisClient/Client",
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "redis", dependencies: ["TransportCore", "BSDSocketBackend", "ExampleSupport", "RedisClient"],
            path: "Examples/RedisClient/Tool", swiftSettings: swiftSettings
        ),

        // The backend of Documentation/WritingABackend.md: as small as one can be that keeps every rule.
        .target(
            name: "PipeBackend", dependencies: ["TransportCore"], path: "Examples/PipeBackend",
            swiftSettings: swiftSettings
        ),

        // The layer of the same guide.
        .target(
            name: "MaskedLayer", dependencies: ["TransportCore"], path: "Examples/MaskedLayer",
            swiftSettings: swiftSettings
        ),

        // What the test targets share.
        .target(
            name: "TestSupport",
            dependencies: [
                "TransportCore", "LoopbackMockBackend", "TransportConformance", "CSockets", "CDescriptorLedger",
            ],
            path: "Tests/TestSupport", swiftSettings: swiftSettings
        ),
        // Counts what a process of tests leaves open.
        .target(name: "CDescriptorLedger", path: "Tests/DescriptorLedger"),
        .testTarget(
            name: "TransportCoreTests", dependencies: ["TransportCore", "TestSupport"], swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "TransportServersTests",
            dependencies: [
                "TransportServers", "TransportCore", "TransportLayers", "BSDSocketBackend", "LoopbackMockBackend",
                "TestSupport", "HelloServer",
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "LoopbackMockBackendTests",
            dependencies: ["TransportCore", "LoopbackMockBackend", "BSDSocketBackend", "TestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "RedisClientTests",
            dependencies: [
                "RedisClient", "TransportCore", "LoopbackMockBackend", "BSDSocketBackend", "OpenSSLTransport",
                "TestCertificateAuthority", "TestSupport",
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "BSDSocketBackendTests",
            dependencies: ["TransportCore", "BSDSocketBackend", "CSockets", "TestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "VSockFamilyTests", dependencies: ["VSockFamily", "TransportCore", "BSDSocketBackend"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "PipeBackendTests", dependencies: ["PipeBackend", "TransportCore", "TransportConformance"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "MaskedLayerTests",
            dependencies: ["MaskedLayer", "TransportCore", "TransportConformance", "LoopbackMockBackend"],
            swiftSettings: swiftSettings
        ),
        // Makes functions of OpenSSL fail, to see that nobody overlooks it.
        .target(
            name: "InterposedOpenSSL", dependencies: ["COpenSSL"], path: "Tests/InterposedOpenSSL",
            cSettings: [.define("_GNU_SOURCE", .when(platforms: [.linux]))]
        ),
        // Handshakes by the thousand, in a process of their own, for a test of what they leave behind.
        .executableTarget(
            name: "HandshakeEndurance",
            dependencies: ["OpenSSLTransport", "BSDSocketBackend", "TransportCore", "TestCertificateAuthority"],
            path: "Tests/HandshakeEndurance", swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "OpenSSLTransportTests",
            dependencies: [
                "HandshakeEndurance", "OpenSSLTransport", "COpenSSL", "TransportCore", "LoopbackMockBackend",
                "BSDSocketBackend", "TransportServers",
                "TransportConformance", "TestCertificateAuthority", "TestSupport", "InterposedOpenSSL",
            ],
            swiftSettings: swiftSettings, plugins: ["TestCertificates"]
        ),
        .testTarget(
            name: "TestCertificateAuthorityTests", dependencies: ["TestCertificateAuthority", "TestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "TransportLayersTests",
            dependencies: [
                "TransportLayers", "TransportCore", "TransportConformance", "LoopbackMockBackend", "BSDSocketBackend",
                "TestSupport",
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "TestCertificateIssuingTests", dependencies: ["TestCertificateIssuing", "TestCertificateAuthority"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "TransportConformanceTests",
            dependencies: [
                "TransportCore", "TransportConformance", "LoopbackMockBackend", "BSDSocketBackend", "TestSupport",
            ],
            swiftSettings: swiftSettings
        ),
    ]
)
