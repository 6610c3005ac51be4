import BSDSocketBackend
import Glibc
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import TransportCore

typealias TLSConnection = Connection<TLSTransport<SocketTransport<IP>>>

/// How long an exchange with a program may take before a test fails.
let patience = Patience.time

enum Interop {
    /// Whether there is a Python.
    static var hasPython: Bool { access("/usr/bin/python3", X_OK) == 0 }

    /// Whether Python has a module.
    static func hasPython(_ module: String) -> Bool {
        hasPython && (try? ChildProcess.python("import \(module)").waitForExit()) == 0
    }
}

/// A file that is there as long as this object.
final class TemporaryFile {
    let path: String

    convenience init(_ contents: String) throws { try self.init(Array(contents.utf8)) }

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/swift-transport-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw TransportError(.system, operation: .open) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let written = write(descriptor, bytes, bytes.count)
        close(descriptor)
        guard written == bytes.count else { throw TransportError(.system, operation: .open) }
    }

    deinit { unlink(path) }
}

/// The usual certificates in files, as programs take them.
final class CertificateFiles {
    let directory: TemporaryDirectory
    /// The certificate of the authority.
    let authority: String
    /// The certificate of a server and its key, in two files.
    let server: (certificate: String, key: String)
    /// The certificate and the key of a client whose name is "somebody", in two files.
    let client: (certificate: String, key: String)
    /// The same client for us.
    let clientIdentity: TLSIdentity

    init(_ pki: TestPKI, clientName: String = "somebody") throws {
        directory = try TemporaryDirectory()
        authority = try directory.write("authority.pem", pki.authority.certificate.pem)
        server = (
            try directory.write("server.pem", pki.server.chainPEM), try directory.write("server.key", pki.server.keyPEM)
        )
        let issued = try pki.authority.issue(.client(clientName))
        client = (try directory.write("client.pem", issued.chainPEM), try directory.write("client.key", issued.keyPEM))
        clientIdentity = try issued.identity()
    }
}

/// A server of ours, for a number of connections one after the other; each has its handshake done.
func serve<Result: Sendable>(
    _ configuration: TLSConfiguration, count: Int = 1,
    _ body: @escaping @Sendable (TLSConnection) throws -> Result
) throws -> (port: UInt16, results: BackgroundCall<[Result]>) {
    let backend = try TLSBackend(over: SocketBackend<IP>(), client: TestPKI.usual().client(), server: configuration)
    let listener = try backend.listen(on: .v4(.loopback(port: 0)))
    let port = try listener.localAddress.port
    let results = BackgroundCall<[Result]> {
        try (0..<count).map { _ in
            let connection = try listener.accept(timeout: patience)
            defer { connection.close() }
            connection.mode = try .timeout(patience)
            try connection.establish()
            return try body(connection)
        }
    }
    return (port, results)
}

/// A client of ours.
func connect(_ port: UInt16, _ configuration: TLSConfiguration, name: String = "localhost") throws -> TLSConnection {
    var options = StreamOptions<IP>()
    options.peerName = name
    let backend = try TLSBackend(over: SocketBackend<IP>(), client: configuration)
    let connection = try backend.connect(to: .v4(.loopback(port: port)), options: options, timeout: patience)
    connection.mode = try .timeout(patience)
    return connection
}

extension Connection {
    /// Asks for a page and gives all of the answer.
    func get(_ path: String = "/", host: String = "localhost") throws -> String {
        try sendAll("GET \(path) HTTP/1.0\r\nHost: \(host)\r\n\r\n")
        var answer: [UInt8] = []
        while let bytes = try receive(atMost: 65536) { answer += bytes }
        return String(decoding: answer, as: UTF8.self)
    }

    /// Answers a request for a page; gives the request.
    func answer(_ body: String) throws -> String {
        var request: [UInt8] = []
        while !request.suffix(4).elementsEqual("\r\n\r\n".utf8), let bytes = try receive(atMost: 4096) {
            request += bytes
        }
        try sendAll("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
        return String(decoding: request, as: UTF8.self)
    }

    /// Receives a line, without its end.
    func line() throws -> String {
        var line: [UInt8] = []
        while line.last != 10 { line += try receiveExactly(1) }
        return String(decoding: line, as: UTF8.self).trimmingLineEnd
    }
}

extension String {
    /// Without a line's end.
    var trimmingLineEnd: String {
        var text = Substring(self)
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
