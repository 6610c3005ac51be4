internal import TransportCore

// The steps of a stream, written down.
extension StreamPair {
    @inline(__always)
    func receiveAndLog(
        _ side: Int, into target: UnsafeMutableRawBufferPointer, _ engine: NetworkEngine
    ) throws(TransportError) -> ReceiveStep {
        do throws(TransportError) {
            let step = try receive(side, into: target, engine)
            switch step {
            case .received(let count): record.moved(.receive, side, UnsafeRawBufferPointer(target), count)
            case .endOfStream: record.sawEnd(side)
            case .wouldBlock: break
            }
            return step
        } catch {
            record.record(.fail, side, note: error.kind.rawValue)
            throw error
        }
    }

    @inline(__always)
    func sendAndLog(
        _ side: Int, _ bytes: UnsafeRawBufferPointer, _ engine: NetworkEngine
    ) throws(TransportError) -> SendStep {
        do throws(TransportError) {
            let step = try send(side, bytes, engine)
            if case .sent(let count) = step {
                record.moved(.send, side, bytes, count)
                record.sent(side, count, of: bytes.count)
            }
            return step
        } catch {
            record.record(.fail, side, note: error.kind.rawValue)
            throw error
        }
    }

    /// Counts who waits for something to receive with no end in sight.
    func waitsWithoutDeadline(_ wish: Wish) {
        if wish.interest.contains(.readable) { record[wish.side].endlessWaitCount += 1 }
    }
}
