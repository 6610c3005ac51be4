public import TransportCore

/// What a script has ready for receiving.
public enum ReceiveAction: Sendable {
    /// Bytes. One receive gets at most these; what does not fit is kept for the next.
    case bytes([UInt8])
    /// The end of the stream, from now on.
    case end
    /// One attempt finds nothing, and gets this need.
    case wouldBlock(Need)
    /// One attempt fails.
    case fail(TransportError)
    /// An action that is not there before so much time has passed since the clock was made.
    indirect case at(Duration, ReceiveAction)

    /// The bytes of a text.
    public static func text(_ text: String) -> ReceiveAction { .bytes(Array(text.utf8)) }
}

/// What a script has ready for sending. Without any, everything is taken.
public enum SendAction: Sendable {
    /// One attempt takes at most so many bytes.
    case accept(Int)
    /// One attempt finds no room, and gets this need.
    case wouldBlock(Need)
    /// One attempt fails.
    case fail(TransportError)
    /// There is no room until the test takes this away with `unclog()`.
    case clog
    /// An action that is not there before so much time has passed since the clock was made.
    indirect case at(Duration, SendAction)
}

/// What a script has ready for establishing, flushing, shutting down and finishing. Without any, they are done.
public enum ProgressAction: Sendable {
    /// One attempt is done.
    case done
    /// One attempt is not done yet, and gets this need.
    case wouldBlock(Need)
    /// One attempt fails.
    case fail(TransportError)
    /// No attempt is done before so much time has passed since the clock was made; then the next action counts.
    case pending(until: Duration)
    /// No attempt is ever done.
    case stuck
}
