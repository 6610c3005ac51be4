public import TransportCore

/// The two connected ends of a stream under test: what is sent at one is received at the other.
public struct ConformancePair<T: Transport>: Sendable {
    /// Makes the connections, so that the suite can hang an observer on them where they are not made yet.
    let connect: @Sendable ((any OperationObserver)?) throws -> (a: Connection<T>, b: Connection<T>)
    let sever: (@Sendable () -> Void)?

    /// Makes a pair of transports, which belong to the suite from now on.
    ///
    /// - Parameters:
    ///   - a: One end.
    ///   - b: The other end.
    ///   - sever: Cuts the stream below the transport, so that end `b` finds an end that was not announced. The
    ///     default is nil: the suite then leaves out what is about that.
    public init(_ a: T, _ b: T, sever: (@Sendable () -> Void)? = nil) {
        connect = { (Connection(a, observer: $0), Connection(b, observer: $0)) }
        self.sever = sever
    }

    /// Makes a pair of connections in blocking mode, which belong to the suite from now on. Otherwise like the other form.
    ///
    /// - Parameters:
    ///   - sever: Cuts the stream below the transport. The default is nil.
    ///   - connect: Makes the two connections. It is given the observer that they are to have.
    public init(
        sever: (@Sendable () -> Void)? = nil,
        connecting connect:
            @escaping @Sendable (
                (any OperationObserver)?
            ) throws -> (Connection<T>, Connection<T>)
    ) {
        self.connect = { observer in
            let (a, b) = try connect(observer)
            return (a, b)
        }
        self.sever = sever
    }
}
