import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

@Suite("Beginning and ending TLS on a live connection")
struct StartTLSTests {
    @Test("L-23, TLS-10 plain text, TLS, plain text, TLS, with bytes in each")
    func twice() throws {
        let network = LoopbackNetwork()
        let pki = try TestPKI.usual()
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        let lower = try network.streams()
        let thread = try network.spawn { try? serve(Connection(lower.1), server) }
        var plain = Connection(lower.0)
        for _ in 0..<2 {
            try plain.sendAll("STARTTLS\n")
            #expect(try plain.receiveExactly(3) == Array("OK\n".utf8))
            let secure = try plain.startTLS(client, serverName: "localhost", timeout: .seconds(5))
            #expect(plain.isClosed)
            try secure.sendAll("secret\n")
            #expect(try secure.receiveExactly(7) == Array("SECRET\n".utf8))
            plain = try secure.stopTLS(timeout: .seconds(5))
            #expect(secure.isClosed)
        }
        try plain.sendAll("bye\n")
        #expect(try plain.receiveExactly(4) == Array("BYE\n".utf8))
        plain.close()
        try thread.join()
    }

    @Test("L-23 the same in tasks; while the peer has not ended TLS, ending it can be given up and begun again")
    func inTasks() async throws {
        let pki = try TestPKI.usual()
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        let network = LoopbackNetwork()
        try await network.run {
            let lower = try network.streams()
            let plain = Connection(lower.0)
            let other = Task(executorPreference: network.executor) {
                let plain = Connection(lower.1)
                let secure = try await plain.startTLS(acceptingWith: server)
                let word = try await secure.receiveExactly(6)
                try await network.sleep(for: .seconds(2))
                let again: Connection<LoopbackStream<IPv4>> = try await secure.stopTLS(timeout: .seconds(5))
                try await again.sendAll(word)
                again.close()
            }
            let secure = try await plain.startTLS(client, serverName: "localhost", timeout: .seconds(5))
            try await secure.sendAll("secret")
            let error = await caught { try await secure.stopTLS(timeout: .seconds(1)) }
            #expect(error?.kind == .timedOut)
            #expect(!secure.isClosed)
            let ending = Task(executorPreference: network.executor) { try await secure.stopTLS() }
            ending.cancel()
            #expect(await caught(in: ending)?.kind == .cancelled)
            let again: Connection<LoopbackStream<IPv4>> = try await secure.stopTLS(timeout: .seconds(5))
            #expect(secure.isClosed)
            #expect(try await again.receiveExactly(6) == Array("secret".utf8))
            again.close()
            try await other.value
        }
    }

    @Test("B-50, CVE-2011-0411 plain text behind the word that begins TLS is never taken for the peer's")
    func injected() throws {
        let pki = try TestPKI.usual()
        let network = LoopbackNetwork()
        let lower = try network.streams()
        #expect(try lower.1.trySend(all: Array("220 ready\r\n250 injected\r\n".utf8)))
        let client = Connection(lower.0, mode: .nonblocking)
        #expect(try client.receiveExactly(11) == Array("220 ready\r\n".utf8))
        let error = caught { try client.startTLS(pki.client(), serverName: "localhost", timeout: .seconds(1)) }
        #expect(error?.kind == .tlsNotSpoken)
        #expect(client.isClosed)
    }

    /// A reader of a peer that has sent plain text in one piece with the line that begins TLS.
    private func injectedReader() throws -> BufferedReader<LoopbackStream<IPv4>> {
        let lower = try LoopbackNetwork().streams()
        #expect(try lower.1.trySend(all: Array("220 ready\r\n250 injected\r\n".utf8)))
        let reader = Connection(lower.0).reader()
        #expect(try reader.readLine() == "220 ready")
        return reader
    }

    @Test(
        "CVE-2011-0411 plain text that came in one piece with the word that begins TLS is refused by the reader that has it"
    )
    func injectedIntoReader() throws {
        let pki = try TestPKI.usual()
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        let reader = try injectedReader()
        let error = caught { try reader.startTLS(client, serverName: "localhost") }
        #expect(error?.kind == .invalidState)
        #expect(error?.operation == .startTLS)
        #expect(caught { try reader.startTLS(acceptingWith: server) }?.kind == .invalidState)
        #expect(!reader.connection.isClosed)
        #expect(try reader.readLine() == "250 injected")
    }

    @Test("CVE-2011-0411 the same in tasks")
    func injectedIntoReaderSuspending() async throws {
        let pki = try TestPKI.usual()
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        let reader = try injectedReader()
        #expect(await caught { try await reader.startTLS(client, serverName: "localhost") }?.kind == .invalidState)
        #expect(await caught { try await reader.startTLS(acceptingWith: server) }?.kind == .invalidState)
        #expect(!reader.connection.isClosed)
    }

