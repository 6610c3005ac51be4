internal import TransportCore

/// What becomes of accepting after an error: which errors are no matter, which pass, and which end it.
struct AcceptFailure {
    enum Consequence {
        /// Something was wrong with one connection only.
        case goOn
        /// There is no room for one more: the connection waits, and so does the server.
        case pause(Duration)
        /// The listener has stopped accepting, or is closed.
        case end
        /// The listener is broken.
        case fail
    }

    /// The first pause, which each further one doubles up to the last.
    private static let firstPause = Duration.milliseconds(5)
    private static let lastPause = Duration.seconds(1)
    /// So many connections in a row may be broken before there is a pause, too.
    private static let mostInARow = 100

    private var pause = Self.firstPause
    private var inARow = 0

    /// Begins anew: accepting has gone well.
    mutating func reset() {
        guard inARow > 0 else { return }
        self = AcceptFailure()
    }

    /// What becomes of accepting after an error.
    mutating func consequence(of error: TransportError) -> Consequence {
        inARow += 1
        switch error.kind {
        case .closed, .cancelled: return .end
        case .tooManyOpenFiles, .outOfResources: return .pause(nextPause())
        case .invalidState, .invalidArgument, .unsupported, .busy, .system: return .fail
        // What happened to a connection in the queue; a firewall's veto; a layer that could not be put over it. Layers have
        // kinds of their own, and none of them is to end the server.
        default: return inARow % Self.mostInARow == 0 ? .pause(nextPause()) : .goOn
        }
    }

    private mutating func nextPause() -> Duration {
        defer { pause = min(pause * 2, Self.lastPause) }
        return pause
    }
}
