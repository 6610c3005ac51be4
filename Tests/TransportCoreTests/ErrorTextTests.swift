import TestSupport
import Testing
import TransportCore

@Suite("What errors say")
struct ErrorTextTests {
    private let refused = TransportError(
        .connectionRefused,
        operation: .connect,
        code: .init(domain: .posix, value: 111, name: "ECONNREFUSED", text: "Connection refused")
    )

    @Test("A14: the description is one line: operation, address, what happened, code")
    func description() throws {
        let error = refused.with(address: try IP.SocketAddress(parsing: "192.0.2.1:80"))
        #expect(
            error.description
                == "connect 192.0.2.1:80: connection refused [ECONNREFUSED (111): Connection refused]"
        )
        #expect("\(error)" == error.description)
    }

    @Test("M23: the description says how far the call got")
    func progress() {
        let error = TransportError(.timedOut, operation: .send)
        #expect(error.description == "send: timed out")
        #expect(error.with(bytesTransferred: 1).description == "send: timed out after 1 byte")
        #expect(error.with(bytesTransferred: 2).description == "send: timed out after 2 bytes")
        let sending = error.with(bytesTransferred: 2, of: 10)
        #expect(sending.description == "send: timed out after 2 of 10 bytes")
        #expect(sending.bytesRequested == 10)
        #expect(error.with(bytesTransferred: 0, of: 1).description == "send: timed out after 0 of 1 byte")
        #expect(sending.with(bytesTransferred: 12).description == "send: timed out after 12 bytes")
    }

    @Test("what an error is about is one line that a terminal can show, whatever a program or a peer has said")
    func hostileText() throws {
        let escape = "\u{1B}[2J\n"
        let long = escape + String(repeating: "x", count: 1_000_000)
        let error = TransportError(.noSuchName, operation: .resolve, code: .init(domain: .tls, value: 1, text: long))
            .with(address: long)
            .with(ledger: [.init(.resolve, on: long, from: .zero, to: .seconds(1))])
        #expect(error.address == long, "the error itself has it as it was")
        for text in [error.description, error.ledger[0].description, try #require(error.code).description] {
            #expect(text.utf8.count < 1_000 && !text.contains("\u{1B}") && !text.contains("\n"), "\(text)")
            #expect(text.contains("(1000005 bytes)"))
        }
        #expect(error.description.contains(#"\u{1B}[2J\nxxx"#))
    }

    @Test("errors about names and services quote no more than a line of them")
    func boundedQuotes() {
        let long = "1\0" + String(repeating: "é\u{1B}", count: 100_000)
        let errors = [
            caught { try ResolverQuery(host: long, service: .port(1)) },
            caught { try ResolverQuery(host: long.replacing("\0", with: "/"), service: .port(1)) },
            caught { try ResolverQuery(host: "a", service: .name(long)) },
            caught { try ResolverQuery(host: "a", service: .name(String(repeating: "9", count: 100_000))) },
            caught { try DomainName.ascii(long) }, caught { try IP.Network(parsing: "1.2.3.4/" + long) },
            caught { try IP.Address(parsing: long) },
        ]
        for error in errors {
            #expect(error?.kind == .invalidArgument)
            let message = error?.message ?? ""
            #expect(message.utf8.count < 1_000 && !message.contains("\u{1B}") && !message.contains("\0"), "\(message)")
        }
    }

    @Test("A14: a message takes the place of the kind's own words")
    func message() {
        let error = TransportError(.invalidArgument, operation: .resolve)
        #expect(error.message == "invalid argument")
        #expect(error.with(message: "no").description == "resolve: no")
    }

    @Test("A14: the explanation says what to try, and what is left of the connection")
    func explanation() {
        #expect(
            refused.explanation == """
                connect: connection refused [ECONNREFUSED (111): Connection refused]
                  try: check that the server runs and that host and port are right
                """
        )
        #expect(
            TransportError(.brokenPipe, operation: .send).with(bytesTransferred: 7).explanation == """
                send: the peer or this end has stopped this direction after 7 bytes
                  the connection is now: receive only
                  try: read what the peer may have said before it stopped, then connect again
                """
        )
        #expect(TransportError(.unsupported, operation: .shutdownWrite).explanation == "shutdownWrite: not supported")
    }

    @Test("X4: the explanation lists every attempt and the chain of causes")
    func chain() {
        struct Odd: Error, CustomStringConvertible { var description: String { "something odd" } }
        let cause = TransportError(.connectionReset, operation: .receive).with(underlying: Odd())
        let error = TransportError(.timedOut, operation: .connect).with(message: "too late")
            .with(attempts: [refused.with(address: "a:1"), TransportError(.hostUnreachable, operation: .connect)])
            .with(underlying: cause)
        #expect(
            error.explanation == """
                connect: too late
                  attempt 1: connect a:1: connection refused [ECONNREFUSED (111): Connection refused]
                  attempt 2: connect: no route to the host
                  cause: receive: connection reset by the peer
                    cause: something odd
                    the connection is now: dead
                    try: connect again; the peer's log may say why it cut the connection
                  try: a longer timeout, or find out why the peer does not answer; the call may be repeated
                """
        )
    }

    @Test("A14: nothing is said twice: how far it got, and what to try")
    func repetition() {
        let early = TransportError(.unexpectedEnd, operation: .receive).with(bytesTransferred: 3, of: 10)
        #expect(early.message == "the stream ended too early", "the count has its own place")
        #expect(early.description == "receive: the stream ended too early after 3 of 10 bytes")
        let cause = TransportError(.tooManyOpenFiles, operation: .resolve)
        #expect(
            cause.with(underlying: cause).explanation == """
                resolve: too many open descriptors
                  cause: resolve: too many open descriptors
                  try: close what is not needed, or raise the limit (ulimit -n)
                """
        )
    }

    @Test("A14: where there is no connection, nothing is said of one")
    func noConnection() {
        for error in [
            TransportError.closed(.accept), TransportError(.unexpectedEnd, operation: .open),
            TransportError(.deniedByPolicy, operation: .listen).with(aftermath: .dead),
        ] {
            #expect(!error.explanation.contains("connection"), "\(error.explanation)")
        }
    }

    @Test("A14: a code says its name and number, or whose number it is")
    func codes() {
        let known = TransportError.Code(domain: .posix, value: 104, name: "ECONNRESET", text: "Connection reset")
        #expect(known.description == "ECONNRESET (104): Connection reset")
        #expect(TransportError.Code(domain: .posix, value: 11).description == "errno error 11")
        #expect(TransportError.Code(domain: .addressInfo, value: -2).description == "getaddrinfo error -2")
        #expect(TransportError.Code(domain: .tls, value: 1, text: "bad").description == "TLS error 1: bad")
    }

    @Test("A14: codes are equal when domain and number are, and the domains stay apart")
    func codeEquality() {
        let bare = TransportError.Code(domain: .posix, value: 104)
        let named = TransportError.Code(domain: .posix, value: 104, name: "ECONNRESET", text: "x")
        #expect(bare == named)
        #expect(Set([bare, named]).count == 1)
        #expect(bare != TransportError.Code(domain: .addressInfo, value: 104))
        let error = TransportError(.noSuchName, operation: .resolve, code: .init(domain: .addressInfo, value: -2))
        #expect(error.addressInfoCode == -2)
        #expect(error.errno == nil)
        #expect(refused.errno == 111)
        #expect(refused.addressInfoCode == nil)
        #expect(TransportError(.closed, operation: .send).errno == nil)
    }

    @Test("A14: an unknown kind speaks for itself")
    func unknownKind() {
        let error = TransportError(.init(rawValue: "acme.quotaExceeded"), operation: .init(rawValue: "upload"))
        #expect(error.description == "upload: acme.quotaExceeded")
        #expect(error.explanation == "upload: acme.quotaExceeded")
        #expect(error.aftermath == .usable)
    }

    @Test("A14: every change of a detail keeps the others")
    func details() {
        let cause = TransportError(.system, operation: .open)
        let error = refused.with(message: "m").with(address: "a").with(partialData: [1]).with(attempts: [cause])
            .with(underlying: cause).with(bytesTransferred: 3).with(aftermath: .sendOnly)
        #expect(error.kind == .connectionRefused)
        #expect(error.operation == .connect)
        #expect(error.errno == 111)
        #expect(error.message == "m")
        #expect(error.address == "a")
        #expect(error.partialData == [1])
        #expect(error.attempts.map(\.kind) == [.system])
        #expect((error.underlying as? TransportError)?.kind == .system)
        #expect(error.bytesTransferred == 3)
        #expect(error.aftermath == .sendOnly)
        #expect(refused.message == "connection refused")
        #expect(refused.attempts.isEmpty)
    }

    @Test("A14: an aftermath says in words what still works")
    func aftermath() {
        #expect(TransportError.Aftermath.usable.description == "usable")
        #expect(TransportError.Aftermath.receiveOnly.description == "receive only")
        #expect(TransportError.Aftermath.sendOnly.description == "send only")
        #expect(TransportError.Aftermath.dead.description == "dead")
        #expect(TransportError.Aftermath(rawValue: 0xFF).canReceive)
    }
}
