public import TransportCore

/// Everything that a scripted transport is to do.
public struct TransportScript: Sendable {
    /// For receiving, in order. After the last one nothing ever comes.
    public var receiving: [ReceiveAction]
    /// For sending, in order. After the last one everything is taken.
    public var sending: [SendAction]
    /// For establishing, in order. After the last one it is done.
    public var establishing: [ProgressAction]
    /// For flushing, in order. After the last one it is done.
    public var flushing: [ProgressAction]
    /// For ending the sending direction, in order. After the last one it is done.
    public var shuttingDown: [ProgressAction]
    /// For finishing, in order. After the last one it is done.
    public var finishing: [ProgressAction]
    /// Errors for the waits that come first, one each.
    public var waitFailures: [TransportError]
    /// What the transport says it can do. Without `halfClose`, ending one direction is unsupported.
    public var facts: TransportFacts
    /// How much time each attempt to receive or to send takes.
    public var costOfAttempt: Duration
    /// Whether received bytes are said to be held in the transport.
    public var hasBufferedInput: Bool

    /// Makes a script.
    public init(
        receiving: [ReceiveAction] = [],
        sending: [SendAction] = [],
        establishing: [ProgressAction] = [],
        flushing: [ProgressAction] = [],
        shuttingDown: [ProgressAction] = [],
        finishing: [ProgressAction] = [],
        waitFailures: [TransportError] = [],
        facts: TransportFacts = [.halfClose, .vectored, .abortIsVisible],
        costOfAttempt: Duration = .zero,
        hasBufferedInput: Bool = false
    ) {
        self.receiving = receiving
        self.sending = sending
        self.establishing = establishing
        self.flushing = flushing
        self.shuttingDown = shuttingDown
        self.finishing = finishing
        self.waitFailures = waitFailures
        self.facts = facts
        self.costOfAttempt = costOfAttempt
        self.hasBufferedInput = hasBufferedInput
    }
}
