internal import CThreads
internal import TransportCore

// Whose turn it is in a network. The lock is held in all of this, unless said otherwise.
extension NetworkEngine {
    /// Whether one participant works at a time; in real time everyone does as they like.
    var takesTurns: Bool { clock.kind != .real }

    /// Whether there is somebody who gives the test's turn on. Nobody is while tasks run: the test waits for their end.
    var testTakesTurns: Bool { taskQueue.runs == 0 && !isAbandoned }

    /// Who this thread is. Needs no lock.
    var isKnownThread: Bool { cthreads_tag() >> 32 == number }

    /// Who this thread is.
    var caller: Participant {
        let tag = cthreads_tag()
        guard tag >> 32 == number else { return test }
        let thread = Int(tag & 0xFFFF_FFFF)
        return thread == 0 ? tasks : threads[thread] ?? test
    }

    /// Makes this thread a participant: a number, or 0 for the thread of the tasks. Needs no lock.
    func tagThread(_ thread: Int) { cthreads_set_tag(number << 32 | UInt64(thread)) }

    /// Lets a waiter, whose outcome is known, go on when it is its participant's turn.
    func makeRunnable(_ waiter: Waiter) {
        if waiter.participant === tasks, waiter.continuation != nil {
            taskQueue.woken.append(waiter)
            wantTurnForTasks()
        } else if !takesTurns || waiter.participant === test && (current === test || !testTakesTurns) {
            letGo(waiter)
        } else {
            waiter.next = waiter.participant.sleeper
            waiter.participant.sleeper = waiter
            want(waiter.participant)
        }
    }

    /// Puts a participant behind those who can go on.
    func want(_ participant: Participant) {
        if !participant.isQueued {
            participant.isQueued = true
            queue.append(participant)
        }
        // Nobody has the turn while time waits to be moved by hand; whoever was woken must not wait for that.
        if current == nil { giveTurn() }
    }

    /// Gives the turn of a participant that blocks or ends to the next one.
    func endTurn(of participant: Participant) {
        guard current === participant else { return }
        current = nil
        giveTurn()
    }

    /// Has the next participant go on; while there is none, time does.
    func giveTurn() {
        while current == nil {
            if let next = queue.popFirst() {
                next.isQueued = false
                guard !next.isGone else { continue }
                if next !== test || testTakesTurns { current = next }
                letGo(next)
            } else if taskQueue.runsToBegin > 0 {
                // A task is on its way here and can go on.
                return
            } else if let waiter = nextPatient() {
                makeRunnable(waiter)
            } else if isOver {
                // Nobody waits for a time any more.
                return
            } else if clock.kind == .virtual, let time = timers.nextTime, let timer = timers.popDue(at: time) {
                set(max(self.time, time))
                timer.fire(self)
            } else {
                guard clock.kind == .virtual, !blocked.isEmpty else { return }
                let error = deadlock()
                while let waiter = blocked.last { resume(waiter, .failed(error)) }
            }
        }
    }

    /// Who goes on next of those who let all others go on.
    ///
    /// In a network that has ended this is a thread before it is the test, which may never give its turn back: threads come to
    /// their end. One that asks for ever does not keep the test from its turn.
    private func nextPatient() -> Waiter? {
        guard isOver, turnsAfterEnd < 1000 else { return patient.popFirst() }
        turnsAfterEnd += 1
        for _ in 0..<patient.count {
            guard let waiter = patient.popFirst() else { break }
            if waiter.participant !== test { return waiter }
            patient.append(waiter)
        }
        return patient.popFirst()
    }

    /// Has everyone of a participant go on who can.
    private func letGo(_ participant: Participant) {
        while let waiter = participant.sleeper {
            participant.sleeper = waiter.next
            waiter.next = nil
            letGo(waiter)
        }
        guard participant === test else { return }
        // Who has let others go on has the turn as well now: the others of the test may never give it back.
        for _ in 0..<patient.count {
            guard let waiter = patient.popFirst() else { return }
            if waiter.participant === test { letGo(waiter) } else { patient.append(waiter) }
        }
    }