    @Test("a reader that holds nothing begins TLS, on both sides, and ends with its connection")
    func readers() throws {
        let pki = try TestPKI.usual()
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        let network = LoopbackNetwork()
        let lower = try network.streams()
        let (near, far) = (Connection(lower.0), Connection(lower.1))
        let thread = try network.spawn {
            let reader = far.reader()
            guard try reader.readLine() == "STARTTLS" else { return }
            try far.sendAll("220 ready\r\n")
            let secure = try reader.startTLS(acceptingWith: server)
            try secure.sendAll(secure.reader().readLine() ?? "")
            secure.close()
        }
        let reader = near.reader()
        try near.sendAll("STARTTLS\r\n")
        #expect(try reader.readLine() == "220 ready")
        let secure = try reader.startTLS(client, serverName: "localhost", timeout: .seconds(5))
        #expect(near.isClosed)
        #expect(caught { try reader.readLine() }?.kind == .closed)
        reader.close()
        try secure.sendAll("secret\r\n")
        #expect(try secure.receiveExactly(6) == Array("secret".utf8))
        secure.close()
        try thread.join()
    }

    @Test("TLS is not ended before bytes that nobody has received; they are kept, and after them it is ended")
    func unreadBytes() throws {
        let (a, b) = try mockPair()
        try shakeHands(a, b)
        let (client, server) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        try server.sendAll("not yet")
        for _ in 0..<2 {
            let error = caught { () throws(TransportError) -> Connection<LoopbackStream<IPv4>> in try client.stopTLS() }
            #expect(error?.kind == .invalidState)
            #expect(error?.aftermath.canReceive == true)
        }
        #expect(!client.isClosed)
        #expect(try client.receive(atMost: 10) == Array("not yet".utf8))
        func stop() throws(TransportError) -> Connection<LoopbackStream<IPv4>> { try client.stopTLS() }
        #expect(caught { try stop() }?.kind == .wouldBlock)
        #expect(try server.receive(atMost: 1) == nil)
        let other: Connection<LoopbackStream<IPv4>> = try server.stopTLS()
        let plain = try stop()
        try other.sendAll("plain")
        #expect(try plain.receive(atMost: 10) == Array("plain".utf8))
    }

    @Test("bytes that a layer holds already are refused, and the connection stays")
    func buffered() throws {
        let pki = try TestPKI.usual()
        let (a, b) = try mockPair()
        try shakeHands(a, b)
        let peer = Connection(b, mode: .nonblocking)
        try peer.sendAll("left over")
        let outer = Connection(a, mode: .nonblocking)
        #expect(try outer.receive(atMost: 4) == Array("left".utf8))
        #expect(caught { try outer.startTLS(pki.client(), serverName: "localhost") }?.kind == .invalidState)
        #expect(!outer.isClosed)
        #expect(try outer.receive(atMost: 10) == Array(" over".utf8))
    }

    @Test("a handshake on a live connection that is not done in time says so, in threads and in tasks")
    func timeout() async throws {
        let pki = try TestPKI.usual()
        let network = LoopbackNetwork()
        @Sendable func expect(_ error: TransportError?) {
            #expect(error?.kind == .timedOut)
            #expect(error?.operation == .startTLS)
            #expect(error?.message.contains("TLS handshake") == true)
        }
        let (near, far) = try network.streams()
        defer { far.close() }
        let threads = Connection(near)
        expect(caught { try threads.startTLS(pki.client(), serverName: "localhost", timeout: .seconds(3)) })
        try await network.run {
            let (near, far) = try network.streams()
            defer { far.close() }
            let tasks = Connection(near)
            let error = await caught {
                try await tasks.startTLS(pki.client(), serverName: "localhost", timeout: .seconds(3))
            }
            expect(error)
        }
    }
}

/// Speaks plain text in lines, and TLS for one line after each STARTTLS.
private func serve(_ first: Connection<LoopbackStream<IPv4>>, _ configuration: TLSConfiguration) throws {
    var plain = first
    while true {
        let line = try readLine { try plain.receiveExactly(1) }
        guard line == "STARTTLS\n" else {
            try plain.sendAll(line.uppercased())
            return
        }
        try plain.sendAll("OK\n")
        let secure = try plain.startTLS(acceptingWith: configuration)
        try secure.sendAll(readLine { try secure.receiveExactly(1) }.uppercased())
        plain = try secure.stopTLS()
    }
}

private func readLine(_ next: () throws -> [UInt8]) throws -> String {
    var line: [UInt8] = []
    while line.last != 10 { line += try next() }
    return String(decoding: line, as: UTF8.self)
}
