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

    deinit { close() }

    /// The descriptor's number, or nil after ``take()`` or ``close()``. Valid while this object lives.
    public var number: Int32? { state.withLock { $0 } }

    /// Gives the descriptor away: closing it is the caller's from now on.
    ///
    /// - Throws: ``TransportError/Kind/closed`` when it was taken or closed before.
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
