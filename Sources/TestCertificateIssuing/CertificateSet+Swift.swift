internal import TestCertificateAuthority

extension CertificateSet {
    /// The Swift file that gives tests the certificates.
    func swift(folder: String) -> String {
        """
        // Made by the plugin TestCertificates while building. Not to be edited: the next build may make it anew.

        #if canImport(Darwin)
        import Darwin
        #elseif canImport(Musl)
        import Musl
        #else
        import Glibc
        #endif

        /// Certificates of a throw-away authority, made while this target was built.
        enum TestCertificates {
            /// A certificate with its key.
            struct Identity: Sendable {
                /// What it is called in the configuration.
                let name: String
                /// The certificate, as PEM.
                let certificatePEM: String
                /// The certificate and what a server presents after it, as PEM.
                let chainPEM: String
                /// The private key, as PEM (PKCS#8).
                let keyPEM: String
                /// What the key is encrypted with; nil when it is not.
                let password: String?
                /// From when it holds, in seconds since 1970.
                let notBefore: Int64
                /// Until when it holds, in seconds since 1970.
                let notAfter: Int64
                /// The same as files.
                var certificateFile: String { "\\(TestCertificates.folder)/\\(name).pem" }
                var chainFile: String { "\\(TestCertificates.folder)/\\(name).chain.pem" }
                var keyFile: String { "\\(TestCertificates.folder)/\\(name).key.pem" }
            }

            /// The certificates of this build are over.
            struct Outdated: Error, CustomStringConvertible {
                /// What is over, and what to do.
                let description: String
            }

            /// Where the files are.
            static let folder = \(folder.debugDescription)

            /// What is to be trusted, as PEM and as a file.
            static var authorityPEM: String { get throws { try checked(\(authority.notAfter), "authority", Made.authorityPEM) } }
            static var authorityFile: String { get throws { _ = try authorityPEM; return "\\(folder)/authority.pem" } }

            /// The authority's list of revoked certificates, as PEM and as a file.
            static var revocationListPEM: String {
                get throws { try checked(\(revocationList.nextUpdate), "revocation list", Made.revocationListPEM) }
            }
            static var revocationListFile: String {
                get throws { _ = try revocationListPEM; return "\\(folder)/revoked.crl.pem" }
            }

        \(entries.map(accessor).joined(separator: "\n"))

            /// Every certificate.
            static var all: [Identity] { get throws { [\(entries.map { "try `\($0.name)`" }.joined(separator: ", "))] } }

            // A build that changes nothing makes nothing anew: a folder that is years old has what is years old.
            private static func checked<Value>(_ notAfter: Int64, _ name: String, _ value: Value) throws -> Value {
                guard Int64(time(nil)) <= notAfter else {
                    throw Outdated(
                        description: \"\"\"
                            the \\(name) of TestCertificates was made by an old build, and its time is over; \\
                            remove the folder that \\(folder) is in, and build again
                            \"\"\"
                    )
                }
                return value
            }

            private enum Made {
                static let authorityPEM = \(literal(authority.pem))

                static let revocationListPEM = \(literal(revocationList.pem))

        \(entries.map(value).joined(separator: "\n\n"))
            }
        }

        """
    }

    private func accessor(_ entry: Entry) -> String {
        let limit = entry.usableUntil.map(String.init) ?? ".max"
        return """
                /// \(description(of: entry))
                static var `\(entry.name)`: Identity {
                    get throws { try checked(\(limit), "certificate \(entry.name)", Made.`\(entry.name)`) }
                }
            """
    }

    private func description(of entry: Entry) -> String {
        let names = entry.certificate.shape.alternativeNames.map { name in
            switch name {
            case .dns(let text), .ip(let text), .email(let text), .uri(let text): text.debugDescription
            default: "another name"
            }
        }
        return names.isEmpty ? "A certificate without alternative names." : "For \(names.joined(separator: ", "))."
    }

    private func value(_ entry: Entry) -> String {
        """
                static let `\(entry.name)` = Identity(
                    name: \(entry.name.debugDescription),
                    certificatePEM: \(literal(entry.certificate.pem)),
                    chainPEM: \(literal(entry.chainPEM)),
                    keyPEM: \(literal(entry.keyPEM)),
                    password: \(entry.password?.debugDescription ?? "nil"),
                    notBefore: \(entry.certificate.notBefore),
                    notAfter: \(entry.certificate.notAfter)
                )
        """
    }

    /// PEM as a literal of Swift: nothing in it needs an escape.
    private func literal(_ pem: String) -> String { "\"\"\"\n\(pem)\n\"\"\"" }
}
