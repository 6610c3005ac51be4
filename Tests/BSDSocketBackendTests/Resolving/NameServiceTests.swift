@testable import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

private let hasServices = access("/etc/services", R_OK) == 0
private let hasProtocols = access("/etc/protocols", R_OK) == 0
private let limit = patience

/// The questions of the reference about names, as it asks them.
@Suite("Name service")
struct NameServiceTests {
    private let names = NameService()

    private func info(
        _ host: String?, _ service: String? = nil, _ domain: SocketDomain = .unspecified, _ type: SocketType? = nil,
        _ socketProtocol: SocketProtocol = .unspecified, _ flags: AddressInfoFlags = []
    ) throws -> [AddressInfo] {
        try names.addressInfo(
            host: host, service: service, domain: domain, type: type, socketProtocol: socketProtocol, flags: flags,
            timeout: limit
        )
    }

    // MARK: getaddrinfo

    @Test("F01, B-01: a name, a literal or none, with a port, a service or none; every entry makes a socket")
    func addressInfo() throws {
        for host in ["localhost", "127.0.0.1", "::1", nil] {
            for entry in try info(host, "80") {
                #expect(entry.address.port == 80 && entry.address.address.isLoopback)
                #expect(entry.canonicalName == nil)
                // Raw sockets take privileges, and a protocol.
                guard entry.type != .raw else { continue }
                let descriptor = socket(entry.domain.rawValue, entry.type.rawValue, entry.socketProtocol.rawValue)
                #expect(descriptor >= 0)
                if descriptor >= 0 { close(descriptor) }
            }
        }
        #expect(try info("localhost").allSatisfy { $0.address.port == 0 })
        guard hasServices else { return }
        #expect(try info("localhost", "http").allSatisfy { $0.address.port == 80 })
    }

    @Test("F01, B-02: family, type and protocol restrict every entry")
    func filters() throws {
        #expect(try info("localhost", nil, .ipv4).allSatisfy { $0.domain == .ipv4 })
        #expect(try info(nil, "1", .ipv6).allSatisfy { $0.domain == .ipv6 })
        for type in [SocketType.stream, .datagram] {
            let entries = try info("127.0.0.1", nil, .unspecified, type)
            #expect(entries.count == 1 && entries[0].type == type)
        }
        let entries = try info("127.0.0.1", nil, .unspecified, nil, .udp)
        #expect(!entries.isEmpty && entries.allSatisfy { $0.socketProtocol == .udp && $0.type == .datagram })
        #expect(try Set(info("127.0.0.1").map(\.type)).isSuperset(of: [.stream, .datagram]))
    }

    @Test("F02, B-03: no host, or an empty one, is the loopback addresses, and for listening the wildcard ones")
    func noHost() throws {
        for host in [nil, ""] {
            #expect(try info(host, "7").allSatisfy { $0.address.address.isLoopback })
            let passive = try info(host, "7", .unspecified, .stream, .unspecified, .passive)
            #expect(Set(passive.map(\.address)) == [.v4(.any(port: 7)), .v6(.any(port: 7))])
        }
    }

    @Test("F03: neither host nor service is EAI_NONAME")
    func nothing() throws {
        let error = failure { try info(nil) }
        #expect(error?.kind == .noSuchName && error?.addressInfoCode == AddressInfoErrorCode.noName.rawValue)
    }

