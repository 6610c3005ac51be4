public import TransportCore

/// Which operations a fault is for.
///
/// ```swift
/// network.fault(.reset, on: .sends.from("client").to("cache").nth(3))
/// ```
///
/// An operation is a step of a stream or a listener, from its first attempt to the one that comes to something: a
/// receive that has to wait is one operation, a `sendAll` that goes in three pieces is three.
public struct FaultMatch: Hashable, Sendable {
    /// What is done.
    struct Operations: OptionSet, Hashable {
        let rawValue: UInt8

        static let connect = Operations(rawValue: 1)
        static let accept = Operations(rawValue: 2)
        static let send = Operations(rawValue: 4)
        static let receive = Operations(rawValue: 8)
        static let datagram = Operations(rawValue: 16)

        static let all: Operations = [.connect, .accept, .send, .receive, .datagram]
    }

    var operations: Operations
    var performer: String?
    var source: String?
    var destination: String?
    var ends: Set<String>?
    var port: UInt16?
    var stream: Int?
    var ordinals = 1..<Int.max
    var byteCount = 0
    var times = Int64.min..<Int64.max
    var probability = 1.0

    init(_ operations: Operations) { self.operations = operations }

    // MARK: Operations

    /// Every operation.
    public static let everything = FaultMatch(.all)
    /// Attempts to connect. An attempt at another address is another operation.
    public static let connects = FaultMatch(.connect)
    /// Connections taken from a listener's queue.
    public static let accepts = FaultMatch(.accept)
    /// Sends on streams, also those of scripted peers.
    public static let sends = FaultMatch(.send)
    /// Receives on streams. Scripted peers take what comes, which is no operation.
    public static let receives = FaultMatch(.receive)
    /// Datagrams that are sent.
    public static let datagrams = FaultMatch(.datagram)

    // MARK: Where

    /// Only what a program on the machine with that name does.
    public func by(_ host: String) -> FaultMatch { with(\.performer, host) }

    /// Only what goes out from a machine: what it sends, also when it is received, and the connections that it begins,
    /// also when they are accepted.
    public func from(_ host: String) -> FaultMatch { with(\.source, host) }

    /// Only what goes to a machine, like ``from(_:)``.
    public func to(_ host: String) -> FaultMatch { with(\.destination, host) }

    /// Only what goes between two machines, either way.
    public func between(_ first: String, _ second: String) -> FaultMatch { with(\.ends, [first, second]) }

    /// Only connections to a port, and datagrams to it.
    public func port(_ port: UInt16) -> FaultMatch { with(\.port, port) }

    /// Only what happens on one stream, as the network's log numbers them: the first that was begun is 1.
    public func stream(_ number: Int) -> FaultMatch { with(\.stream, number) }

    // MARK: When

    /// Only one of the operations that match otherwise, the first being 1.
    public func nth(_ number: Int) -> FaultMatch { nth(number...number) }

    /// Only some of the operations that match otherwise, the first being 1: `nth(3...5)`.
    public func nth(_ numbers: ClosedRange<Int>) -> FaultMatch {
        // Nobody counts as far as the last number, which a range cannot have.
        let last = min(numbers.upperBound, .max - 1)
        return with(\.ordinals, min(numbers.lowerBound, last)..<(last + 1))
    }

    /// All but the first of the operations that match otherwise, from a number on, the first being 1: `nth(3...)`.
    public func nth(_ numbers: PartialRangeFrom<Int>) -> FaultMatch { with(\.ordinals, numbers.lowerBound..<Int.max) }

    /// Only once so many bytes have gone the operation's way on its stream. The send or receive that would go beyond
    /// is cut there.
    public func afterBytes(_ count: Int) -> FaultMatch { with(\.byteCount, max(0, count)) }

    /// Only from a time of the network on. Whoever is blocked then is hit at that time.
    public func since(_ time: Instant) -> FaultMatch {
        with(\.times, min(time.nanoseconds, times.upperBound)..<times.upperBound)
    }

    /// Only before a time of the network. What a fault holds up goes on at that time.
    public func before(_ time: Instant) -> FaultMatch {
        with(\.times, times.lowerBound..<max(time.nanoseconds, times.lowerBound))
    }

    /// Only with some probability, from 0 to 1, for each operation that matches otherwise. Follows from the network's
    /// seed.
    public func probability(_ probability: Double) -> FaultMatch { with(\.probability, probability) }

    private func with<Value>(_ path: WritableKeyPath<FaultMatch, Value>, _ value: Value) -> FaultMatch {
        var copy = self
        copy[keyPath: path] = value
        return copy
    }
}

// MARK: - Matching

extension FaultMatch {
    /// Whether an operation is of the kind and at the place that are meant.
    func covers(_ operation: FaultableOperation) -> Bool {
        let route = operation.route
        return operations.contains(operation.kind)
            && performer.map { $0 == operation.performer } ?? true
            && source.map { $0 == route.source } ?? true
            && destination.map { $0 == route.destination } ?? true
            && ends.map { $0 == [route.source, route.destination] } ?? true
            && port.map { $0 == route.port } ?? true
            && stream.map { $0 == route.stream } ?? true
    }

    /// Whether every operation is meant that is at the place, at any time when there is a chance.
    var isUncounted: Bool { ordinals == 1..<Int.max && probability >= 1 }
}

extension FaultMatch: CustomStringConvertible {
    /// The match in words, such as "sends from client to cache, the 3rd".
    public var description: String {
        let names: [(Operations, String)] = [
            (.connect, "connects"), (.accept, "accepts"), (.send, "sends"), (.receive, "receives"),
            (.datagram, "datagrams"),
        ]
        var text =
            operations == .all
            ? "everything" : names.filter { operations.contains($0.0) }.map(\.1).joined(separator: " and ")
        if let performer { text += " by \(performer)" }
        if let source { text += " from \(source)" }
        if let destination { text += " to \(destination)" }
        if let ends { text += " between \(ends.sorted().joined(separator: " and "))" }
        if let port { text += ", port \(port)" }
        if let stream { text += ", stream #\(stream)" }
        // A range of very negative numbers has more of them than can be counted.
        if ordinals.upperBound == ordinals.lowerBound &+ 1 {
            text += ", number \(ordinals.lowerBound)"
        } else if ordinals.upperBound < .max {
            text += ", numbers \(ordinals.lowerBound) to \(ordinals.upperBound - 1)"
        } else if ordinals.lowerBound > 1 {
            text += ", from number \(ordinals.lowerBound) on"
        }
        if byteCount > 0 { text += ", after \(byteCount) \(byteCount == 1 ? "byte" : "bytes")" }
        if times.lowerBound > .min { text += ", since \(Duration.nanoseconds(times.lowerBound))" }
        if times.upperBound < .max { text += ", before \(Duration.nanoseconds(times.upperBound))" }
        if probability < 1 { text += ", with probability \(probability)" }
        return text
    }
}
