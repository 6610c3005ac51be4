internal import CThreads
internal import Synchronization
internal import TransportCore

// How time goes on in a network.
extension NetworkEngine {
    /// The network's time. Needs no lock.
    var now: Instant {
        Instant(nanoseconds: clock.kind == .real ? realTime : publishedTime.load(ordering: .acquiring))
    }

    private var realTime: Int64 { cthreads_now() - realOrigin }

    /// The network's time, with the lock held.
    var currentTime: Int64 { clock.kind == .real ? realTime : time }

    func set(_ time: Int64) {
        log.moved(to: time)
        self.time = time
        publishedTime.store(time, ordering: .releasing)
    }

    /// Has a timer fire at a time, with the lock held.
    func schedule(_ timer: NetworkTimer, at time: Int64) {
        timers.add(timer, at: time)
        if clock.kind == .real { tellTimekeeper() }
    }

    /// Does something after some nanoseconds, with the lock held. The closure must not keep the engine.
    @discardableResult
    func schedule(after nanoseconds: Int64, _ action: @escaping (NetworkEngine) -> Void) -> NetworkTimer {
        let (time, overflow) = currentTime.addingReportingOverflow(nanoseconds)
        let timer = ActionTimer(action)
        schedule(timer, at: overflow ? .max : time)
        return timer
    }

    // MARK: Manual time

    /// Lets manual time pass: whoever can go on does so first, and again after each timer. Takes the lock.
    func advance(by nanoseconds: Int64) {
        guard let end = beginAdvance(by: nanoseconds) else { return }
        while !locked({
            takeFreeTurn()
            waitForOthers()
            return step(until: end)
        }) {}
        locked {
            waitForOthers()
            if !testTakesTurns { endTurn(of: test) }
        }
    }

    /// Lets manual time pass, for tasks.
    nonisolated(nonsending) func advance(by nanoseconds: Int64) async {
        guard let end = beginAdvance(by: nanoseconds) else { return }
        repeat { await othersGoOn() } while !locked({ step(until: end) })
        await othersGoOn()
    }

    private func beginAdvance(by nanoseconds: Int64) -> Int64? {
        guard takesTurns else { return nil }
        return locked {
            let (end, overflow) = time.addingReportingOverflow(max(0, nanoseconds))
            return overflow ? .max : end
        }
    }

    /// Whoever moves the time is at work, even if another thread that is taken for the test waits, or tasks run.
    private func takeFreeTurn() {
        if current == nil { current = caller }
    }

    /// Moves time to the next timer, or to the end. Whether it is at the end.
    private func step(until end: Int64) -> Bool {
        takeFreeTurn()
        let next = timers.nextTime ?? .max
        while let time = timers.nextTime, time <= min(next, end), let timer = timers.popDue(at: time) {
            set(max(self.time, time))
            timer.fire(self)
        }
        set(max(time, min(next, end)))
        return next >= end
    }

    /// Lets everyone else go on who can, for tasks. Takes the lock.
    nonisolated(nonsending) func othersGoOn() async {
        await withUnsafeContinuation { continuation in
            locked {
                let waiter = takeWaiter(for: caller)
                waiter.continuation = .plain(continuation)
                patient.append(waiter)
                if waiter.participant === test { endTurn(of: test) }
                if current == nil { giveTurn() }
            }
        }
    }

    // MARK: Real time

    /// Sees to it that a thread looks at the timers while there are any, with the lock held.
    private func tellTimekeeper() {
        if let timekeeper { return timekeeper.wake() }
        let waiter = Waiter(test)
        timekeeper = waiter
        if !startThread({ self.keepTime() }) { timekeeper = nil }
    }

    private func keepTime() {
        cthreads_lock_acquire(lock)
        while !isOver, let waiter = timekeeper, let next = timers.nextTime {
            if let timer = timers.popDue(at: realTime) {
                timer.fire(self)
                unlock()
                cthreads_lock_acquire(lock)
            } else {
                let (time, overflow) = next.addingReportingOverflow(realOrigin)
                waiter.sleep(lock, until: overflow ? .max : time)
            }
        }
        timekeeper = nil
        unlock()
    }
}
