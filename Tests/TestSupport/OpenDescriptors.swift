#if canImport(Glibc)
internal import Glibc

/// What this process has open, by descriptor, in the words of `/proc`, such as "socket:[4711]".
public func openDescriptors() throws -> [Int32: String] {
    guard let directory = opendir("/proc/self/fd") else { throw ChildFailure("there is no /proc") }
    defer { closedir(directory) }
    var targets: [Int32: String] = [:]
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        var text = [CChar](repeating: 0, count: 256)
        let count = readlink("/proc/self/fd/\(name)", &text, text.count)
        guard count > 0, let descriptor = Int32(name) else { continue }
        targets[descriptor] = String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return targets
}

/// The sockets and pipes that this process has open, in the words of `/proc`.
public func openSocketsAndPipes() throws -> [String] {
    try openDescriptors().values.filter { $0.hasPrefix("socket:") || $0.hasPrefix("pipe:") }
}

/// How many sockets this process has open; only to be compared where nothing else runs.
public func openSocketCount() throws -> Int { try openSocketsAndPipes().count { $0.hasPrefix("socket:") } }

/// How many sockets and pipes this process has open; only to be compared where nothing else runs.
public func openDescriptorCount() throws -> Int { try openSocketsAndPipes().count }
#endif
