internal import TransportCore

/// Writes down what goes over the connections of a ``RecordingBackend`` or ``RecordingTransport``s.
///
/// Bytes that go the same way within a millisecond are one event: how they were cut into calls says little.
public final class Recorder: Sendable {
    private struct Track {
        var conversation: Recording.Conversation
        /// When the connection was made.
        let beginning: Instant
        /// Who has ended its stream, or cut the connection.
        var ended: Set<Recording.Sender> = []
        var cut: Set<Recording.Sender> = []

        /// Adds bytes to those before them when they have the same sender and are no more than a millisecond younger.
        mutating func merge(_ added: [UInt8], from sender: Recording.Sender, at time: Duration) -> Bool {
            guard let last = conversation.events.indices.last, conversation.events[last].sender == sender,
                time - conversation.events[last].time <= .milliseconds(1),
                case .bytes(var bytes) = conversation.events[last].content
            else { return false }
            // Not kept twice, so that appending does not copy everything each time.
            conversation.events[last].content = .end
            bytes += added
            conversation.events[last].content = .bytes(bytes)
            return true
        }
    }

    private let tracks = Locked<[Track]>([])

    /// Makes a recorder that has recorded nothing.
    public init() {}

    /// What was recorded so far.
    public var recording: Recording {
        Recording(connections: tracks.withLock { tracks in tracks.map(\.conversation) })
    }

    /// Begins to record a connection.
    ///
    /// - Returns: Its index.
    func begin(_ peer: String, at time: Instant) -> Int {
        tracks.withLock { tracks in
            tracks.append(Track(conversation: .init(peer: peer), beginning: time))
            return tracks.count - 1
        }
    }

    /// Writes something down. An end has one end, after which it can only be cut, and nothing comes after that.
    func record(_ content: Recording.Content, from sender: Recording.Sender, in index: Int, at time: Instant) {
        tracks.withLock { tracks in
            let elapsed = tracks[index].beginning.duration(to: time)
            switch content {
            case .bytes(let bytes): if tracks[index].merge(bytes, from: sender, at: elapsed) { return }
            case .end:
                guard !tracks[index].cut.contains(sender), tracks[index].ended.insert(sender).inserted else { return }
            case .reset:
                guard tracks[index].cut.insert(sender).inserted else { return }
            }
            tracks[index].conversation.events.append(.init(time: elapsed, sender: sender, content))
        }
    }
}
