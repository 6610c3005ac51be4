import TestSupport
import TransportCore

/// One thing that a differential test does at one end of a stream, by a step of the transport.
///
/// Where the outcome depends on what the other end did, the step is preceded by a wait for readiness: on real sockets it
/// may take the kernel a moment until it is there.
enum StreamAction: Sendable, CustomStringConvertible {
    case send(Int)
    /// Receives up to so many bytes, after waiting until there is something.
    case receive(Int)
    /// Receives without waiting: there is nothing.
    case poll
    /// Sends until nothing more is taken; how much that is differs and is not told.
    case fill
    /// Receives until there is nothing more; how much that is must be what `fill` sent.
    case drain
    case shutdownWrite
    case close
    case abort
    /// Asks whether something is ready, without waiting.
    case isReady(Need.Interest)
    /// Waits until there is something to receive, without receiving it: the effect of the peer's latest action is there.
    case settle

    var description: String {
        switch self {
        case .send(let count): "send \(count)"
        case .receive(let count): "receive \(count)"
        case .poll: "poll"
        case .fill: "fill"
        case .drain: "drain"
        case .shutdownWrite: "shutdownWrite"
        case .close: "close"
        case .abort: "abort"
        case .isReady(let interest): "is ready to \(interest == .readable ? "receive" : "send")"
        case .settle: "settle"
        }
    }
}

/// Things to do at both ends of a stream, one after the other.
struct StreamScript: Sendable {
    let name: String
    let actions: [(end: Character, action: StreamAction)]

    init(_ name: String, _ actions: (Character, StreamAction)...) {
        self.name = name
        self.actions = actions.map { (end: $0.0, action: $0.1) }
    }
}

/// Plays a script on the two ends of a stream and writes down what each action came to.
struct StreamPlayer<A: Transport> {
    let first: A
    let second: A
    private var filled = 0
    private let block = pattern(65536)

    init(_ first: A, _ second: A) {
        self.first = first
        self.second = second
    }

    mutating func trace(of script: StreamScript) -> [String] {
        script.actions.map { end, action in
            "\(end) \(action): \(outcome(of: action, at: end == "a" ? first : second))"
        }
    }

    private mutating func outcome(of action: StreamAction, at transport: A) -> String {
        do throws(TransportError) {
            switch action {
            case .send(let count): return name(of: try transport.trySend(pattern(count).span.bytes))
            case .receive(let count):
                guard try settle(transport) else { return "nothing came" }
                return name(of: try receive(count, transport).step)
            case .poll: return name(of: try receive(10, transport).step)
            case .fill:
                filled = 0
                while case .sent(let count) = try transport.trySend(block.span.bytes) { filled += count }
                return "full"
            case .drain:
                while filled > 0, try settle(transport),
                    case .received(let count) = try receive(65536, transport).step
                { filled -= count }
                return filled == 0 ? "all of it" : "\(filled) bytes are missing"
            case .shutdownWrite: return try transport.tryShutdownWrite() == .done ? "done" : "would block"
            case .close:
                transport.close()
                return "done"
            case .abort:
                transport.abort()
                return "done"
            case .isReady(let interest): return "\(try transport.wait(for: Need(interest), until: .passed))"
            case .settle: return try settle(transport) ? "ready" : "nothing came"
            }
        } catch {
            return error.kind.description
        }
    }

    /// Waits for something to receive: a test that passes waits microseconds.
    private func settle(_ transport: A) throws(TransportError) -> Bool {
        try transport.wait(for: .readable, until: try transport.deadline(after: .seconds(10)))
    }

    private func receive(_ count: Int, _ transport: A) throws(TransportError) -> (step: ReceiveStep, [UInt8]) {
        var step = ReceiveStep.received(0)
        let bytes = try [UInt8](capacity: count) { (output: inout OutputSpan<UInt8>) throws(TransportError) in
            step = try output.appendBytes(atMost: count) { (span: inout OutputRawSpan) throws(TransportError) in
                try transport.tryReceive(into: &span)
            }
        }
        return (step, bytes)
    }

    private func name(of step: ReceiveStep) -> String {
        switch step {
        case .received(let count): "received \(count)"
        case .endOfStream: "end of stream"
        case .wouldBlock(let need): "would block until \(need.interest == .readable ? "readable" : "writable")"
        }
    }

    private func name(of step: SendStep) -> String {
        switch step {
        case .sent(let count): "sent \(count)"
        case .wouldBlock(let need): "would block until \(need.interest == .readable ? "readable" : "writable")"
        }
    }
}
