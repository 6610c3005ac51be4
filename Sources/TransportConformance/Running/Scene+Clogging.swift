internal import TransportCore

extension Scene {
    /// Sends until the stream takes no more, and gives what it took.
    ///
    /// No size is assumed, except that no stream takes 64 MiB that nobody receives.
    func clog(_ end: any StreamEnd, _ payload: Payload = Payload(0xC106)) throws -> [UInt8] {
        var taken = 0
        let piece = 64 << 10
        var blockedInARow = 0
        while taken < 64 << 20 {
            let step = try value(end.name, "step: send as much as there is room for") { () throws(TransportError) in
                try end.trySend(payload.bytes(taken..<taken + piece))
            }
            switch step {
            case .sent(let count):
                try check((1...piece).contains(count), "a count from 1 to \(piece)", "\(count)")
                taken += count
                blockedInARow = 0
            case .wouldBlock(let need):
                // What is on its way may make room a moment later.
                blockedInARow += 1
                if blockedInARow > 3 { return payload.bytes(taken) }
                _ = try end.waitStep(for: need, until: end.deadline(after: .milliseconds(1)))
            }
        }
        throw Mismatch(expected: "the stream to take less than 64 MiB that nobody receives", found: "it takes more")
    }
}
