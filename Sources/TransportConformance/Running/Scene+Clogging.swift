internal import TransportCore

extension Scene {
    /// Sends until the stream takes no more, and gives what it took.
    ///
    /// No size is assumed, except that no stream takes 64 MiB that nobody receives. What is on its way may make some room
    /// a moment later, so a pending send after this is one of ``filler(after:)``.
    func clog(_ end: any StreamEnd, _ payload: Payload = Payload(0xC106)) throws -> [UInt8] {
        var taken = 0
        let piece = 64 << 10
        let part = "\(end.name), clogging"
        trace.begin(part, "send as much as there is room for")
        var fullInARow = 0
        while fullInARow < 3 {
            switch try end.trySend(payload.bytes(taken..<taken + piece)) {
            case .sent(let count):
                try check((1...piece).contains(count), "a count from 1 to \(piece)", "\(count)")
                taken += count
                fullInARow = 0
            case .wouldBlock(let need):
                fullInARow += 1
                _ = try end.waitStep(for: need, until: end.deadline(after: .milliseconds(3)))
            }
            try check(taken < 64 << 20, "the stream to take less than 64 MiB that nobody receives", "it takes more")
        }
        trace.end(part, "send as much as there is room for", "\(taken) bytes", normalized: "some bytes")
        return payload.bytes(taken)
    }

    /// More bytes than a clogged stream will find room for.
    func filler(after clog: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 0x5A, count: max(64, 2 * clog.count))
    }
}
