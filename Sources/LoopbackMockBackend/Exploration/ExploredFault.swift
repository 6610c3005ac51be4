/// A kind of failure that `exploreFaults(host:profile:seed:faults:operations:budget:accepts:_:)` tries at each
/// operation.
public struct ExploredFault: Hashable, Sendable {
    let verdict: FaultVerdict.Kind
    /// Whether it is also tried in the middle of the operation's bytes.
    let hasMiddle: Bool
    /// Whether the client must not notice.
    let isMasked: Bool

    private init(_ verdict: FaultVerdict.Kind, hasMiddle: Bool = true, isMasked: Bool = false) {
        self.verdict = verdict
        self.hasMiddle = hasMiddle
        self.isMasked = isMasked
    }

    /// A connect is refused.
    public static let refusal = ExploredFault(.refuse, hasMiddle: false)

    /// The connection is reset.
    public static let reset = ExploredFault(.reset)

    /// The peer has closed the connection.
    public static let endOfStream = ExploredFault(.close)

    /// Nothing happens until the operation's deadline.
    ///
    /// A send or a connect without a deadline fails with ``/TransportCore/TransportError/Kind/peerUnresponsive``, as the
    /// system gives a silent peer up. For a receive no system does that: one without a deadline is a finding.
    public static let timeout = ExploredFault(.timeOut)

    /// The operation moves one byte. The client must not notice.
    public static let shortCount = ExploredFault(.shortCount(1), hasMiddle: false, isMasked: true)

    /// A datagram is lost.
    public static let loss = ExploredFault(.loss, hasMiddle: false)

    /// The client's task is cancelled while it waits in the operation. Tried by the form for tasks alone.
    public static let cancellation = ExploredFault(.cancel)
}

extension Set<ExploredFault> {
    /// All of them.
    public static var all: Set<ExploredFault> {
        [.refusal, .reset, .endOfStream, .timeout, .shortCount, .loss, .cancellation]
    }
}

extension ExploredFault {
    /// Those that can be tried, in an order that is always the same, each with its variants.
    static func variants(of faults: Set<ExploredFault>, inTask: Bool) -> [(fault: ExploredFault, verdict: FaultVerdict)]
    {
        let order: [ExploredFault] = [.refusal, .reset, .endOfStream, .timeout, .shortCount, .loss, .cancellation]
        return order.filter { faults.contains($0) && (inTask || $0 != .cancellation) }.flatMap { fault in
            [(fault, FaultVerdict(kind: fault.verdict))]
                + (fault.hasMiddle ? [(fault, FaultVerdict(kind: .midway(fault.verdict)))] : [])
        }
    }
}
