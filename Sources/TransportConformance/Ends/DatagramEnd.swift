internal import TransportCore

/// A datagram as it was received.
struct ReceivedDatagram: Sendable {
    let bytes: [UInt8]
    let sender: DatagramAddress?
    let isTruncated: Bool
}

/// An address of whatever type.
///
/// Sendable: made of an address alone, and all addresses are.
struct DatagramAddress: Hashable, @unchecked Sendable, CustomStringConvertible {
    let value: AnyHashable

    var description: String { "\(value)" }

    init(_ address: some Hashable & Sendable) { value = AnyHashable(address) }
}

/// A datagram endpoint, whatever its type.
protocol DatagramEnd: Sendable {
    func send(_ bytes: [UInt8], to address: DatagramAddress?, _ limit: Limit) throws(TransportError)
    func receive(atMost count: Int, _ limit: Limit) throws(TransportError) -> ReceivedDatagram
    func connect(to address: DatagramAddress?) throws(TransportError)
    func localAddress() throws(TransportError) -> DatagramAddress
    func close()
}

struct TypedDatagrams<D: DatagramTransport>: DatagramEnd {
    private let socket: DatagramSocket<D>

    init(_ socket: DatagramSocket<D>) { self.socket = socket }

    func send(_ bytes: [UInt8], to address: DatagramAddress?, _ limit: Limit) throws(TransportError) {
        try socket.send(bytes, to: try typed(address), timeout: limit.timeout, deadline: limit.deadline)
    }

    func receive(atMost count: Int, _ limit: Limit) throws(TransportError) -> ReceivedDatagram {
        let (bytes, info) = try socket.receive(atMost: count, timeout: limit.timeout, deadline: limit.deadline)
        guard info.byteCount == bytes.count else {
            throw TransportError(.invalidState, operation: .receive)
                .with(message: "the count that was told is \(info.byteCount), and \(bytes.count) bytes came")
        }
        return ReceivedDatagram(
            bytes: bytes, sender: info.sender.map { DatagramAddress($0) }, isTruncated: info.isTruncated
        )
    }

    func connect(to address: DatagramAddress?) throws(TransportError) { try socket.connect(to: try typed(address)) }

    func localAddress() throws(TransportError) -> DatagramAddress { DatagramAddress(try socket.localAddress) }

    func close() { socket.close() }

    private func typed(_ address: DatagramAddress?) throws(TransportError) -> D.Family.SocketAddress? {
        guard let address else { return nil }
        guard let typed = address.value as? D.Family.SocketAddress else {
            throw .invalidArgument("an address of another family", operation: .send)
        }
        return typed
    }
}
