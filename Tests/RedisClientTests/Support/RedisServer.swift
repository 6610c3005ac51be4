#if canImport(Glibc)
import BSDSocketBackend
import Glibc
import OpenSSLTransport
import RedisClient
import Synchronization
import TestCertificateAuthority
import TestSupport
import TransportCore

/// A real Redis server of a test's own, which ends with it: on a Unix socket, a TCP port and, where it is asked for, a
/// port with TLS, in a directory for temporary files.
final class RedisServer {
    /// The path of the program, or nil when this machine has none.
    ///
    /// `redis-check-rdb` is the same program: it looks at the name it is called by. Some systems have a package with it
    /// that starts no service.
    static let program: String? = {
        let directories = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
        for name in ["redis-server", "redis-check-rdb"] {
            for directory in directories where access("\(directory)/\(name)", X_OK) == 0 {
                return "\(directory)/\(name)"
            }
        }
        return nil
    }()

    private static let count = Atomic<Int>(0)

    /// The address of the Unix socket.
    let socket: Unix.SocketAddress
    /// The TCP port, on 127.0.0.1.
    let port: UInt16

    /// The port with TLS, on 127.0.0.1; 0 when there is none.
    private(set) var portOverTLS: UInt16 = 0

    private let directory: String
    private var authority: CertificateAuthority?
    private var certificates: TemporaryDirectory?
    private var process: ChildProcess?

    /// Starts a server, and waits until it answers.
    ///
    /// - Parameter isOverTLS: Whether it has a port with TLS, too, with a certificate for `localhost`. It asks its clients
    ///   for one.
    init(withTLS isOverTLS: Bool = false) throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        directory = "/tmp/swift-transport-redis-\(getpid())-\(number)"
        socket = try Unix.SocketAddress(path: directory + "/redis.sock")
        port = try freePort()
        if isOverTLS {
            authority = try CertificateAuthority("Redis Authority")
            certificates = try TemporaryDirectory()
            portOverTLS = try freePort()
        }
        guard mkdir(directory, 0o700) == 0 else { throw NoServer("no directory \(directory)") }
        try start()
    }

    deinit {
        stop()
        unlink(directory + "/redis.sock")
        rmdir(directory)
    }

    /// Starts the server, and waits until it answers.
    func start() throws {
        guard let program = Self.program else { throw NoServer("there is no redis-server") }
        process = try ChildProcess(
            program,
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--unixsocket", directory + "/redis.sock", "--dir",
                directory,
                "--save", "", "--appendonly", "no", "--enable-debug-command", "local", "--loglevel", "warning",
            ] + tlsArguments(), as: "redis-server")
        // The client waits for it: that is one of the things it can do.
        let answer = try overTCP { $0.attempts = 1000 }.send(.ping, timeout: Patience.time)
        guard answer == .simple("PONG") else { throw NoServer("it answers \(answer)") }
    }

    private func tlsArguments() throws -> [String] {
        guard let authority, let certificates else { return [] }
        let server = try authority.issue(.server("localhost"))
        return [
            "--tls-port", "\(portOverTLS)", "--tls-auth-clients", "yes", "--tls-ca-cert-file",
            try certificates.write("authority.pem", authority.certificate.pem), "--tls-cert-file",
            try certificates.write("server.pem", server.chainPEM), "--tls-key-file",
            try certificates.write("server.key", server.keyPEM),
        ]
    }

    /// Ends the server at once, as a crash would.
    func stop() {
        guard let process else { return }
        kill(process.id, SIGKILL)
        _ = try? process.waitForExit()
        self.process = nil
    }

    /// Has the server stand still, or go on.
    func setFrozen(_ isFrozen: Bool) {
        if let process { kill(process.id, isFrozen ? SIGSTOP : SIGCONT) }
    }

    /// A client over TCP.
    func overTCP(_ configure: (inout RedisConfiguration) -> Void = { _ in }) -> RedisClient<SocketBackend<IP>> {
        var configuration = RedisConfiguration()
        configure(&configuration)
        return RedisClient(host: "127.0.0.1", port: port, configuration: configuration, via: SocketBackend<IP>())
    }

    /// A client over TLS, with a certificate.
    func overTLS() throws -> RedisClient<TLSBackend<SocketBackend<IP>>> {
        guard let authority else { throw NoServer("it was started without TLS") }
        let issued = try authority.issue(.client("client"))
        var settings = TLSSettings()
        settings.roots = .only([.pem(authority.certificate.pem)])
        settings.identities = [try TLSIdentity(certificates: .pem(issued.chainPEM), key: .pem(issued.keyPEM))]
        let backend = try TLSBackend(over: SocketBackend<IP>(), client: .client(settings))
        return RedisClient(host: "localhost", port: portOverTLS, configuration: RedisConfiguration(), via: backend)
    }

    /// A client over the Unix socket.
    func overUnix(_ configure: (inout RedisConfiguration) -> Void = { _ in }) -> RedisClient<SocketBackend<Unix>> {
        var configuration = RedisConfiguration()
        configure(&configuration)
        return RedisClient(address: socket, configuration: configuration, via: SocketBackend<Unix>())
    }
}

/// The server could not be started.
struct NoServer: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
#endif
