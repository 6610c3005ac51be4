import OpenSSLTransport
import Testing
import TransportCore

@Suite(
    "x509-limbo",
    .enabled(
        if: LimboFile.isThere,
        "there is no copy of the x509-limbo cases at \(LimboFile.path); X509_LIMBO_CASES may name another place")
)
struct LimboTests {
    let pki: TestPKI
    let cases: [LimboCase]

    init() throws {
        pki = try .usual()
        cases = try LimboFile.cases()
    }

    @Test("A-19 in handshakes, the verdicts are those of x509-limbo but for the differences that are listed")
    func byDefault() throws {
        #expect(cases.count == 189)
        try compare(cases, LimboDifferences.byDefault)
    }

    @Test("A-19 with the profile of public authorities, so are those of the cases of the web")
    func publicProfile() throws {
        try compare(cases.filter { $0.id.hasPrefix("webpki::") }, LimboDifferences.publicProfile) {
            $0.requiresPublicProfile = true
        }
    }

    @Test("A-19 a case that denies service takes less than a second of a processor")
    func denialOfService() throws {
        for one in cases where one.deniesService {
            let verdict = try LimboHandshake.play(one, pki)
            #expect(verdict.processorTime < .seconds(1), "\(one.id)")
        }
    }

    /// Plays cases and compares the verdicts: a difference that is not listed is a failure, and so is one that is gone.
    private func compare(
        _ cases: [LimboCase], _ listed: [String: String], _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws {
        var found: Set<String> = []
        for one in cases {
            let verdict = try LimboHandshake.play(one, pki, change)
            guard (verdict.refusal == nil) != one.isGood else { continue }
            found.insert(one.id)
            let what = verdict.refusal.map { "refused (\($0.message))" } ?? "let in"
            #expect(
                listed[one.id] != nil, "\(one.id) is \(what), and should be a \(one.expectedResult): \(one.description)"
            )
        }
        for id in listed.keys where !found.contains(id) {
            Issue.record("\(id) is listed as a difference, and is none any more")
        }
    }
}
