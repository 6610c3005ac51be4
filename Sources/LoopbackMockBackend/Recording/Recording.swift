internal import TransportCore

/// What went over connections, with times: made by a ``Recorder``, kept as text, and played by a
/// ``LoopbackNetwork/replay(_:on:port:_:)``.
///
/// ```swift
/// let recorder = Recorder()
/// try talk(via: RecordingBackend(over: SocketBackend<IP>(), recorder: recorder))  // with the real server, once
/// print(recorder.recording.text)                                    // to a file
/// ```
public struct Recording: Hashable, Sendable {
    /// The connections, in the order in which they were made.
    public var connections: [Conversation]

    /// Makes a recording.
    public init(connections: [Conversation] = []) { self.connections = connections }

    /// What went over one connection.
    public struct Conversation: Hashable, Sendable {
        /// Whom it was with, in words; for readers only.
        public var peer: String
        /// What happened, in order.
        public var events: [Event]

        /// Makes a conversation.
        public init(peer: String, events: [Event] = []) {
            self.peer = peer
            self.events = events
        }

        /// All bytes of one direction.
        public func bytes(from sender: Sender) -> [UInt8] {
            events.flatMap { event -> [UInt8] in
                guard event.sender == sender, case .bytes(let bytes) = event.content else { return [] }
                return bytes
            }
        }
    }

    /// Something that happened on a connection.
    public struct Event: Hashable, Sendable {
        /// When, since the connection was made.
        public var time: Duration
        /// Whose doing it was.
        public var sender: Sender
        /// What it was.
        public var content: Content

        /// Makes an event.
        public init(time: Duration, sender: Sender, _ content: Content) {
            self.time = time
            self.sender = sender
            self.content = content
        }
    }

    /// An end of a recorded connection.
    public enum Sender: Hashable, Sendable {
        /// The end that was recorded.
        case client
        /// Its peer.
        case server
    }

    /// What came from an end of a connection.
    public enum Content: Hashable, Sendable {
        /// Bytes, in one piece or several that went at the same time.
        case bytes([UInt8])
        /// The end of its stream: its sending direction was ended, or it was closed.
        case end
        /// A reset: it was cut.
        case reset
    }
}

extension Recording.Event {
    /// The time in nanoseconds, not before the beginning.
    var nanoseconds: Int64 { max(0, Instant(nanoseconds: 0).advanced(by: time).nanoseconds) }
}
