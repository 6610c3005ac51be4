internal import TransportCore

/// What a scripted peer does on one connection, step by step.
///
/// ```swift
/// let cache = try network.serve(on: "cache", port: 6379) { peer in
///     peer.expect("PING\r\n")
///     peer.send("+PONG\r\n")
///     peer.expectEndOfStream()
/// }
/// ```
///
/// Steps run in the network's time, without a thread. The first byte that differs from what is expected ends the script
/// with a ``ScriptFailure``, and the connection with a reset that carries it.
public struct PeerScript: Sendable {
    /// One step.
    enum Step: Sendable {
        case expect([UInt8])
        case expectMatching(String, @Sendable ([UInt8]) -> Match?)
        case expectEndOfStream
        case expectGone
        case send([UInt8])
        case reply(@Sendable (Match) -> [UInt8])
        case sendEndOfStream
        case pause(Int64)
        case reset
        case stopReading
        case stayOpen
    }

    /// What a step took of the client's stream.
    struct Match: Sendable {
        /// How many bytes.
        var count: Int
        var bytes: [UInt8] = []
        /// The text, and the parts of it that a pattern has captured.
        var captures: [String]?
    }

    var steps: [Step] = []

    init() {}

    /// Expects exactly these bytes next.
    public mutating func expect(_ bytes: some Sequence<UInt8>) { steps.append(.expect(Array(bytes))) }

    /// Expects exactly this text next, as UTF-8.
    public mutating func expect(_ text: String) { expect(text.utf8) }

    /// Expects what a closure recognises next.
    ///
    /// - Parameters:
    ///   - name: What is expected, in words, for the report of a failure.
    ///   - matches: Is given what has come so far and not been taken by an earlier step. Answers how many bytes of it
    ///     belong to this step, or nil when more has to come.
    public mutating func expect(_ name: String, matches: @escaping @Sendable ([UInt8]) -> Int?) {
        steps.append(.expectMatching(name) { bytes in matches(bytes).map { Match(count: $0) } })
    }

    /// Expects a line that ends in a line feed.
    ///
    /// - Parameter name: What is expected, in words. The default is "a line".
    public mutating func expectLine(_ name: String = "a line") {
        expect(name) { bytes in bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } }
    }

    /// Expects the end of the client's stream next.
    public mutating func expectEndOfStream() { steps.append(.expectEndOfStream) }

    /// Sends bytes, as fast as the client takes them.
    public mutating func send(_ bytes: some Sequence<UInt8>) { steps.append(.send(Array(bytes))) }

    /// Sends a text as UTF-8.
    public mutating func send(_ text: String) { send(text.utf8) }

    /// Sends what a closure makes of the bytes that the latest `expect` took.
    public mutating func reply(_ answer: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        steps.append(.reply { answer($0.bytes) })
    }

    /// Sends the text that a closure makes of the text that the latest `expect` took.
    ///
    /// - Parameter answer: Is given the whole text and then what the captures of a pattern have captured; a capture that
    ///   took no part is empty.
    public mutating func replyText(_ answer: @escaping @Sendable ([String]) -> String) {
        steps.append(.reply { Array(answer($0.captures ?? [String(decoding: $0.bytes, as: UTF8.self)]).utf8) })
    }

    /// Ends the peer's own stream; it goes on reading.
    public mutating func sendEndOfStream() { steps.append(.sendEndOfStream) }

    /// Does nothing for some time of the network.
    public mutating func pause(for duration: Duration) {
        // Saturates where plain arithmetic would trap.
        steps.append(.pause(max(0, Instant(nanoseconds: 0).advanced(by: duration).nanoseconds)))
    }

    /// Cuts the connection: the client sees a reset, whatever the network's profile says.
    public mutating func reset() { steps.append(.reset) }

    /// Reads nothing more: the client's bytes pile up until it has to wait.
    public mutating func stopReading() { steps.append(.stopReading) }

    /// Leaves the connection open after the last step, in place of closing it: the client goes first.
    public mutating func stayOpen() { steps.append(.stayOpen) }
}

extension PeerScript.Step: CustomStringConvertible {
    var description: String {
        switch self {
        case .expect(let bytes): "expect \(ByteText.quoted(bytes))"
        case .expectMatching(let name, _): "expect \(name)"
        case .expectEndOfStream: "expect the end of the stream"
        case .expectGone: "expect the end"
        case .send(let bytes): "send \(ByteText.quoted(bytes))"
        case .reply: "reply"
        case .sendEndOfStream: "send the end of the stream"
        case .pause(let nanoseconds): "pause for \(Duration.nanoseconds(nanoseconds))"
        case .reset: "reset"
        case .stopReading: "stop reading"
        case .stayOpen: "stay open"
        }
    }
}
