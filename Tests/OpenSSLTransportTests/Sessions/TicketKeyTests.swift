import LoopbackMockBackend
@testable import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("Keys of tickets")
struct TicketKeyTests {
    private let pki: TestPKI
    private let network = LoopbackNetwork()

    init() throws { pki = try .usual() }

    /// Connects, and tells whether a session was resumed and how many sessions the client has then.
    private func isResumed(_ client: TLSConfiguration, _ server: TLSConfiguration) throws -> Bool {
        let (a, b) = try tlsPair(network.streams(port: 443), client: client, server: server)
        try shakeHands(a, b)
        let (c, s) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        try s.sendAll("hello")
        #expect(try c.receive(atMost: 10) == Array("hello".utf8))
        defer {
            c.abort()
            s.abort()
        }
        return try #require(c.tls).isResumed
    }

    @Test(
        "B-53 keys change with time: a ticket is good with the key in use and the one before, and is replaced by a new one",
        arguments: [TLSVersion.tls12, .tls13])
    func rotation(version: TLSVersion) throws {
        let client = try pki.client { $0.versions = version...version }
        let server = try pki.serverConfiguration { $0.ticketKeys = try? TLSTicketKeys(lifetime: .seconds(100)) }
        #expect(try !isResumed(client, server))
        // Each of these comes with a ticket of the key before, or of the one in use, and leaves with one of the latter.
        for _ in 0..<4 {
            try network.sleep(for: .seconds(99))
            #expect(try isResumed(client, server))
        }
        try network.sleep(for: .seconds(201))
        #expect(try !isResumed(client, server), "the key has been gone for a second")
        #expect(try isResumed(client, server))
    }

    @Test("a ticket that nobody renews is good for two lifetimes at most, whoever else comes")
    func oldTicket() throws {
        let server = try pki.serverConfiguration { $0.ticketKeys = try? TLSTicketKeys(lifetime: .seconds(100)) }
        for (wait, isGood) in [(99, true), (100, true), (199, true), (200, false), (1000, false)] {
            let client = try pki.client()
            // Begins a lifetime.
            try network.sleep(for: .seconds(500))
            #expect(try !isResumed(client, server))
            let other = try pki.client()
            for _ in 0..<wait {
                try network.sleep(for: .seconds(1))
                if wait % 50 == 0 { _ = try isResumed(other, server) }
            }
            #expect(try isResumed(client, server) == isGood, "after \(wait) seconds")
        }
    }

