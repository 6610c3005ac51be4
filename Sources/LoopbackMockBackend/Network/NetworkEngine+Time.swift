internal import Synchronization
internal import TransportCore

// How time goes on in a network.
extension NetworkEngine {
    /// Does something at a time to come.
    func schedule(at time: Int64, _ state: inout State, _ action: @escaping (inout State) -> Void) {
        state.timers.add(at: time, Timer(action: action) { true })
    }

    /// Lets manual time pass.
    func advance(by nanoseconds: Int64) {
        perform { state in
            let (end, overflow) = state.now.addingReportingOverflow(max(0, nanoseconds))
            runTimers(&state, until: overflow ? .max : end)
            giveTurn(&state)
        }
    }

    /// Runs every timer up to a time, in order, and sets the time.
    func runTimers(_ state: inout State, until end: Int64) {
        while let time = state.timers.nextTime, time <= end {
            set(max(state.now, time), &state)
            if let timer = state.timers.popDue(at: time) { timer.action(&state) }
        }
        set(max(state.now, end), &state)
    }

    func set(_ time: Int64, _ state: inout State) {
        state.now = time
        publishedNow.store(time, ordering: .releasing)
    }
}
