import Foundation
import OpenSSLTransport

/// One case of x509-limbo (C2SP): a chain, whom it is to prove, and whether a verifier is to believe it.
struct LimboCase: Decodable, Sendable {
    let id: String
    let features: [String]
    let description: String
    let validationKind: String
    let trustedCerts: [String]
    let untrustedIntermediates: [String]
    let peerCertificate: String
    let peerCertificateKey: String?
    let validationTime: String?
    let expectedResult: String
    let expectedPeerName: PeerName?
    let maxChainDepth: Int?
    let crls: [String]

    struct PeerName: Decodable, Sendable {
        let kind: String
        let value: String
    }

    /// Whether the peer is to be let in.
    var isGood: Bool { expectedResult == "SUCCESS" }

    /// Whether the chain is a client's, which a server looks at.
    var isClients: Bool { validationKind == "CLIENT" }

    /// Whether it asks for work without end.
    var deniesService: Bool { features.contains("denial-of-service") }

    /// The time of the verification in seconds since 1970, without fractions; nil is now.
    var verificationTime: Int64? {
        guard let validationTime else { return nil }
        let reader = ISO8601DateFormatter()
        if validationTime.contains(".") { reader.formatOptions.insert(.withFractionalSeconds) }
        return reader.date(from: validationTime).map { Int64($0.timeIntervalSince1970.rounded(.down)) }
    }
}

/// The file with the cases.
enum LimboFile {
    private struct Contents: Decodable { let testcases: [LimboCase] }

    /// Where a copy of the x509-limbo cases is: `X509_LIMBO_CASES`, or `shared/judges/limbo.json` beside the package.
    static let path: String = {
        if let path = ProcessInfo.processInfo.environment["X509_LIMBO_CASES"] { return path }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        return package.appendingPathComponent("../shared/judges/limbo.json").standardizedFileURL.path
    }()

    /// Whether it is there.
    static var isThere: Bool { FileManager.default.isReadableFile(atPath: path) }

    /// The cases that a peer can play: those with the key of the peer's certificate.
    static func cases() throws -> [LimboCase] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return try decoder.decode(Contents.self, from: data).testcases.filter { $0.peerCertificateKey != nil }
    }
}
