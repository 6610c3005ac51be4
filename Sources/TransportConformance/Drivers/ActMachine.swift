internal import TransportCore

/// An operation that is done piece by piece, with calls that never wait.
struct ActMachine {
    /// What a piece came to.
    enum Progress {
        /// It was done, or failed.
        case finished(Outcome)
        /// Something was moved, and more is to do.
        case moved
        /// Nothing can be done now.
        case blocked(Need.Interest)
    }

    let operation: Operation
    private var sent = 0
    private var received: [UInt8] = []

    init(_ operation: Operation) { self.operation = operation }

    mutating func step(_ end: any StreamEnd) -> Progress {
        do throws(TransportError) {
            switch operation {
            case .send(let bytes): return try send(bytes, end)
            case .receive(let count): return try receive(count, end)
            case .receiveToEnd: return try receive(nil, end)
            case .sendUntilFailure(let most): return try sendUntilFailure(most, end)
            case .shutdownWrite: try end.shutdownWrite(.atOnce)
            case .close: end.close()
            case .abort: end.abort()
            }
            return .finished(.done)
        } catch {
            guard error.kind == .wouldBlock else { return .finished(.failed(error, after: received)) }
            return .blocked(isReceive ? .readable : .writable)
        }
    }

    private var isReceive: Bool {
        switch operation {
        case .receive, .receiveToEnd: true
        default: false
        }
    }

    /// Sends what there is room for, and has it flushed in the end.
    private mutating func send(_ bytes: [UInt8], _ end: any StreamEnd) throws(TransportError) -> Progress {
        do throws(TransportError) {
            try end.sendAll(sent == 0 ? bytes : [UInt8](bytes[sent...]), .atOnce)
            return .finished(.done)
        } catch {
            guard error.kind == .wouldBlock, error.bytesTransferred > 0 else { throw error }
            sent = min(bytes.count, sent + error.bytesTransferred)
            return .moved
        }
    }

    private mutating func sendUntilFailure(_ most: Int, _ end: any StreamEnd) throws(TransportError) -> Progress {
        guard sent < most else { return .finished(.done) }
        sent += try end.send([UInt8](repeating: 0x55, count: sendingPiece), .atOnce)
        return .moved
    }

    /// Receives what is there, up to a count or, for nil, up to the end.
    private mutating func receive(_ count: Int?, _ end: any StreamEnd) throws(TransportError) -> Progress {
        if received.count == count { return .finished(.received(received)) }
        let room = count.map { min($0 - received.count, receivingPiece) } ?? receivingPiece
        guard let bytes = try end.receive(atMost: room, .atOnce) else { return .finished(.ended(after: received)) }
        received += bytes
        return received.count == count ? .finished(.received(received)) : .moved
    }
}

/// How many bytes one receive takes at most where a case does not say it.
let receivingPiece = 64 << 10

/// How many bytes are sent at once in order to send until it fails.
let sendingPiece = 8 << 10
