internal import Synchronization
internal import TransportCore

// How time goes on in a network.
extension NetworkEngine {
    /// Does something at a time to come.
    func schedule(at time: Int64, _ state: inout State, _ action: @escaping (NetworkEngine, inout State) -> Void) {
        state.timers.add(at: time, Timer(action: action) { true })
        // In real time those who sleep look at the timers.
        if !takesTurns { lock.wakeAll() }
    }

    /// Lets manual time pass: whoever can go on does so first, and again after each timer.
    func advance(by nanoseconds: Int64) {
        guard takesTurns else { return }
        let end = perform { state in
            let (end, overflow) = state.now.addingReportingOverflow(max(0, nanoseconds))
            return overflow ? .max : end
        }
        letOthersGoOn()
        var isOver = false
        while !isOver {
            isOver = perform { state in
                let next = state.timers.nextTime ?? .max
                runTimers(&state, until: min(next, end))
                if state.current == nil { giveTurn(&state) }
                return next >= end
            }
            letOthersGoOn()
        }
    }

    /// Runs every timer up to a time, in order, and sets the time.
    func runTimers(_ state: inout State, until end: Int64) {
        while let time = state.timers.nextTime, time <= end {
            set(max(state.now, time), &state)
            if let timer = state.timers.popDue(at: time) { timer.action(self, &state) }
        }
        set(max(state.now, end), &state)
    }

    func set(_ time: Int64, _ state: inout State) {
        state.now = time
        publishedNow.store(time, ordering: .releasing)
    }
}
