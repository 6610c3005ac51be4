internal import CSockets
internal import TransportCore

extension SocketHandle {
    /// Sends from a file as far as there is room; nil when the system cannot do it with this file.
    func trySendFile(_ file: Int32, at offset: Int64, count: Int) throws(TransportError) -> SendStep? {
        try enter(.send)
        defer { leave() }
        let wasNonblocking = csockets_is_nonblocking(descriptor) == 1
        if !wasNonblocking { try check(syscalls.setNonblocking(descriptor, true), .send) }
        defer { if !wasNonblocking { _ = syscalls.setNonblocking(descriptor, false) } }
        let result = attempt(.writable) { syscalls.sendFile(descriptor, from: file, at: offset, count) }
        // Pipes, terminals, and whatever the file system cannot do.
        if result == -Int(EINVAL) || result == -Int(ENOSYS) || result == -Int(EOPNOTSUPP) || result == -Int(ESPIPE) {
            return nil
        }
        // The file is broken, not the connection: reading it tells how.
        if result == -Int(EBADF) || result == -Int(EISDIR) || result == -Int(EIO) || result == -Int(EACCES) {
            return nil
        }
        return try sendStep(result)
    }
}

extension Syscalls {
    /// Sends from a place of a file.
    func sendFile(_ descriptor: Int32, from file: Int32, at offset: Int64, _ count: Int) -> Int {
        retryingBytes(.send, count) { Int(csockets_sendfile(descriptor, file, offset, $0)) }
    }
}
