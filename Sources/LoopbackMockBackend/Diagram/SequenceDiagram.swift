internal import TransportCore

/// A conversation as rows of a sequence diagram, before anybody draws it.
///
/// Each machine has a lane. An arrow stands for bytes at the time when they were sent; that they were received is shown
/// only where it says more: later, or in other pieces.
struct SequenceDiagram {
    enum Row: Equatable {
        /// Something goes from a lane to another one.
        case arrow(time: String, from: Int, to: Int, label: String, style: Style)
        /// Something happens on a lane.
        case mark(time: String, lane: Int, label: String, style: Style)
        /// Something that concerns no lane, above all the passing of time.
        case rule(label: String)
    }

    enum Style: String {
        case data, connection, end, failure, note
    }

    /// How many machines have a lane of their own; the others share the last lane.
    static let laneLimit = 6

    let title: String
    private(set) var lanes: [String] = []
    private(set) var rows: [Row] = []

    /// What was sent in one direction of a stream and not received.
    private var underWay: [Direction: [Send]] = [:]
    private var latestTime = ""

    private struct Send {
        let time: Int64
        let count: Int
        /// How much of it was not received.
        var rest: Int
    }

    private struct Direction: Hashable {
        let stream: Int
        let sender: NetworkEvent.Side
    }

    init(_ log: NetworkLog) {
        title = "seed \(log.seed)" + (log.forgottenCount > 0 ? ", \(log.forgottenCount) older events not shown" : "")
        for number in log.streams.keys.sorted() {
            for side in [NetworkEvent.Side.client, .server] { _ = lane(log.name(side, of: number)) }
        }
        // The number of a stream is worth its place only where there are several.
        let numbersStreams = Set(log.events.compactMap(\.stream)).count > 1
        for (event, pieces) in Self.joined(log.events) {
            let prefix = numbersStreams ? event.stream.map { "#\($0) " } ?? "" : ""
            add(event, of: log, prefix, pieces > 1 ? " in \(pieces) pieces" : "")
        }
    }

    /// The events, those joined that many small pieces make: a picture of a hundred bytes one by one shows nothing else.
    private static func joined(_ events: [NetworkEvent]) -> [(event: NetworkEvent, pieces: Int)] {
        var result: [(event: NetworkEvent, pieces: Int)] = []
        var rest = events[...]
        while let first = rest.first {
            let pieces =
                [.send, .receive].contains(first.kind)
                ? rest.prefix { next in
                    (next.kind, next.stream, next.side, next.time) == (first.kind, first.stream, first.side, first.time)
                } : rest.prefix(1)
            rest = rest[pieces.endIndex...]
            if pieces.count < fewPieces {
                result += pieces.map { ($0, 1) }
            } else {
                let joined = NetworkEvent(
                    time: first.time, kind: first.kind, stream: first.stream, side: first.side,
                    count: pieces.reduce(0) { $0 + $1.count }, preview: preview(of: pieces), note: nil
                )
                result.append((joined, pieces.count))
            }
        }
        return result
    }

    /// From how many on pieces are shown as one.
    private static let fewPieces = 4

    /// The first bytes of some pieces, as far as each of them shows all of its own.
    private static func preview(of pieces: ArraySlice<NetworkEvent>) -> [UInt8] {
        var bytes: [UInt8] = []
        for piece in pieces {
            bytes += piece.preview
            if piece.preview.count < piece.count { break }
        }
        return [UInt8](bytes.prefix(EventLog.previewLength))
    }

