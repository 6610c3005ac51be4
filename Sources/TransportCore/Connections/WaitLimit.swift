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
        // Those that nonblocking loops see again and again are made once.
        guard need.systemCode == Self.usualCode else { return Self.wouldBlock(operation, need.systemCode) }
        switch operation {
        case .receive: return Self.receiveWouldBlock
        case .send: return Self.sendWouldBlock
        default: return Self.wouldBlock(operation, need.systemCode)
        }
    }

    private static let usualCode: Int32 = 11
    private static let receiveWouldBlock = wouldBlock(.receive, usualCode)
    private static let sendWouldBlock = wouldBlock(.send, usualCode)

    private static func wouldBlock(_ operation: TransportError.Operation, _ code: Int32) -> TransportError {
        guard code != 0 else { return TransportError(.wouldBlock, operation: operation) }
        return TransportError(
            .wouldBlock, operation: operation, code: .init(domain: .posix, value: code, name: name(of: code)))
    }

    /// The name of a code for "not now"; the numbers are those of Linux and Darwin, and mean nothing else here.
    private static func name(of code: Int32) -> String {
        switch code {
        case 11, 35: "EAGAIN"
        case 115, 36: "EINPROGRESS"
        default: ""
        }
    }
}
