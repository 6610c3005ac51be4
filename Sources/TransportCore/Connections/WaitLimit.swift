/// How long one call may wait: worked out once, where the call enters the library.
@usableFromInline
struct WaitLimit {
    /// Until when.
    @usableFromInline let deadline: Deadline
    /// Whether at all. In nonblocking mode nothing waits, and failing is "would block", not "timed out".
    @usableFromInline let mayWait: Bool

    @inlinable
    init(deadline: Deadline, mayWait: Bool) {
        self.deadline = deadline
        self.mayWait = mayWait
    }

    /// The limit of a timeout, of which zero means "do not wait", and a deadline: the earlier of the two.
    @inlinable
    init(nanoseconds: Int64, deadline: Deadline, now: Instant) {
        guard nanoseconds > 0 else {
            self.init(deadline: .passed, mayWait: false)
            return
        }
        let (sum, overflow) = now.nanoseconds.addingReportingOverflow(nanoseconds)
        self.init(deadline: min(Deadline(nanoseconds: overflow ? .max : sum), deadline), mayWait: true)
    }

    /// The error of a call that could not be done within the limit.
    @usableFromInline
    func exceeded(_ operation: TransportError.Operation, need: Need) -> TransportError {
        guard !mayWait else { return TransportError(.timedOut, operation: operation) }
        guard need.systemCode != 0 else { return TransportError(.wouldBlock, operation: operation) }
        let code = TransportError.Code(domain: .posix, value: need.systemCode, name: name(of: need.systemCode))
        return TransportError(.wouldBlock, operation: operation, code: code)
    }

    /// The name of a code for "not now"; the numbers are those of Linux and Darwin, and mean nothing else here.
    private func name(of code: Int32) -> String {
        switch code {
        case 11, 35: "EAGAIN"
        case 115, 36: "EINPROGRESS"
        default: ""
        }
    }
}
