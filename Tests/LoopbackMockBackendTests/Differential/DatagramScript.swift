import TestSupport
import TransportCore

/// One thing that a differential test does at one endpoint for datagrams.
enum DatagramAction: Sendable, CustomStringConvertible {
    /// Sends so many bytes to the peer.
    case send(Int)
    /// Sends so many bytes to another endpoint.
    case sendTo(Character, Int)
    /// Sends so many bytes to whoever sent what was received last.
    case reply(Int)
    /// Receives into room for so many bytes, after waiting until there is something.
    case receive(Int)
    /// Receives without waiting: there is nothing.
    case poll
    /// Chooses the peer, or none.
    case connect(Character?)
    /// Asks who the peer is.
    case peer
    /// Sends to another endpoint until there is no room.
    case fill(Character)
    /// Asks whether something is ready, without waiting.
    case isReady(Need.Interest)
    case close

    var description: String {
        switch self {
        case .send(let count): "send \(count)"
        case .sendTo(let name, let count): "send \(count) to \(name)"
        case .reply(let count): "reply \(count)"
        case .receive(let count): "receive \(count)"
        case .poll: "poll"
        case .connect(let name): "connect to \(name.map(String.init) ?? "nobody")"
        case .peer: "peer"
        case .fill(let name): "fill \(name)"
        case .isReady(let interest): "is ready to \(interest == .readable ? "receive" : "send")"
        case .close: "close"
        }
    }
}

/// Things to do at endpoints for datagrams: a, b and c are bound, u is not, nobody is at n, and nobody any more at s.
struct DatagramScript: Sendable {
    let name: String
    let actions: [(end: Character, action: DatagramAction)]

    init(_ name: String, _ actions: (Character, DatagramAction)...) {
        self.name = name
        self.actions = actions.map { (end: $0.0, action: $0.1) }
    }
}

/// Plays a script and writes down what each action came to.
struct DatagramPlayer<B: DatagramBackend> {
    typealias Address = B.Family.SocketAddress

    private var endpoints: [Character: B.Datagrams] = [:]
    private var addresses: [Character: Address] = [:]
    private var latestSender: Address?

    /// - Parameter addresses: Those of a, b, c, n and s.
    init(_ backend: B, _ addresses: [Character: Address]) throws(TransportError) {
        self.addresses = addresses
        for (name, address) in addresses where name != "n" {
            let endpoint = try backend.openDatagrams(boundTo: address, connectedTo: nil, options: [])
            if name == "s" {
                endpoint.close()
            } else {
                self.addresses[name] = try endpoint.localAddress
                endpoints[name] = endpoint
            }
        }
        endpoints["u"] = try backend.openDatagrams(boundTo: nil, connectedTo: nil, options: [])
    }

    mutating func trace(of script: DatagramScript) -> [String] {
        script.actions.map { end, action in "\(end) \(action): \(outcome(of: action, at: end))" }
    }

    private mutating func outcome(of action: DatagramAction, at end: Character) -> String {
        guard let endpoint = endpoints[end] else { return "no such endpoint" }
        do throws(TransportError) {
            switch action {
            case .send(let count): return name(of: try endpoint.trySend(pattern(count).span.bytes, to: nil))
            case .sendTo(let name, let count):
                return self.name(of: try endpoint.trySend(pattern(count).span.bytes, to: addresses[name]))
            case .reply(let count):
                return name(of: try endpoint.trySend(pattern(count).span.bytes, to: latestSender))
            case .receive(let count):
                // A test that passes waits microseconds.
                let deadline = try endpoint.deadline(after: .seconds(10))
                guard try endpoint.wait(for: .readable, until: deadline) else { return "nothing came" }
                return try receive(count, endpoint)
            case .poll: return try receive(10, endpoint)
            case .connect(let name):
                try endpoint.connect(to: name.flatMap { addresses[$0] })
                return "done"
            case .peer: return name(of: try endpoint.remoteAddress)
            case .fill(let name):
                for count in 0..<100_000 {
                    guard case .sent = try endpoint.trySend(pattern(1).span.bytes, to: addresses[name]) else {
                        return "full after \(count)"
                    }
                }
                return "never full"
            case .isReady(let interest): return "\(try endpoint.wait(for: Need(interest), until: .passed))"
            case .close:
                endpoint.close()
                return "done"
            }
        } catch {
            return "\(error.kind)\(error.aftermath == .usable ? "" : ", no longer usable")"
        }
    }

    private mutating func receive(_ count: Int, _ endpoint: B.Datagrams) throws(TransportError) -> String {
        var step = DatagramStep<Address>.wouldBlock(.readable)
        let bytes = try [UInt8](capacity: count) { (output: inout OutputSpan<UInt8>) throws(TransportError) in
            step = try output.appendBytes(atMost: count) { (span: inout OutputRawSpan) throws(TransportError) in
                try endpoint.tryReceive(into: &span)
            }
        }
        switch step {
        case .wouldBlock: return "would block"
        case .received(let info):
            latestSender = info.sender
            let content = bytes == pattern(bytes.count) && bytes.count == info.byteCount ? "" : ", altered"
            let sender = info.sender.map { name(of: $0) } ?? "someone without an address"
            return "\(info.byteCount) bytes of \(sender)\(info.isTruncated ? ", cut" : "")\(content)"
        }
    }

    private func name(of address: Address) -> String {
        addresses.first { $0.value == address }.map { "\($0.key)" } ?? "someone"
    }

    private func name(of step: SendStep) -> String {
        switch step {
        case .sent(let count): "sent \(count)"
        case .wouldBlock: "would block"
        }
    }
}