    @Test("a key that is a secret of several servers lets each resume what the others began")
    func shared() throws {
        let secret = [UInt8](repeating: 7, count: 32)
        func server(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> TLSConfiguration {
            let keys = try TLSTicketKeys([TLSTicketKey(secret: secret)])
            return try pki.serverConfiguration {
                $0.ticketKeys = keys
                change(&$0)
            }
        }
        let client = try pki.client { $0.applicationProtocols = ["a"] }
        #expect(try !isResumed(client, server { $0.applicationProtocols = ["a"] }))
        #expect(try isResumed(client, server { $0.applicationProtocols = ["a"] }))
        #expect(try isResumed(client, server { $0.applicationProtocols = ["a"] }))
        #expect(try !isResumed(client, server { $0.applicationProtocols = ["a", "b"] }))
        #expect(try !isResumed(client, pki.serverConfiguration { $0.applicationProtocols = ["a"] }), "keys of its own")
    }

    @Test("B-52 a shared key resumes nothing where clients are verified by other rules")
    func otherRules() throws {
        let keys = try TLSTicketKeys([.random()])
        let identity = try pki.authority.issue(.client("somebody")).identity()
        let client = try pki.client { $0.identities = [identity] }
        let other = try CertificateAuthority("Other")
        func server(_ roots: [TLSMaterial], _ authentication: TLSClientAuthentication) throws -> TLSConfiguration {
            try pki.serverConfiguration {
                $0.ticketKeys = keys
                $0.roots = .only(roots)
                $0.clientAuthentication = authentication
            }
        }
        let (ours, theirs) = (TLSMaterial.pem(pki.authority.certificate.pem), TLSMaterial.der(other.certificate.der))
        #expect(try !isResumed(client, server([ours], .none)))
        #expect(try !isResumed(client, server([ours], .required)))
        #expect(try isResumed(client, server([ours], .required)))
        #expect(try !isResumed(client, server([ours, theirs], .required)))
        #expect(try isResumed(client, server([theirs, ours], .required)), "the order does not matter")
        let (a, b) = try tlsPair(network.streams(port: 443), client: client, server: server([theirs], .required))
        #expect(handshakeErrors(a, b).server?.kind == .tlsCertificateRejected)
    }

    @Test("B-52 a shared key resumes nothing of a configuration in which the program has a word about clients")
    func programsWord() throws {
        let keys = try TLSTicketKeys([.random()])
        let identity = try pki.authority.issue(.client("somebody")).identity()
        let client = try pki.client { $0.identities = [identity] }
        func server(_ reason: String?) throws -> TLSConfiguration {
            let root = TLSMaterial.pem(pki.authority.certificate.pem)
            return try pki.serverConfiguration {
                $0.ticketKeys = keys
                $0.roots = .only([root])
                $0.clientAuthentication = .required
                $0.refusePeer = { _ in reason }
            }
        }
        let open = try server(nil)
        #expect(try !isResumed(client, open))
        #expect(try isResumed(client, open))
        let (a, b) = try tlsPair(network.streams(port: 443), client: client, server: server("not here"))
        #expect(handshakeErrors(a, b).server?.kind == .tlsCertificateRejected)
    }

    @Test("keys that are given are replaced when the program says so", arguments: [TLSVersion.tls12, .tls13])
    func replaced(version: TLSVersion) throws {
        let (first, second) = (try TLSTicketKey.random(), try TLSTicketKey.random())
        let keys = try TLSTicketKeys([first])
        let client = try pki.client { $0.versions = version...version }
        let server = try pki.serverConfiguration { $0.ticketKeys = keys }
        #expect(try !isResumed(client, server))
        try keys.replace(with: [second, first])
        #expect(try isResumed(client, server))
        try keys.replace(with: [second])
        #expect(try isResumed(client, server), "with the ticket of the second key")
        try keys.replace(with: [first])
        #expect(try !isResumed(client, server))
    }

    @Test("keys that cannot be are refused")
    func refused() throws {
        #expect(caught { try TLSTicketKey(secret: [UInt8](repeating: 1, count: 31)) }?.kind == .invalidArgument)
        #expect(caught { try TLSTicketKeys([]) }?.kind == .invalidArgument)
        for lifetime in [Duration.zero, .seconds(-1), .seconds(Int64.max)] {
            #expect(caught { try TLSTicketKeys(lifetime: lifetime) }?.kind == .invalidArgument)
        }
        #expect(caught { try TLSTicketKeys().replace(with: [.random()]) }?.kind == .invalidArgument)
        #expect(caught { try TLSTicketKeys([.random()]).replace(with: []) }?.kind == .invalidArgument)
    }

    @Test("B-65 a key of tickets does not print itself, nor do settings that have it")
    func secrecy() throws {
        let secret = Array("0123456789abcdefghijklmnopqrstuv".utf8)
        let key = try TLSTicketKey(secret: secret)
        var settings = TLSSettings()
        settings.ticketKeys = try TLSTicketKeys([key])
        settings.preSharedKeys = .server { _ in secret }
        settings.identities = [try pki.server.identity()]
        var other = settings
        other.preSharedKeys = .client(identity: "somebody", key: secret)
        var text = "\(key) \(String(reflecting: key)) \(settings) \(String(reflecting: settings)) \(other)"
        dump(key, to: &text)
        dump(settings, to: &text)
        dump(try TLSConfiguration.server(settings), to: &text, maxDepth: 12)
        #expect(key.description.hasPrefix("ticket key "))
        let decimals = secret.prefix(4).map(String.init).joined(separator: ", ")
        for hint in ["0123456789ab", decimals, "30313233", "PRIVATE"] { #expect(!text.contains(hint)) }
        // What is derived of it, too.
        #expect(Mirror(reflecting: key).children.isEmpty)
    }
}
