#if canImport(Glibc)
import BSDSocketBackend
import Glibc
import RedisClient
import Synchronization
import TestSupport
import TransportCore

/// A real Redis server of a test's own, which ends with it: on a Unix socket and a TCP port, in a directory for
/// temporary files.
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

    private let directory: String
    private var process: ChildProcess?

    /// Starts a server, and waits until it answers.
    init() throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        directory = "/tmp/swift-transport-redis-\(getpid())-\(number)"
        socket = try Unix.SocketAddress(path: directory + "/redis.sock")
        // Below the ports that the system gives to others between this look and the server's start.
        let ports = (0..<100).lazy.map { _ in UInt16.random(in: 20000..<32000) }
        let free = ports.first { (try? SocketBackend<IPv4>().listen(on: .loopback(port: $0))) != nil }
        guard let free else { throw NoServer("no port is free") }
        port = free
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
            ], as: "redis-server")
        // The client waits for it: that is one of the things it can do.
        let answer = try overTCP { $0.attempts = 1000 }.send(.ping, timeout: .seconds(20))
        guard answer == .simple("PONG") else { throw NoServer("it answers \(answer)") }
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
