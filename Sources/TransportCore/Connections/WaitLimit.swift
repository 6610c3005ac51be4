/// How long one call may wait: worked out once, where the call enters the library.
struct WaitLimit {
    /// Until when.
    let deadline: Deadline
    /// Whether at all. In nonblocking mode nothing waits, and failing is "would block", not "timed out".
    let mayWait: Bool

    /// The error of a call that could not be done within the limit.
    func exceeded(_ operation: TransportError.Operation, need: Need) -> TransportError {
        guard !mayWait else { return TransportError(.timedOut, operation: operation) }
        let code = need.systemCode == 0 ? nil : TransportError.Code(domain: .posix, value: need.systemCode)
        return TransportError(.wouldBlock, operation: operation, code: code)
    }
}
