import Foundation
import TestCertificateAuthority
import Testing

@testable import TestCertificateIssuing

@Suite("The configuration of a target's certificates")
struct ConfigurationTests {
    private func read(_ json: String) throws -> Configuration {
        try Configuration(json: Data(json.utf8), from: "Test.json")
    }

    @Test("everything that can be configured is")
    func everything() throws {
        let set = try CertificateSet(
            read(
                """
                {
                  "authority": { "subject": ["C=DE", "O=Example"], "key": "p384", "validDays": 100, "pathLength": 3 },
                  "certificates": {
                    "web": {
                      "names": ["a.test", "10.0.0.1"], "subject": ["O=Example", "CN=a"], "key": "rsa2048", "validDays": 7,
                      "usages": ["server", "client", "1.2.3"], "chainDepth": 2, "revoked": true, "password": "x"
                    },
                    "team": {
                      "isAuthority": true, "pathLength": 0,
                      "nameConstraints": { "permitted": ["test"], "excluded": ["bad.test"] }
                    },
                    "member": { "names": ["b.test"], "issuer": "team", "brokenSignature": true, "digest": "SHA512" },
                    "mine": { "names": ["c.test"], "issuer": "self", "validity": "expired" },
                    "theirs": { "commonName": "d", "issuer": "stranger", "chainDepth": 1, "omitIntermediates": true }
                  }
                }
                """
            )
        )
        let entries = Dictionary(uniqueKeysWithValues: set.entries.map { ($0.name, $0) })
        #expect(entries.keys.sorted() == ["member", "mine", "team", "theirs", "web"])
        #expect(set.authority.shape.subject.attributes.count == 2)
        #expect(set.authority.shape.basicConstraints == .authority(pathLength: 3))
        #expect(set.authority.key.kind == .p384)

        let web = try #require(entries["web"])
        #expect(web.certificate.shape.alternativeNames == [.dns("a.test"), .ip("10.0.0.1")])
        #expect(web.certificate.shape.extendedKeyUsage.map(\.rawValue).last == "1.2.3")
        #expect(web.certificate.key.kind == .rsa2048)
        #expect(web.certificate.notAfter - web.certificate.notBefore == 8 * 86_400)
        #expect(web.certificate.issuers.count == 3)
        #expect(web.keyPEM.contains("ENCRYPTED"))
        #expect(try KeyPair(pem: web.keyPEM, password: "x").publicKeyDER == web.certificate.key.publicKeyDER)
        #expect(web.usableUntil == web.certificate.notAfter)

        let team = try #require(entries["team"])
        #expect(entries["member"]?.certificate.issuers.first == team.certificate.der)
        #expect(team.certificate.shape.nameConstraints == .init(permitted: ["test"], excluded: ["bad.test"]))
        #expect(entries["member"]?.certificate.shape.hasBrokenSignature == true)
        #expect(entries["mine"]?.certificate.issuers == [])
        #expect(entries["mine"]?.usableUntil == nil)
        #expect(entries["theirs"]?.certificate.issuers.last != set.authority.der)
        #expect(entries["theirs"]?.chainPEM == entries["theirs"]?.certificate.pem)
        #expect(set.files.count == 2 + 3 * 5)
    }

    @Test("the defaults come on demand, and can be replaced one by one")
    func defaults() throws {
        #expect(try CertificateSet(read("{}")).entries.isEmpty)
        let set = try CertificateSet(read(#"{"withDefaults": true, "certificates": {"client": {"names": ["x"]}}}"#))
        #expect(set.entries.count == Configuration.usualEntries.count)
        #expect(set.entries.first { $0.name == "client" }?.certificate.shape.alternativeNames == [.dns("x")])
        let notYet = try #require(set.entries.first { $0.name == "notYetValid" })
        #expect(notYet.usableUntil == notYet.certificate.notBefore - 1)
    }

    @Test(
        "a mistake is told with its place and with what there is",
        arguments: [
            ("nothing", "Test.json is no JSON"), ("[]", "Test.json: must be an object"),
            (#"{"certs": {}}"#, "unknown key \"certs\"; known are authority, certificates, withDefaults"),
            (
                #"{"certificates": {"a": {"name": "x"}}}"#,
                "Test.json: certificates a unknown key \"name\"; known are names"
            ),
            (#"{"certificates": {"a": {"names": "x"}}}"#, "certificates a names must be a list of texts"),
            (#"{"certificates": {"a": {"key": "rsa12"}}}"#, "\"rsa12\" is unknown; there are p256"),
            (#"{"certificates": {"a": {"validDays": -1}}}"#, "must be a whole number from 0 to 36500"),
            (#"{"certificates": {"a": {"revoked": "yes"}}}"#, "must be true or false"),
            (#"{"certificates": {"a": {"usages": ["web"]}}}"#, "\"web\" is unknown; there are server"),
            (#"{"certificates": {"a": {"subject": ["x"]}}}"#, "\"x\" is no part of a name"),
            (#"{"certificates": {"a-b": {}}}"#, "must be called by a name that Swift can have"),
            (#"{"certificates": {"all": {}}}"#, "must be called by a name that Swift can have"),
            (#"{"certificates": {"A": {}, "a": {}}}"#, "differs from A by capital letters alone"),
            (#"{"certificates": {"a": {"issuer": "b"}, "b": {"issuer": "a"}}}"#, "the issuers of a, b are not there"),
            (#"{"certificates": {"a": {"usages": ["1.x"]}}}"#, "\"1.x\" is no object identifier"),
        ]
    )
    func mistakes(_ json: String, _ expected: String) {
        do {
            _ = try CertificateSet(read(json))
            Issue.record("nothing was wrong with \(json)")
        } catch {
            #expect("\(error)".contains(expected), "\(error)")
        }
    }

    @Test("the generated Swift has every certificate, whatever it is called and whatever is in its names")
    func generatedSwift() throws {
        let json = #"{"certificates": {"default": {"names": ["a\"\n*/b"], "password": "\\(x)\""}}}"#
        let swift = try CertificateSet(read(json)).swift(folder: "/a \"folder\"")
        #expect(swift.contains("static var `default`: Identity"))
        #expect(swift.contains(#"password: "\\(x)\"""#))
        #expect(swift.contains(#"static let folder = "/a \"folder\"""#))
        #expect(swift.contains(#"/// For "a\"\n*/b"."#))
        #expect(swift.contains("made by an old build, and its time is over"))
    }

    @Test("what the tool is called with must be complete")
    func arguments() {
        #expect(throws: Complaint.self) { try IssuingCommand([]) }
        #expect(throws: Complaint.self) { try IssuingCommand(["--output"]) }
        #expect(throws: Complaint.self) { try IssuingCommand(["--output", "a", "--folder", "b", "--else", "c"]) }
    }
}
