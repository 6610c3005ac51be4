public import TransportCore

/// The two connected ends of a stream under test: what is sent at one is received at the other.
public struct ConformancePair<T: Transport>: Sendable {
    /// Makes the connections, so that the suite can hang an observer on them where they are not made yet.
    let connect: @Sendable ((any OperationObserver)?) -> (a: Connection<T>, b: Connection<T>)
    /// Whether an observer can be hung on them.
    let isObservable: Bool
    let sever: (@Sendable () -> Void)?

    /// Makes a pair of transports, which belong to the suite from now on.
    ///
    /// - Parameters:
    ///   - a: One end.
    ///   - b: The other end.
    ///   - sever: Cuts the stream below the transport, so that end `b` finds an end that was not announced. The
    ///     default is nil: the suite then leaves out what is about that.
    public init(_ a: T, _ b: T, sever: (@Sendable () -> Void)? = nil) {
        isObservable = true
        connect = { (Connection(a, observer: $0), Connection(b, observer: $0)) }
        self.sever = sever
    }

    /// Makes a pair of connections in blocking mode, which belong to the suite from now on. Otherwise like the other form.
    public init(_ a: Connection<T>, _ b: Connection<T>, sever: (@Sendable () -> Void)? = nil) {
        isObservable = false
        connect = { _ in (a, b) }
        self.sever = sever
    }
}
