@testable import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Looking names up.
@Suite("System resolver")
struct SystemResolverTests {
    private let resolver = SystemResolver()

    private func resolve(
        _ host: String?, _ service: ResolverQuery.Service = .port(80), _ families: ResolverQuery.Families = .any,
        passive: Bool = false
    ) throws -> [IP.SocketAddress] {
        let query = try ResolverQuery(host: host, service: service, families: families, isPassive: passive)
        return try resolver.resolve(query, until: .never)
    }

    /// A resolver that answers with an `EAI_*` code.
    private func failing(_ code: Int32, systemError: Int32 = 0) -> SystemResolver {
        SystemResolver(threads: 1) { _ in .failure(TransportError(addressInfoCode: code, systemError: systemError)) }
    }

    @Test("A11: a numeric host never reaches the system")
    func literals() throws {
        let mute = SystemResolver(threads: 1) { _ in .failure(TransportError(.resolutionFailed, operation: .resolve)) }
        for (host, text) in [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("fe80::1%1", "[fe80::1%1]:80")] {
            let query = try ResolverQuery(host: host, service: .port(80))
            #expect(try mute.resolve(query, until: .never).map(\.description) == [text])
        }
        let v4 = try ResolverQuery(host: "127.0.0.1", service: .port(80), families: .v6)
        #expect(failure { try mute.resolve(v4, until: .never) }?.kind == .noAddressForName)
    }

    @Test("B-01, F01: localhost is the loopback address, of the family and with the port that were asked for")
    func localhost() throws {
        let all = try resolve("localhost")
        #expect(!all.isEmpty && all.allSatisfy { $0.address.isLoopback && $0.port == 80 })
        #expect(try resolve("localhost", .port(0), .v4) == [.v4(.loopback(port: 0))])
        #expect(try resolve("localhost", .port(65535), .v4) == [.v4(.loopback(port: 65535))])
    }

    @Test("B-01, F02, B-03: without a host it is this machine: loopback, or wildcard for listening")
    func noHost() throws {
        for host in [nil, ""] {
            #expect(try Set(resolve(host)) == [.v6(.loopback(port: 80)), .v4(.loopback(port: 80))])
            #expect(try Set(resolve(host, passive: true)) == [.v4(.any(port: 80)), .v6(.any(port: 80))])
            #expect(try resolve(host, .port(7), .v6) == [.v6(.loopback(port: 7))])
        }
    }

    @Test("B-01, F14: a service is known by its name; one that is not has an error of its own")
    func services() throws {
        guard access("/etc/services", R_OK) == 0 else { return }
        #expect(try resolve("127.0.0.1", .name("http")) == [.v4(.loopback(port: 80))])
        let error = failure { try resolve("localhost", .name("no-such-service")) }
        #expect(error?.kind == .noSuchService)
        #expect(error?.addressInfoCode == EAI_SERVICE)
    }

    @Test(
        "complaint 45, E03: the code of the system's resolver is kept, with its name and text",
        arguments: [
            (EAI_NONAME, TransportError.Kind.noSuchName, "EAI_NONAME"),
            (EAI_AGAIN, .nameServiceUnavailable, "EAI_AGAIN"),
            (EAI_FAIL, .resolutionFailed, "EAI_FAIL"), (EAI_SERVICE, .noSuchService, "EAI_SERVICE"),
            (EAI_FAMILY, .familyNotSupported, "EAI_FAMILY"), (EAI_MEMORY, .outOfResources, "EAI_MEMORY"),
            (-5, .noAddressForName, "EAI_NODATA"), (-9, .noAddressForName, "EAI_ADDRFAMILY"),
            (EAI_OVERFLOW, .resolutionFailed, "EAI_OVERFLOW"), (-4242, .resolutionFailed, ""),
        ])
    func codes(_ code: Int32, _ kind: TransportError.Kind, _ name: String) throws {
        let query = try ResolverQuery(host: "name.example", service: .port(1))
        let error = failure { try failing(code).resolve(query, until: .never) }
        #expect(error?.kind == kind)
        #expect(error?.addressInfoCode == code)
        #expect(error?.errno == nil)
        #expect(error?.code?.name == name)
        #expect(error?.code?.text.isEmpty == false)
        #expect(error?.operation == .resolve)
    }