    /// Has a thread, or a task of the test's, go on.
    private func letGo(_ waiter: Waiter) {
        guard case .plain(let continuation)? = waiter.continuation else {
            waiter.isLetGo = true
            return waiter.wake()
        }
        waiter.continuation = nil
        continuations.append(continuation)
    }

    /// Blocks this thread until a waiter may go on.
    func sleep(_ waiter: Waiter) {
        while !waiter.isLetGo { sleepOnce(waiter) }
        waiter.isLetGo = false
    }

    /// Sleeps until a waiter is woken, maybe for nothing; resumes first who is to be resumed.
    func sleepOnce(_ waiter: Waiter) {
        guard hasNothingDeferred else {
            unlock()
            return cthreads_lock_acquire(lock)
        }
        sleepWatchfully(waiter)
    }

    /// Lets everyone else go on who can, and returns when all of them are blocked or have ended.
    ///
    /// Does nothing for a thread that does not have the turn.
    func letOthersGoOn() {
        if takesTurns, current === caller { waitForOthers() }
    }

    /// Waits until everyone else who can go on is blocked or has ended; somebody has the turn.
    func waitForOthers() {
        let participant = caller
        guard current !== participant || !queue.isEmpty || !patient.isEmpty else { return }
        repeat {
            let waiter = takeWaiter(for: participant)
            patient.append(waiter)
            endTurn(of: participant)
            sleep(waiter)
            giveBack(waiter)
            // Another one of the test's may have had its turn meanwhile, before all of the others.
        } while !queue.isEmpty && current === participant
    }

    // MARK: Polling

    /// Lets the others go on after a call that could do nothing. Takes the lock.
    func pollInVain() { locked { countPollInVain() } }

    /// Lets the others go on after a call that could do nothing: a loop that asks again and again must not keep the
    /// others from doing what it asks for.
    ///
    /// When nothing at all has happened between a thousand such calls, time goes on: whoever polls waits for something.
    func countPollInVain() {
        pollsInVain += 1
        if pollsInVain >= 1000, clock.kind == .virtual, current === caller, queue.isEmpty, let time = timers.nextTime,
            let timer = timers.popDue(at: time)
        {
            pollsInVain = 0
            set(max(self.time, time))
            timer.fire(self)
        }
        letOthersGoOn()
    }

    // MARK: Threads

    /// Starts a thread that takes part in the network's time. It begins when it is its turn. Takes the lock.
    func spawn(_ body: @escaping @Sendable () -> Void) -> Bool {
        let number = locked {
            threadCount += 1
            let participant = Participant(.thread(threadCount))
            threads[threadCount] = participant
            if takesTurns { want(participant) }
            return threadCount
        }
        // Taken out by the thread, so that what the body has caught goes away while it still is the thread's turn.
        let handed = Locked<(@Sendable () -> Void)?>(body)
        let started = startThread {
            self.tagThread(number)
            self.locked {
                let participant = self.caller
                guard self.takesTurns, self.current !== participant else { return }
                let waiter = self.takeWaiter(for: participant)
                participant.sleeper = waiter
                self.sleep(waiter)
                self.giveBack(waiter)
            }
            handed.take()?()
            self.leave(number)
        }
        if !started {
            _ = handed.take()
            leave(number)
        }
        return started
    }

    private func leave(_ number: Int) {
        locked {
            guard let participant = threads.removeValue(forKey: number) else { return }
            participant.isGone = true
            endTurn(of: participant)
        }
    }
}

extension Locked<(@Sendable () -> Void)?> {
    /// Takes the value out, once.
    fileprivate func take() -> (@Sendable () -> Void)? {
        withLock { value in
            defer { value = nil }
            return value
        }
    }
}
