internal import CSockets
public import TransportCore

/// A descriptor of any kind (a file, a pipe, a socket) that is closed with its owner.
///
/// Descriptors that came with a message are given in this form, so that none stays open by mistake. Children do not
/// inherit them.
public final class OwnedDescriptor: Sendable {
    private let state: Locked<Int32?>
    private let syscalls: Syscalls

    /// Takes a descriptor over, which is closed here from now on.
    public convenience init(owning number: Int32) { self.init(owning: number, syscalls: Syscalls()) }

    init(owning number: Int32, syscalls: Syscalls) {
        state = Locked(number)
        self.syscalls = syscalls
    }

    /// Opens a file for reading. The corresponding C function is `open`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchFile``, ``/TransportCore/TransportError/Kind/permissionDenied``;
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for a path with a NUL in it.
    public convenience init(openingFile path: String) throws(TransportError) {
        guard !path.utf8.contains(0) else {
            throw .invalidArgument("a path cannot have a NUL in it", operation: .open)
        }
        let number = csockets_open(path)
        guard number >= 0 else { throw TransportError(errno: -number, .open).with(address: path) }
        self.init(owning: number)
    }

    deinit { close() }

    /// The descriptor's number, or nil after ``take()`` or ``close()``. Valid while this object lives.
    public var number: Int32? { state.withLock { $0 } }

    /// Gives the descriptor away: closing it is the caller's from now on.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/closed`` when it was taken or closed before.
    public func take() throws(TransportError) -> Int32 {
        let number = state.withLock { number -> Int32? in
            defer { number = nil }
            return number
        }
        guard let number else { throw .closed(.detach) }
        return number
    }

    /// Closes the descriptor now. May be repeated.
    public func close() {
        if let number = try? take() { syscalls.close(number) }
    }
}

extension OwnedDescriptor: FileSource {
    /// The descriptor's number.
    public var fileDescriptor: Int32? { number }

    /// Reads at a place of the file. The corresponding C function is `pread`.
    ///
    /// - Throws: The system's errors, among them ``/TransportCore/TransportError/Kind/system`` (`ESPIPE`) for what has
    ///   no places, such as a pipe; ``/TransportCore/TransportError/Kind/closed``.
    public func read(into buffer: inout OutputRawSpan, at offset: Int64) throws(TransportError) {
        guard let number else { throw .closed(.send) }
        let result = buffer.withUnsafeMutableBytes { memory, count in
            let free = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            let result = syscalls.retryingBytes(.receive, free.count) {
                csockets_pread(number, free.baseAddress, $0, offset)
            }
            if result > 0 { count += result }
            return result
        }
        if result < 0 { throw TransportError(errno: Int32(clamping: -result), .send) }
    }
}