    private mutating func add(_ event: NetworkEvent, of log: NetworkLog, _ prefix: String, _ pieces: String) {
        guard let number = event.stream else {
            if event.kind == .timeJump { latestTime = "" }
            let text = event.kind == .timeJump ? "\(TimeText.seconds(Int64(event.count))) later" : event.note
            return rows.append(.rule(label: text ?? "\(event.kind)"))
        }
        let peerSide: NetworkEvent.Side = event.side == .client ? .server : .client
        if event.kind == .receive, isPlain(event, Direction(stream: number, sender: peerSide)), pieces.isEmpty {
            return
        }
        let time = changedTime(event)
        let (own, peer) = (lane(log.name(event.side, of: number)), lane(log.name(peerSide, of: number)))
        let arrow = { (label: String, style: Style) in
            Row.arrow(time: time, from: own, to: peer, label: prefix + label, style: style)
        }
        switch event.kind {
        case .connect: rows.append(arrow("connect", .connection))
        case .send:
            underWay[Direction(stream: number, sender: event.side), default: []]
                .append(Send(time: event.time.nanoseconds, count: event.count, rest: event.count))
            rows.append(arrow(log.bytes(event) + pieces, .data))
        case .shutdownWrite: rows.append(arrow("end of stream", .end))
        case .close: rows.append(arrow("close" + (event.note.map { ", \($0)" } ?? ""), .end))
        case .abort: rows.append(arrow("cut", .failure))
        default:
            let style: Style = event.kind == .fail || event.kind == .fault ? .failure : .note
            rows.append(.mark(time: time, lane: own, label: prefix + log.predicate(event) + pieces, style: style))
        }
    }

    /// Whether a receive is of exactly what one send has just sent, so that the arrow says it all.
    private mutating func isPlain(_ event: NetworkEvent, _ direction: Direction) -> Bool {
        var rest = event.count
        var sends = underWay[direction] ?? []
        let isPlain = sends.first.map { send in
            send.time == event.time.nanoseconds && send.count == event.count && send.rest == event.count
        }
        while rest > 0, let first = sends.first {
            let taken = min(rest, first.rest)
            rest -= taken
            if taken == first.rest { sends.removeFirst() } else { sends[0].rest -= taken }
        }
        underWay[direction] = sends
        return isPlain ?? false
    }

    /// The time of an event, where it is another than that of the row above.
    private mutating func changedTime(_ event: NetworkEvent) -> String {
        let time = TimeText.seconds(event.time.nanoseconds)
        defer { latestTime = time }
        return time == latestTime ? "" : time
    }

    /// The lane of a machine, which is made when there is none.
    private mutating func lane(_ name: String) -> Int {
        if let index = lanes.firstIndex(of: name) { return index }
        guard lanes.count >= Self.laneLimit else {
            lanes.append(name)
            return lanes.count - 1
        }
        lanes[Self.laneLimit - 1] = "others"
        return Self.laneLimit - 1
    }

    /// A text in lines of at most so many characters, cut between words where there are any.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        let width = max(1, width)
        var lines: [String] = []
        var rest = text[...]
        while rest.count > width {
            let head = rest.prefix(width + 1)
            // A space is left out; a word that is longer than half a line is cut anywhere.
            let space = head.lastIndex(of: " ").flatMap { space in
                head.distance(from: head.startIndex, to: space) > width / 2 ? space : nil
            }
            lines.append(String(rest[..<(space ?? rest.index(rest.startIndex, offsetBy: width))]))
            rest = space.map { rest[rest.index(after: $0)...] } ?? rest.dropFirst(width)
        }
        return lines + [String(rest)]
    }
}

extension NetworkLog {
    /// The conversation as a sequence diagram in text: a column for each machine, an arrow for each send.
    ///
    /// ```
    ///            web                                 cache
    ///             │                                    │
    ///   0 s       ├╌ connect ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│
    ///             ├─ 6 bytes "PING\r\n" ──────────────▶│
    /// ```
    ///
    /// That bytes were received is shown where it was later, or in other pieces than they were sent in. For one stream
    /// alone, see ``only(_:)``.
    ///
    /// - Parameter width: How many characters a line may have; 40 or more. The default is 100. What does not fit is
    ///   wrapped.
    public func diagram(width: Int = 100) -> String { DiagramText(SequenceDiagram(self), width: width).text }

    /// The conversation as a sequence diagram, in SVG: one file without references to others, which follows the
    /// reader's choice of a light or dark appearance.
    public var svg: String { DiagramSVG(SequenceDiagram(self)).text }
}