    @Test("108: EAI_SYSTEM carries the errno that is the reason")
    func systemError() throws {
        let query = try ResolverQuery(host: "name.example", service: .port(1))
        let error = failure { try failing(EAI_SYSTEM, systemError: EMFILE).resolve(query, until: .never) }
        #expect(error?.addressInfoCode == EAI_SYSTEM)
        let reason = try #require(error?.underlying as? TransportError)
        #expect(reason.errno == EMFILE && reason.kind == .tooManyOpenFiles)
        #expect(error?.kind == .tooManyOpenFiles, "what a program can do something about comes first")
        #expect(error?.isSafelyRetryable == true)
        let other = failure { try failing(EAI_SYSTEM, systemError: ENOENT).resolve(query, until: .never) }
        #expect(other?.kind == .resolutionFailed)
    }

    @Test("104: names that cannot be are argument errors, before anybody is asked")
    func badNames() {
        let names = [
            "a\0b", "localhost\0.example", String(repeating: "a", count: 254), String(repeating: "x.", count: 200),
        ]
        for name in names {
            let error = failure { try ResolverQuery(host: name, service: .port(1)) }
            #expect(error?.kind == .invalidArgument)
            #expect(error?.addressInfoCode == nil)
        }
        #expect(failure { try ResolverQuery(host: "a", service: .name("")) }?.kind == .invalidArgument)
        #expect(failure { try ResolverQuery(host: "a", service: .name("x\0y")) }?.kind == .invalidArgument)
    }

    @Test(
        "104: names that are merely strange are answered with an error of the resolver",
        arguments: [
            ".", "..", ".localhost", "-", " ", "a b", "::1q", "::1::2", "1.2.3.4.5", "256.1.1.1", "0.1.1.~1",
            "\u{1F600}",
            String(repeating: "a", count: 64), "[::1]",
        ])
    func strangeNames(_ name: String) throws {
        let query = try ResolverQuery(host: name, service: .port(1))
        // The look-up may go to a name server that does not answer here: the deadline ends it.
        let error = failure { try SystemResolver().resolve(query, until: SystemDeadline.after(.seconds(2))) }
        let kinds: [TransportError.Kind] = [
            .noSuchName, .noAddressForName, .nameServiceUnavailable, .resolutionFailed, .timedOut, .invalidArgument,
        ]
        #expect(kinds.contains(try #require(error).kind))
    }

    @Test(
        "105: the old forms of IPv4 addresses are refused",
        arguments: [
            "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.01", "1",
        ])
    func oldForms(_ name: String) throws {
        let query = try ResolverQuery(host: name, service: .port(1))
        #expect(failure { try resolver.resolve(query, until: .never) }?.kind == .invalidArgument)
        #expect(failure { try SocketBackend<IP>().connect(host: name, port: 9) }?.kind == .invalidArgument)
    }

    @Test("111: an interface of an address is kept, and one that does not exist is an error")
    func zones() throws {
        let index = if_nametoindex("lo")
        let addresses = try resolve("fe80::1%lo")
        #expect(addresses.first?.ipv6?.scopeID == index)
        let query = try ResolverQuery(host: "fe80::1%nosuchif", service: .port(1))
        #expect(failure { try resolver.resolve(query, until: SystemDeadline.after(.seconds(2))) } != nil)
    }

    @Test("the asynchronous form gives the same answers")
    func asynchronous() async throws {
        let query = try ResolverQuery(host: "localhost", service: .port(80), families: .v4)
        let addresses = try await resolver.resolve(query, until: .never)
        #expect(addresses == [.v4(.loopback(port: 80))])
        let error = await failure { try await failing(EAI_NONAME).resolve(query, until: .never) }
        #expect(error?.addressInfoCode == EAI_NONAME)
    }
}

/// Deadlines of the system's clock.
enum SystemDeadline {
    static func after(_ duration: Duration) -> Deadline {
        .at(Instant(nanoseconds: SystemClock.now).advanced(by: duration))
    }
}
