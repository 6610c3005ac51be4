public import TransportCore

/// What happens to the operations that a fault is for.
///
/// Streams never lose, repeat or reorder bytes: what happens to their bytes happens to those behind them too. A verdict
/// that an operation cannot have (a datagram cannot be reset, a connect not be short) leaves it alone.
public struct FaultVerdict: Hashable, Sendable {
    indirect enum Kind: Hashable, Sendable {
        case delay(Int64, jitter: Int64)
        case bandwidth(Int, delay: Int64)
        case hold
        case blackHole
        case stall
        case refuse
        case reset
        case close
        case shortCount(Int)
        case error(TransportError.Kind)
        case loss
        case duplicate(Int)
        case reorder(Int64)
        case corrupt(bits: Int)
        // Those of the explorers.
        case timeOut
        case cancel
        case coalesce
        case midway(Kind)
    }

    let kind: Kind

    // MARK: What is on its way

    /// What is sent arrives that much later, and a connection is made that much later; also the ends of streams.
    ///
    /// - Parameters:
    ///   - duration: How much later.
    ///   - jitter: How much more it may be, from the network's seed. The default is none.
    public static func delay(_ duration: Duration, jitter: Duration = .zero) -> FaultVerdict {
        FaultVerdict(kind: .delay(duration.boundedNanoseconds, jitter: jitter.boundedNanoseconds))
    }

    /// What is sent arrives at most so fast.
    ///
    /// - Parameters:
    ///   - bytesPerSecond: How fast, 1 or more.
    ///   - delay: How much later it arrives besides. The default is not at all.
    public static func bandwidth(bytesPerSecond: Int, delay: Duration = .zero) -> FaultVerdict {
        FaultVerdict(kind: .bandwidth(max(1, bytesPerSecond), delay: delay.boundedNanoseconds))
    }

    /// What is sent, and connections that are begun, arrive when the fault's ``FaultRule/release()`` is called, or the
    /// fault is removed. Meanwhile a stream takes what its buffers hold.
    public static let hold = FaultVerdict(kind: .hold)

    /// Nothing arrives, and nobody is told. Datagrams are lost; streams go on when the fault is removed, as they do when
    /// a cable is plugged in again.
    public static let blackHole = FaultVerdict(kind: .blackHole)

    // MARK: Operations

    /// The operation would block, until the fault is removed.
    public static let stall = FaultVerdict(kind: .stall)

    /// The connection is refused.
    public static let refuse = FaultVerdict(kind: .refuse)

    /// The operation fails with ``/TransportCore/TransportError/Kind/connectionReset``, and the stream is cut for both
    /// ends. An accept loses the connection with ``/TransportCore/TransportError/Kind/connectionAborted``.
    public static let reset = FaultVerdict(kind: .reset)

    /// The stream is closed for both ends, as though each peer had closed; what was not yet received is lost.
    public static let close = FaultVerdict(kind: .close)

    /// The operation moves at most so many bytes, 1 or more.
    public static func shortCount(_ count: Int) -> FaultVerdict { FaultVerdict(kind: .shortCount(max(1, count))) }

    /// The operation fails with an error of that kind; the stream stays as it is.
    public static func error(_ kind: TransportError.Kind) -> FaultVerdict { FaultVerdict(kind: .error(kind)) }

    // MARK: Datagrams

    /// The datagram is lost.
    public static let loss = FaultVerdict(kind: .loss)

    /// The datagram arrives several times.
    ///
    /// - Parameter copies: How often it arrives besides, 1 to 1000. The default is once.
    public static func duplicate(copies: Int = 1) -> FaultVerdict {
        FaultVerdict(kind: .duplicate(max(1, min(copies, 1000))))
    }

    /// The datagram arrives at some time within a duration, from the network's seed, and others may overtake it.
    public static func reorder(within duration: Duration) -> FaultVerdict {
        FaultVerdict(kind: .reorder(duration.boundedNanoseconds))
    }

    /// Some bits of the datagram arrive changed, from the network's seed.
    ///
    /// - Parameter bits: How many. The default is one.
    public static func corrupt(bits: Int = 1) -> FaultVerdict { FaultVerdict(kind: .corrupt(bits: max(1, bits))) }
}

extension FaultVerdict.Kind {
    /// The operations that it can happen to.
    var operations: FaultMatch.Operations {
        switch self {
        case .delay, .hold, .blackHole: [.connect, .send, .datagram]
        case .bandwidth: [.send, .datagram]
        case .stall: [.connect, .accept, .send, .receive]
        case .timeOut, .cancel: [.connect, .send, .receive]
        case .refuse: .connect
        case .reset: [.accept, .send, .receive]
        case .close, .shortCount: [.send, .receive]
        case .error: .all
        case .loss, .duplicate, .reorder, .corrupt: .datagram
        case .coalesce: .receive
        case .midway(let kind): kind.operations.intersection([.send, .receive])
        }
    }

    /// Whether it happens also to an operation that is blocked already.
    var endsWaiting: Bool {
        switch self {
        case .reset, .close, .error: true
        default: false
        }
    }
}

extension FaultVerdict.Kind: CustomStringConvertible {
    var description: String {
        switch self {
        case .delay(let time, let jitter):
            "delay of \(Duration.nanoseconds(time))" + (jitter > 0 ? " to \(Duration.nanoseconds(time + jitter))" : "")
        case .bandwidth(let speed, let delay):
            "\(speed) bytes per second" + (delay > 0 ? " and a delay of \(Duration.nanoseconds(delay))" : "")
        case .hold: "hold"
        case .blackHole: "black hole"
        case .stall: "stall"
        case .refuse: "refusal"
        case .reset: "reset"
        case .close: "end of stream"
        case .shortCount(let count): "short count of \(count)"
        case .error(let kind): "error \(kind)"
        case .loss: "loss"
        case .duplicate(let copies): copies == 1 ? "duplicate" : "\(copies) duplicates"
        case .reorder(let time): "reordering within \(Duration.nanoseconds(time))"
        case .corrupt(let bits): "\(bits) changed \(bits == 1 ? "bit" : "bits")"
        case .timeOut: "timeout"
        case .cancel: "cancellation"
        case .coalesce: "coalescing"
        case .midway(let kind): "\(kind) after half of the bytes"
        }
    }
}

extension FaultVerdict: CustomStringConvertible {
    /// The verdict in words, such as "reset".
    public var description: String { kind.description }
}

extension Duration {
    /// The duration in nanoseconds, 0 or more; short of the largest number, so that times can be added.
    fileprivate var boundedNanoseconds: Int64 {
        // Saturates where plain arithmetic would trap.
        min(max(0, Instant(nanoseconds: 0).advanced(by: self).nanoseconds), .max / 4)
    }
}
