internal import TransportCore

/// What is on its way from one end of a stream to the other, where it takes its time. There is none otherwise.
///
/// Whatever the faults do, everything arrives in the order in which it was sent. Used with the network's lock held.
final class Wire {
    /// Something that arrives, besides bytes.
    enum Item {
        case bytes(Int)
        /// The sender has ended its direction, or closed.
        case end
        /// The sender has cut the stream.
        case reset
        /// The sender's machine had nobody left for what came.
        case answer
    }

    private struct Entry {
        let item: Item
        let time: Int64
        let hold: Hold?
    }

    /// Kept by the wire, and keeps it, as long as there is something on the way.
    private let pair: StreamPair
    private let side: Int
    private var bytes: BytePipe
    private var entries = FirstInFirstOut<Entry>()
    /// When the latest arrives.
    private var lastTime: Int64 = 0
    /// Until when the line is taken by what is being sent.
    private var busyUntil: Int64 = 0
    /// Looks at it when something arrives.
    private var timer: NetworkTimer?

    /// How what is sent next gets there.
    var way = Way()

    init(of pair: StreamPair, from side: Int) {
        self.pair = pair
        self.side = side
        bytes = BytePipe(capacity: pair.profile.capacity)
    }

    var isEmpty: Bool { entries.isEmpty }
    /// How many bytes are on the way.
    var byteCount: Int { bytes.count }
    /// How many bytes more may be on the way: what has arrived and was not received counts too.
    var room: Int { pair[1 - side].inbox.freeCapacity - bytes.count }

    /// The largest piece that arrives at once where the line is slow: what an Ethernet frame carries.
    private static let segmentSize = 1448

    /// Sends bytes for which there is room.
    func send(_ sent: UnsafeRawBufferPointer, count: Int, _ engine: NetworkEngine) {
        var rest = bytes.write(sent, atMost: count)
        while rest > 0 {
            let size = way.speed == nil ? rest : min(rest, Self.segmentSize)
            post(.bytes(size), count: size, engine)
            rest -= size
        }
    }

    /// Sends something that has no bytes.
    func post(_ item: Item, _ engine: NetworkEngine) { post(item, count: 0, engine) }

    private func post(_ item: Item, count: Int, _ engine: NetworkEngine) {
        var time = max(engine.currentTime, busyUntil)
        if let speed = way.speed {
            // No overflow: a segment is small.
            time = time.adding(Int64(count) * 1_000_000_000 / Int64(speed))
            busyUntil = time
        }
        lastTime = max(lastTime, time.adding(way.delay))
        entries.append(Entry(item: item, time: lastTime, hold: way.hold))
        engine.faults?.hold(self)
        // The first decides: none arrives before it.
        if timer == nil { wake(at: lastTime, engine) }
    }

    private func wake(at time: Int64, _ engine: NetworkEngine) {
        let timer = ActionTimer { [self] engine in arrive(engine) }
        self.timer = timer
        engine.schedule(timer, at: time)
    }

    private func stopTimer(_ engine: NetworkEngine) {
        if let timer { engine.timers.remove(timer) }
        timer = nil
    }

    /// Has everything arrive whose time has come.
    private func arrive(_ engine: NetworkEngine) {
        stopTimer(engine)
        let now = engine.currentTime
        var hasArrived = false
        while let next = entries.first {
            if let hold = next.hold, engine.faults?.isInForce(hold, time: now) == true { break }
            guard next.time <= now else {
                wake(at: next.time, engine)
                break
            }
            _ = entries.popFirst()
            pair.arrive(next.item, from: &bytes, at: 1 - side, engine)
            hasArrived = true
        }
        if entries.isEmpty {
            leave(engine)
        } else {
            engine.faults?.hold(self)
        }
        if hasArrived { pair.changed(engine) }
    }

    /// Drops everything.
    func cut(_ engine: NetworkEngine) {
        entries = FirstInFirstOut()
        bytes.removeAll()
        stopTimer(engine)
        leave(engine)
    }

    private func leave(_ engine: NetworkEngine) {
        if pair[side].wire === self { pair[side].wire = nil }
        engine.faults?.forget(self)
    }

    /// What keeps the first of it from arriving, in words.
    var obstacle: String? { entries.first?.hold?.rule.description }
}

extension Wire: HeldByFaults {
    func reconsider(_ engine: NetworkEngine) { arrive(engine) }

    func abandon() {
        entries = FirstInFirstOut()
        pair[side].wire = nil
        pair.runner = nil
    }
}

extension Int64 {
    /// The sum, or the largest number.
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
