#if canImport(Glibc)
internal import Glibc

/// The path of a program, or nil when this machine has none.
public func program(_ name: String) -> String? {
    // Some of them are servers, which a user's path may leave out.
    let path = (getenv("PATH").map { String(cString: $0) } ?? "") + ":/usr/bin:/usr/sbin"
    for directory in path.split(separator: ":") where access("\(directory)/\(name)", X_OK) == 0 {
        return "\(directory)/\(name)"
    }
    return nil
}

/// The path of a program that is built beside the tests.
public func builtProgram(_ name: String) -> String {
    var text = [CChar](repeating: 0, count: 4096)
    let count = max(0, readlink("/proc/self/exe", &text, text.count))
    let path = String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex) + name
}

/// A port of 127.0.0.1 that nobody uses, below those that the system gives to others.
public func freePort() throws -> UInt16 {
    for _ in 0..<200 {
        let port = UInt16.random(in: 20_000..<32_000)
        if onLoopback(port, { bind($0, $1, $2) }) == 0 { return port }
    }
    throw ChildFailure("no port is free")
}

/// Waits until a server that was just started accepts connections.
public func waitForServer(_ port: UInt16) throws {
    let end = Patience.end
    repeat {
        if onLoopback(port, { connect($0, $1, $2) }) == 0 { return }
        usleep(10_000)
    } while Patience.now < end
    throw ChildFailure("nobody listens at port \(port)")
}

/// Does something with a new socket and an address.
private func onLoopback(
    _ port: UInt16, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    return withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
#endif
