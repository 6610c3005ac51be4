internal import Foundation
internal import TestCertificateAuthority

extension Configuration {
    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - json: The file's contents.
    ///   - file: What it is called in complaints.
    init(json: Data, from file: String) throws {
        let root = try JSONReader(json, from: file).object(allowing: ["authority", "certificates", "withDefaults"])
        if let reader = root["authority"] { try readAuthority(reader) }
        if let flag = try root["withDefaults"]?.flag(), flag { certificates = Self.usualEntries }
        for (name, reader) in try root["certificates"]?.object().sorted(by: { $0.key < $1.key }) ?? [] {
            guard Self.isIdentifier(name) else {
                throw reader.complaint(
                    "must be called by a name that Swift can have, such as \"server\" or \"badHost\"")
            }
            certificates.removeAll { $0.name == name }
            // Each is a file, too, and some systems take the two for the same.
            if let other = certificates.first(where: { $0.name.lowercased() == name.lowercased() }) {
                throw reader.complaint("differs from \(other.name) by capital letters alone")
            }
            certificates.append(try Self.entry(name, reader))
        }
    }

    private mutating func readAuthority(_ reader: JSONReader) throws {
        let values = try reader.object(allowing: ["commonName", "subject", "key", "validDays", "pathLength", "digest"])
        try Self.readCommon(values, into: &authority)
        if let length = try values["pathLength"]?.number(0...100) {
            authority.basicConstraints = .authority(pathLength: length)
        }
    }

    private static func entry(_ name: String, _ reader: JSONReader) throws -> Entry {
        let values = try reader.object(allowing: keys)
        let names = try values["names"]?.texts() ?? []
        var shape = CertificateShape.server(names)
        if names.isEmpty { shape.subject = CertificateShape.Name(name) }
        if let flag = try values["isAuthority"]?.flag(), flag {
            shape = .authority(name, pathLength: try values["pathLength"]?.number(0...100))
            shape.alternativeNames = names.map { CertificateShape.AlternativeName($0) }
        }
        try readCommon(values, into: &shape)
        if let reader = values["usages"] {
            shape.extendedKeyUsage = try reader.texts().map { text in
                guard let usage = usage(text) else {
                    throw reader.complaint(
                        "\"\(text)\" is unknown; there are server, client, any, and object identifiers")
                }
                return usage
            }
        }
        if let validity = try values["validity"]?.choice(validity, of: "expired, notYetValid") {
            shape.validity = validity
        }
        if let constraints = try values["nameConstraints"]?.object(allowing: ["permitted", "excluded"]) {
            shape.nameConstraints = .init(
                permitted: try constraints["permitted"]?.texts() ?? [],
                excluded: try constraints["excluded"]?.texts() ?? []
            )
        }
        shape.hasBrokenSignature = try values["brokenSignature"]?.flag() ?? false

        var entry = Entry(name, shape)
        entry.chainDepth = try values["chainDepth"]?.number(0...20) ?? 0
        entry.omitsIntermediates = try values["omitIntermediates"]?.flag() ?? false
        entry.isRevoked = try values["revoked"]?.flag() ?? false
        entry.password = try values["password"]?.text()
        switch try values["issuer"]?.text() {
        case nil, "authority": entry.issuer = .authority
        case "self": entry.issuer = .itself
        case "stranger": entry.issuer = .stranger
        case let other?: entry.issuer = .certificate(other)
        }
        return entry
    }

    private static let keys = [
        "names", "commonName", "subject", "key", "validDays", "validity", "usages", "issuer", "chainDepth",
        "omitIntermediates", "revoked", "password", "isAuthority", "pathLength", "nameConstraints", "digest",
        "brokenSignature",
    ]

    /// What authorities and other certificates have in common.
    private static func readCommon(_ values: [String: JSONReader], into shape: inout CertificateShape) throws {
        if let name = try values["commonName"]?.text() { shape.subject = CertificateShape.Name(name) }
        if let reader = values["subject"] {
            shape.subject = CertificateShape.Name(try reader.texts().map { try attribute($0, reader) })
        }
        if let key = try values["key"]?.choice(KeyPair.Kind.init(named:), of: "p256, p384, p521, ed25519, rsa2048 …") {
            shape.key = key
        }
        if let days = try values["validDays"]?.number(0...36_500) { shape.validity = .days(days) }
        if let digest = try values["digest"]?.choice(
            SignatureDigest.init(rawValue:), of: SignatureDigest.allCases.map(\.rawValue).joined(separator: ", ")
        ) {
            shape.signatureDigest = digest
        }
    }

    private static func attribute(_ text: String, _ reader: JSONReader) throws -> CertificateShape.Name.Attribute {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let kind = CertificateShape.Name.Kind(named: parts[0]) else {
            throw reader.complaint("\"\(text)\" is no part of a name, such as \"O=Example\"")
        }
        return CertificateShape.Name.Attribute(kind, parts[1])
    }

    private static func usage(_ text: String) -> CertificateShape.ExtendedKeyUsage? {
        switch text {
        case "server": .serverAuthentication
        case "client": .clientAuthentication
        case "any": .any
        default: text.contains(".") ? .init(rawValue: text) : nil
        }
    }

    private static func validity(_ text: String) -> CertificateShape.Validity? {
        switch text {
        case "expired": .expired
        case "notYetValid": notYetValid
        default: nil
        }
    }

    /// Whether a name can be a property's without quoting, and is none that the generated type has itself.
    static func isIdentifier(_ name: String) -> Bool {
        let letters = name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        guard letters, let first = name.first, !first.isNumber, name != "_" else { return false }
        return !reserved.contains(name)
    }

    /// What the generated type has itself, what names an issuer, and what Swift has in every type.
    private static let reserved: Set = [
        "Identity", "Made", "Outdated", "Protocol", "Self", "Type", "all", "authority", "authorityFile", "authorityPEM",
        "checked", "folder", "init", "revocationListFile", "revocationListPEM", "self", "stranger",
    ]
}
