import TransportCore

/// What a scripted transport remembers; used under its lock.
struct ScriptedState {
    var script: TransportScript
    var trace: [ScriptedCall] = []
    var sent: [UInt8] = []
    var settings: [String: OptionValue] = [:]
    var isClosed = false
    /// The waits that are blocked for real.
    var blocked: Set<Int> = []
    var waitsSoFar = 0

    mutating func nextReceive(atMost capacity: Int, _ elapsed: Duration) throws(TransportError) -> ReceiveOutcome {
        guard let action = script.receiving.first else { return .step(.wouldBlock(.readable)) }
        switch action {
        case .at(let time, let later):
            guard time <= elapsed else { return .step(.wouldBlock(.readable)) }
            script.receiving[0] = later
            return try nextReceive(atMost: capacity, elapsed)
        case .bytes(let bytes):
            let part = Array(bytes.prefix(capacity))
            if part.count == bytes.count {
                script.receiving.removeFirst()
            } else {
                script.receiving[0] = .bytes(Array(bytes.dropFirst(part.count)))
            }
            return .bytes(part)
        case .end: return .step(.endOfStream)
        case .wouldBlock(let need):
            script.receiving.removeFirst()
            return .step(.wouldBlock(need))
        case .fail(let error):
            script.receiving.removeFirst()
            throw error
        }
    }

    mutating func nextSend(_ bytes: [UInt8], _ elapsed: Duration) throws(TransportError) -> SendStep {
        guard let action = script.sending.first else { return take(bytes, bytes.count) }
        switch action {
        case .at(let time, let later):
            guard time <= elapsed else { return .wouldBlock(.writable) }
            script.sending[0] = later
            return try nextSend(bytes, elapsed)
        case .accept(let count):
            script.sending.removeFirst()
            return take(bytes, min(count, bytes.count))
        case .wouldBlock(let need):
            script.sending.removeFirst()
            return .wouldBlock(need)
        case .fail(let error):
            script.sending.removeFirst()
            throw error
        case .clog: return .wouldBlock(.writable)
        }
    }

    private mutating func take(_ bytes: [UInt8], _ count: Int) -> SendStep {
        sent += bytes.prefix(count)
        return .sent(count)
    }

    mutating func progress(
        _ actions: WritableKeyPath<TransportScript, [ProgressAction]>,
        _ clock: VirtualClock
    ) throws(TransportError) -> ProgressStep {
        guard let action = script[keyPath: actions].first else { return .done }
        switch action {
        case .pending(let time) where clock.elapsed < time:
            return .wouldBlock(Need(.writable, notBefore: clock.instant(after: time)))
        case .stuck: return .wouldBlock(Need(.writable, notBefore: Instant(nanoseconds: .max)))
        case .pending:
            script[keyPath: actions].removeFirst()
            return try progress(actions, clock)
        case .done:
            script[keyPath: actions].removeFirst()
            return .done
        case .wouldBlock(let need):
            script[keyPath: actions].removeFirst()
            return .wouldBlock(need)
        case .fail(let error):
            script[keyPath: actions].removeFirst()
            throw error
        }
    }

    /// When a need is met at the earliest, or nil for never.
    func time(for need: Need, _ clock: VirtualClock) -> Instant? {
        var times: [Instant] = []
        if need.interest.contains(.readable) {
            switch script.receiving.first {
            case .at(let time, _): times.append(clock.instant(after: time))
            case .some: times.append(clock.now)
            case nil: break
            }
        }
        if need.interest.contains(.writable) {
            switch script.sending.first {
            case .at(let time, _): times.append(clock.instant(after: time))
            case .clog: break
            default: times.append(clock.now)
            }
        }
        if need.interest.isEmpty, need.notBefore != nil { times.append(clock.now) }
        guard let first = times.min() else { return nil }
        let time = max(first, need.notBefore ?? first)
        return time.nanoseconds == .max ? nil : time
    }
}

enum ReceiveOutcome {
    case bytes([UInt8])
    case step(ReceiveStep)
}