    @Test("F04: the canonical name is there where it is asked for; that of a literal is the literal")
    func canonicalName() throws {
        #expect(
            try info("127.0.0.1", nil, .ipv4, .stream, .unspecified, .canonicalName).first?.canonicalName == "127.0.0.1"
        )
        let named = try info("localhost", nil, .ipv4, .stream, .unspecified, .canonicalName)
        #expect(named.first?.canonicalName?.isEmpty == false)
        #expect(try info("127.0.0.1").allSatisfy { $0.canonicalName == nil })
    }

    @Test("F05: with numericHost a name is refused at once")
    func numericHost() throws {
        // Whoever asks others for the name is told something else, or nothing in time.
        let error = failure { try info("name.invalid", nil, .unspecified, nil, .unspecified, .numericHost) }
        #expect(error?.addressInfoCode == AddressInfoErrorCode.noName.rawValue)
        #expect(failure { try info("::1", nil, .ipv4) }?.kind == .noAddressForName)
    }

    @Test("E03: each error has its own code, with the resolver's text")
    func codes() throws {
        let service = failure { try info("127.0.0.1", "no-such-service-here") }
        #expect(service?.kind == .noSuchService && service?.addressInfoCode == AddressInfoErrorCode.service.rawValue)
        let family = failure { try info("127.0.0.1", "1", SocketDomain(rawValue: 999)) }
        #expect(family?.kind == .familyNotSupported && family?.addressInfoCode == EAI_FAMILY)
        let flags = failure { try info(nil, "1", .unspecified, nil, .unspecified, .canonicalName) }
        #expect(
            flags?.addressInfoCode == EAI_BADFLAGS && flags?.code?.text == String(cString: gai_strerror(EAI_BADFLAGS)))
        #expect(flags?.hostLookupCode == nil && flags?.errno == nil)
    }

    @Test(
        "B-04: a port number is that port or an error, never what 16 bits are left of it",
        arguments: ["0", "65535", "65536", "65616", "-1", "-65456", "+65616", " 65616", "99999999999999999999"])
    func absurdPorts(_ port: String) throws {
        let known = UInt16(port)
        let found = try? names.addressInfo(host: "127.0.0.1", service: port, timeout: limit).map(\.address.port)
        #expect(found.map { Set($0) } == known.map { [$0] })
        let query = try? ResolverQuery(host: "127.0.0.1", service: .name(port))
        let resolved = try? query.map { try SystemResolver().resolve($0, until: .never).map(\.port) }
        #expect(resolved.map { Set($0) } == known.map { [$0] })
    }

    @Test("B-05, A15: texts with a NUL are argument errors, not shorter texts")
    func zeros() {
        #expect(failure { try info("local\0host") }?.kind == .invalidArgument)
        #expect(failure { try info("localhost", "ht\0tp") }?.kind == .invalidArgument)
        #expect(failure { try names.host(named: "a\0") }?.kind == .invalidArgument)
        #expect(failure { try names.port(ofService: "http\0") }?.kind == .invalidArgument)
        #expect(failure { try names.protocolNumber(named: "t\0cp") }?.kind == .invalidArgument)
    }

    @Test("B-06: a zone that is a name becomes the number of the interface")
    func zones() throws {
        let loopback = try NetworkInterface(named: "lo")
        let plain = try info("FF02::1DE:C0:FACE:8D", "1234", .ipv6, .datagram)
        #expect(plain.first?.address.description == "[ff02::1de:c0:face:8d]:1234")
        let scoped = try info("ff02::1de:c0:face:8d%lo", "1234", .ipv6, .datagram)
        guard case .v6(let address)? = scoped.first?.address else { return #expect(Bool(false), "\(scoped)") }
        #expect(address.scopeID == loopback.index && address.address.description == "ff02::1de:c0:face:8d")
    }

    // MARK: getnameinfo

    @Test("F12, B-07: host and service, in numbers or by name")
    func nameInfo() throws {
        let address = IP.SocketAddress.v4(.loopback(port: 80))
        let numbers = try names.nameInfo(of: address, flags: [.numericHost, .numericService], timeout: limit)
        #expect(numbers == ("127.0.0.1", "80"))
        let host = try names.nameInfo(of: address, flags: .numericService, timeout: limit)
        #expect(host.service == "80" && !host.host.isEmpty)
        let scoped = try IP.SocketAddress(parsing: "[fe80::1%\(if_nametoindex("lo"))]:1")
        #expect(try names.nameInfo(of: scoped, flags: [.numericHost, .numericService]).host == "fe80::1%lo")
        // TEST-NET-1 has no names.
        let nameless = try IP.SocketAddress(parsing: "192.0.2.77:1")
        let error = failure { try names.nameInfo(of: nameless, flags: .nameRequired, timeout: limit) }
        let kinds: [TransportError.Kind] = [.noSuchName, .nameServiceUnavailable, .timedOut]
        #expect(kinds.contains(try #require(error).kind))
    }

    @Test(
        "F12: the service of port 514 is another one for datagrams",
        .enabled(if: hasServices, "there is no /etc/services"))
    func datagramService() throws {
        let address = IP.SocketAddress.v4(.loopback(port: 514))
        #expect(try names.nameInfo(of: address, flags: .numericHost).service == "shell")
        #expect(try names.nameInfo(of: address, flags: [.numericHost, .datagram]).service == "syslog")
    }

    // MARK: gethostby…

    @Test("F08, B-08, A07, A08: the IPv4 address of a host; literals stay what they are")
    func address() throws {
        for text in ["127.0.0.1", "10.0.0.1", "255.255.255.255"] {
            #expect(try names.address(of: text).description == text)
        }
        #expect(try names.address(of: "") == .any && names.address(of: "<broadcast>") == .broadcast)
        #expect(try names.address(of: "localhost", timeout: limit).isLoopback)
        let error = failure { try names.address(of: "::1", timeout: limit) }
        #expect(
            error?.kind == .noAddressForName && error?.addressInfoCode == AddressInfoErrorCode.addressFamily?.rawValue)
    }

    @Test(
        "B-09: what is neither a name nor an address fails",
        arguments: ["0.1.1.~1", "1+.1.1.1", "::1q", "::1::2", "1:1:1:1:1:1:1:1:1"])
    func badAddresses(_ text: String) {
        let kinds: [TransportError.Kind] = [
            .noSuchName, .noAddressForName, .nameServiceUnavailable, .resolutionFailed, .timedOut,
        ]
        let error = failure { try names.address(of: text, timeout: .seconds(2)) }
        #expect(error.map { kinds.contains($0.kind) } == true, "\(String(describing: error))")
        let other = failure { try names.host(named: text, timeout: .seconds(2)) }
        #expect(other.map { kinds.contains($0.kind) } == true && other?.addressInfoCode == nil)
    }

    @Test("F09: name, aliases and addresses of a host by its name")
    func hostByName() async throws {
        let entry = try await names.host(named: "localhost", timeout: limit)
        #expect(entry.addresses == [.v4(.loopback)])
        #expect(entry.name == "localhost" || entry.aliases.contains("localhost"))
    }

    @Test("F11: and by its address, of both families")
    func hostByAddress() throws {
        let entry = try names.host(at: .v4(.loopback), timeout: limit)
        #expect(([entry.name] + entry.aliases).contains("localhost") && entry.addresses == [.v4(.loopback)])
        do {
            let entry = try names.host(at: .v6(.loopback), timeout: limit)
            #expect(entry.addresses == [.v6(.loopback)])
        } catch {
            // A machine may have no name for it.
            #expect(error.hostLookupCode != nil || error.kind == .timedOut)
        }
    }

    @Test("E02: what the old look-ups say is an h_errno code, with its text, and no EAI code")
    func hostCodes() throws {
        let expected: [(HostLookUpErrorCode, TransportError.Kind, String)] = [
            (.hostNotFound, .noSuchName, "HOST_NOT_FOUND"), (.tryAgain, .nameServiceUnavailable, "TRY_AGAIN"),
            (.noRecovery, .resolutionFailed, "NO_RECOVERY"), (.noData, .noAddressForName, "NO_DATA"),
        ]
        for (code, kind, name) in expected {
            let error = TransportError(hostCode: code.rawValue, systemError: 0)
            #expect(error.kind == kind && error.hostLookupCode == code.rawValue && error.code?.name == name)
            #expect(error.code?.text == String(cString: hstrerror(code.rawValue)))
            #expect(error.addressInfoCode == nil && error.errno == nil && error.underlying == nil)
        }
        let system = TransportError(hostCode: -1, systemError: EMFILE)
        #expect(system.kind == .tooManyOpenFiles)
        #expect((system.underlying as? TransportError)?.errno == EMFILE)
        let error = failure { try names.host(named: "no-such-name.invalid", timeout: limit) }
        #expect(error?.hostLookupCode != nil || error?.kind == .timedOut)
    }

    // MARK: This machine

    @Test("F10: the name of this machine, as the system has it")
    func hostName() throws {
        let name = try NameService.hostName()
        #expect(!name.isEmpty && name.utf8.count <= 255)
        var buffer = [CChar](repeating: 0, count: 300)
        #expect(gethostname(&buffer, 299) == 0)
        #expect(buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } == name)
    }

    @Test("F07, B-11: a name that nothing is known about is returned as it is; the wildcard addresses are this machine")
    func fullNames() async throws {
        #expect(try await names.fullyQualifiedName(of: "no-such-name", timeout: limit) == "no-such-name")
        #expect(try await names.fullyQualifiedName(of: " bücher.invalid ", timeout: limit) == "bücher.invalid")
        let own = try await names.fullyQualifiedName(timeout: limit)
        #expect(!own.isEmpty)
        for wildcard in ["", "0.0.0.0", "::"] {
            #expect(try await names.fullyQualifiedName(of: wildcard, timeout: limit) == own)
        }
    }

    @Test(
        "F06, F09, F10, F11, F13, F14, F15: the same answers as Python",
        .enabled(if: access("/usr/bin/python3", X_OK) == 0))
    func sameAsPython() throws {
        let script = """
            import socket
            print(socket.gethostname()); print(socket.getfqdn()); print(socket.getfqdn("localhost"))
            print(socket.gethostbyaddr("127.0.0.1")[0]); print(socket.gethostbyname_ex("localhost")[0])
            for name in ["localhost", "127.0.0.1", "::1", "127.1"]:
                print(sorted({e[4][0] for e in socket.getaddrinfo(name, 80)}))
            """
        let python = try ChildProcess.python(script)
        #expect(try python.readLine() == NameService.hostName())
        #expect(try python.readLine() == names.fullyQualifiedName(timeout: limit))
        #expect(try python.readLine() == names.fullyQualifiedName(of: "localhost", timeout: limit))
        #expect(try python.readLine() == names.host(at: .v4(.loopback), timeout: limit).name)
        #expect(try python.readLine() == names.host(named: "localhost", timeout: limit).name)
        for host in ["localhost", "127.0.0.1", "::1", "127.1"] {
            let found = Set(try info(host, "80").map { $0.address.address.description }).sorted()
            #expect(try python.readLine() == "[" + found.map { "'\($0)'" }.joined(separator: ", ") + "]")
        }
    }

    // MARK: Services and protocols

    @Test("F13: the number of a protocol", .enabled(if: hasProtocols, "there is no /etc/protocols"))
    func protocols() async throws {
        #expect(try await names.protocolNumber(named: "icmp") == .icmp)
        #expect(try await names.protocolNumber(named: "tcp") == .tcp)
        let error = await failure { try await names.protocolNumber(named: "no-such") }
        #expect(error?.kind == .noSuchProtocol && error?.message == "protocol not found" && error?.code == nil)
    }

    @Test(
        "F14, F15, B-10: services by name and by port, with and without a protocol",
        .enabled(if: hasServices, "there is no /etc/services"))
    func services() throws {
        #expect(try names.port(ofService: "http") == 80)
        #expect(try names.port(ofService: "http", socketProtocol: "tcp") == 80)
        #expect(try names.service(atPort: 80) == "http" && names.service(atPort: 22, socketProtocol: "tcp") == "ssh")
        let error = failure { try names.port(ofService: "http", socketProtocol: "no-such") }
        #expect(error?.kind == .noSuchService && error?.message.contains("service/proto not found") == true)
        #expect(failure { try names.service(atPort: 65530) }?.kind == .noSuchService)
        for port in [-1, 65536] { #expect(failure { try names.service(atPort: port) }?.kind == .invalidArgument) }
    }

    @Test("B-12: interfaces by name and by index agree; 0 and unknown ones are errors")
    func interfaces() throws {
        let all = try NetworkInterface.all()
        #expect(all.contains { $0.name == "lo" })
        for interface in all {
            #expect(try NetworkInterface(named: interface.name) == interface)
            #expect(try NetworkInterface(index: interface.index) == interface)
        }
        #expect(failure { try NetworkInterface(index: 0) }?.kind == .noSuchInterface)
        #expect(failure { try NetworkInterface(named: "no-such") }?.kind == .noSuchInterface)
        #expect(failure { try NetworkInterface(named: "l\0o") }?.kind == .noSuchInterface)
        #expect(failure { try NetworkInterface(named: String(repeating: "x", count: 300)) }?.kind == .noSuchInterface)
    }

    // MARK: Time

    @Test("the caller leaves at its deadline though the system does not answer, in both forms")
    func deadlines() async throws {
        let gate = Gate()
        defer { gate.open() }
        let pool = ResolverPool(limit: 1)
        let stuck = pool.submit { () -> Result<Int, TransportError> in
            gate.wait()
            return .success(1)
        }
        let names = NameService(pool: pool)
        func blocking() {
            #expect(failure { try names.host(named: "x", timeout: .milliseconds(30)) }?.kind == .timedOut)
        }
        blocking()
        let error = await failure { try await names.port(ofService: "x", timeout: .milliseconds(30)) }
        #expect(error?.kind == .timedOut && error?.address == "x")
        #expect(await failure { try await names.protocolNumber(named: "x", deadline: .passed) }?.kind == .timedOut)
        #expect(
            await failure { try await names.protocolNumber(named: "x", timeout: .seconds(-1)) }?.kind
                == .invalidArgument)
        #expect(!stuck.isFinished)
    }

    @Test(
        "many threads ask at once, and each gets its own answer", .enabled(if: hasServices, "there is no /etc/services")
    )
    func concurrent() throws {
        let expected: [(String, UInt16)] = [("http", 80), ("https", 443), ("ssh", 22), ("smtp", 25), ("domain", 53)]
        let workers = (0..<8).map { number in
            Worker {
                for round in 0..<40 {
                    let (name, port) = expected[(number + round) % expected.count]
                    guard try names.port(ofService: name, socketProtocol: "tcp") == port,
                        try names.service(atPort: Int(port), socketProtocol: "tcp") == name
                    else { return false }
                }
                return true
            }
        }
        for worker in workers { #expect(try worker.value()) }
    }
}

/// A-labels against Python's.
@Suite("A-labels against Python", .enabled(if: access("/usr/bin/python3", X_OK) == 0))
struct PythonLabelTests {
    @Test("B-13: the same A-labels as Python's punycode, for random labels of many scripts")
    func random() throws {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        let alphabets = ["abcxyz019", "äöüßéñ", "абвгдя", "αβγδω", "日本語中文字", "한국어", "😀🚀", "אבגד", "กขค"].map {
            Array($0.unicodeScalars)
        }
        var labels: [String] = []
        for _ in 0..<300 {
            var label = String.UnicodeScalarView()
            for _ in 0..<(1 + next(12)) {
                let alphabet = alphabets[Int(next(UInt64(alphabets.count)))]
                label.append(alphabet[Int(next(UInt64(alphabet.count)))])
            }
            if label.contains(where: { $0.value > 127 }) { labels.append(String(label)) }
        }
        let python = try ChildProcess.python(
            "import sys\nfor l in sys.argv[1].split(','): print('xn--' + l.encode('punycode').decode())",
            labels.joined(separator: ",")
        )
        for label in labels { #expect(try python.readLine() == DomainName.ascii(label), "\(label)") }
    }
}
