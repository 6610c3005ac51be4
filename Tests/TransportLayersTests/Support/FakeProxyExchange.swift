import TransportCore
import TransportLayers

/// The proxy's side of an exchange: receives so much, answers, and so on.
struct FakeProxyExchange: OpeningExchange {
    typealias Family = IP

    enum Turn: Sendable {
        /// Receives exactly so many bytes.
        case receive(Int)
        /// Receives up to the end of a request.
        case receiveHead
        case send([UInt8])
    }

    var turns: [Turn]

    /// A SOCKS proxy that asks for nothing, for a request by IPv4 address.
    static let socks = FakeProxyExchange(turns: [
        .receive(3), .send([5, 0]), .receive(10), .send([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]),
    ])

    /// An HTTP proxy.
    static let connect = FakeProxyExchange(turns: [
        .receiveHead, .send([UInt8]("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n".utf8)),
    ])

    mutating func advance(_ input: inout [UInt8]) throws(TransportError) -> OpeningStep {
        while let turn = turns.first {
            switch turn {
            case .receive(let count):
                guard input.count >= count else { return .receive(atMost: count - input.count) }
                input.removeFirst(count)
            case .receiveHead:
                guard input.suffix(4).elementsEqual("\r\n\r\n".utf8) else { return .receive(atMost: 1) }
                input = []
            case .send(let bytes):
                turns.removeFirst()
                return .send(bytes)
            }
            turns.removeFirst()
        }
        return .done
    }

    func endedEarly(after input: [UInt8]) throws(TransportError) {
        throw TransportError(.unexpectedEnd, operation: .connect)
    }
}
