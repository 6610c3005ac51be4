/// Something that has a clock: a backend, and every transport, listener and datagram socket that comes from it.
///
/// Time belongs to the backend. Over real sockets it is the system's monotonic clock; in an in-memory network it is
/// virtual, and a test of a 30-second timeout takes microseconds.
public protocol TimeSource: Sendable {
    /// The present instant. Reading the system's clock needs no system call on the usual platforms.
    var now: Instant { get }

    /// Lets others go on whose time this is, too. The default does nothing.
    ///
    /// Called after a call that must not wait could do nothing. A program that polls so waits for something, and where
    /// time stands still while anyone works, as in an in-memory network, it must not keep the others from doing it.
    /// Unlike a step this may block, as a system that has one processor may give that to another program.
    func letOthersGoOn()
}

extension TimeSource {
    /// Does nothing.
    public func letOthersGoOn() {}

    /// The deadline that lies `timeout` from now.
    ///
    /// Use it to give several calls one budget:
    ///
    /// ```swift
    /// let deadline = try backend.deadline(after: .seconds(5))
    /// let connection = try backend.connect(to: server, deadline: deadline)
    /// try connection.sendAll(request, deadline: deadline)
    /// ```
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` when the timeout is negative or longer than 292 years.
    public func deadline(after timeout: Duration) throws(TransportError) -> Deadline {
        .at(now.advanced(by: .nanoseconds(try timeout.checkedTimeoutNanoseconds())))
    }
}

extension Duration {
    /// The timeout in nanoseconds; 0 only for zero.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` when it is negative or longer than 292 years.
    @usableFromInline
    package func checkedTimeoutNanoseconds(
        _ operation: TransportError.Operation = .setMode
    ) throws(TransportError) -> Int64 {
        guard self >= .zero else {
            throw .invalidArgument("a timeout cannot be negative, and this one is \(self)", operation: operation)
        }
        guard let nanoseconds = exactNanoseconds else {
            throw .invalidArgument(
                "a timeout of \(self) is too long: at most 292 years; use blocking mode to wait for ever",
                operation: operation
            )
        }
        return nanoseconds
    }
}
