internal import TransportCore

/// What happened in a ``LoopbackNetwork``, in order.
///
/// In virtual and manual time the same program with the same seed gives the same log, byte for byte. That of a network
/// holds the latest 4096 events.
///
/// ```swift
/// print(network.log)
/// ```
///
/// With the environment variable `SWIFT_TRANSPORT_LOG` set to 1, every network writes its log to standard error when it
/// goes away, or to the end of a file when the variable is a path.
public struct NetworkLog: Hashable, Sendable, CustomStringConvertible {
    /// The seed of the network.
    public let seed: UInt64
    /// What happened, the oldest event first.
    public internal(set) var events: [NetworkEvent]
    /// How many older events are not kept.
    public let forgottenCount: Int
    /// The streams that the events are about, by number.
    public internal(set) var streams: [Int: Stream]

    /// The two ends of a stream.
    public struct Stream: Hashable, Sendable {
        /// The end that connected.
        public let client: End
        /// The end that was connected to.
        public let server: End
    }

    /// One end of a stream.
    public struct End: Hashable, Sendable {
        /// The name of the machine.
        public let host: String
        /// The address in words.
        public let address: String
    }

    init(_ log: EventLog) {
        seed = log.seed
        events = log.events
        forgottenCount = log.total - events.count
        streams = Dictionary(
            uniqueKeysWithValues: log.streams.map { stream in
                let ends = [stream.client, stream.server].map { End(host: $0.host, address: $0.address) }
                return (Int(stream.number), Stream(client: ends[0], server: ends[1]))
            }
        )
    }

    /// The events of some of the streams, without anything else.
    ///
    /// - Parameter numbers: The numbers of the streams, the network's first being 1.
    public func only(_ numbers: Int...) -> NetworkLog {
        var log = self
        log.events.removeAll { event in !(event.stream.map(numbers.contains) ?? false) }
        log.streams = streams.filter { numbers.contains($0.key) }
        return log
    }

    /// The log as text, one line for each event; the first line says the seed, and how to run it again.
    public var text: String { text(latest: .max) }

    /// The log as text, of at most so many of the latest events.
    func text(latest limit: Int) -> String {
        var lines = ["The log of an in-memory network, seed \(seed). To run it again: SWIFT_TRANSPORT_SEED=\(seed)"]
        let forgotten = forgottenCount + max(0, events.count - limit)
        if forgotten > 0 { lines.append("(\(forgotten) older events are not shown)") }
        let shown = events.suffix(limit)
        let times = shown.map { TimeText.seconds($0.time.nanoseconds) }
        let numbers = shown.map { $0.stream.map { "#\($0)" } ?? "" }
        let widths = (times.map(\.count).max() ?? 0, numbers.map(\.count).max() ?? 0)
        for (event, (time, number)) in zip(shown, zip(times, numbers)) {
            let padding = String(repeating: " ", count: widths.0 - time.count)
            let gap = String(repeating: " ", count: widths.1 - number.count)
            lines.append("\(padding)\(time)  \(number)\(gap)  \(sentence(event))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The log as text.
    public var description: String { text }
}

extension NetworkLog {
    /// What an end of a stream is called: its machine, and its part where both are on one machine.
    func name(_ side: NetworkEvent.Side, of number: Int?) -> String {
        guard let stream = number.flatMap({ streams[$0] }) else { return "?" }
        let (end, part) = side == .client ? (stream.client, "client") : (stream.server, "server")
        return stream.client.host == stream.server.host ? "\(end.host)/\(part)" : end.host
    }

    /// What an event is, in words.
    private func sentence(_ event: NetworkEvent) -> String {
        guard let number = event.stream else {
            if event.kind == .timeJump { return "time goes on by \(TimeText.seconds(Int64(event.count)))" }
            return event.note ?? "\(event.kind)"
        }
        let name = name(event.side, of: number)
        guard event.kind == .connect, let stream = streams[number] else { return "\(name) \(predicate(event))" }
        let peer = self.name(.server, of: number)
        return "\(name) connects to \(peer) (\(stream.client.address) → \(stream.server.address))"
    }

    /// What somebody did, in words.
    func predicate(_ event: NetworkEvent) -> String {
        switch event.kind.code {
        case .send: "sends \(bytes(event))"
        case .receive: "receives \(bytes(event))"
        case .connect: "connects"
        case .accept: "accepts"
        case .seeEnd: "sees the end"
        case .shutdownWrite: "ends its stream"
        case .close: "closes" + (event.note.map { ", \($0)" } ?? "")
        case .abort: "cuts the connection"
        case .fail: "gets the error \(event.note ?? "")"
        case .step: "does \(event.note ?? "")"
        case .fault: "has a fault: \(event.note ?? "")"
        case .listen, .stopListening, .refuse, .timeJump: event.note ?? ""
        }
    }

    /// Moved bytes in words.
    func bytes(_ event: NetworkEvent) -> String {
        let count = event.count == 1 ? "1 byte" : "\(event.count) bytes"
        return "\(count) \(ByteText.quoted(event.preview))\(event.count > event.preview.count ? "…" : "")"
    }
}

extension LoopbackNetwork {
    /// What has happened so far.
    public var log: NetworkLog { engine.locked { NetworkLog(engine.log) } }
}
