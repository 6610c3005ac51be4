import Glibc
import TestSupport
import TransportCore

/// How long an operation on real sockets may take before a test fails.
let patience = Patience.time

/// How many sockets this process has open; only to be compared where nothing else runs.
func openSocketCount() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        var text = [CChar](repeating: 0, count: 64)
        guard readlink("/proc/self/fd/\(name)", &text, text.count) > 0 else { continue }
        if String(decoding: text.prefix(7).map { UInt8(bitPattern: $0) }, as: UTF8.self) == "socket:" { count += 1 }
    }
    return count
}

/// A port of 127.0.0.1 on which nobody listens, below those that the system gives to others.
func unusedPort() -> UInt16 {
    for _ in 0..<200 {
        let port = UInt16.random(in: 20_000..<32_000)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return port }
    }
    return 0
}
