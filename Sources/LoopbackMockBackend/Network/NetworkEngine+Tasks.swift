internal import CThreads
internal import TransportCore

/// What the tasks of a network have to do, on the one thread that they share. Touched only with the network's lock held.
struct TaskQueue {
    /// Parts of tasks that can run.
    var jobs = FirstInFirstOut<UnownedJob>()
    /// The waiters of tasks whose waits have ended.
    var woken = FirstInFirstOut<Waiter>()
    /// The thread is there.
    var hasThread = false
    /// The thread is at work, maybe blocked in a task that has called something that blocks.
    var isActive = false
    /// How many calls of ``LoopbackNetwork/run(_:)`` are under way; the thread stays for them.
    var runs = 0
    /// How many of them have not come to their task yet.
    var runsToBegin = 0

    var isEmpty: Bool { jobs.isEmpty && woken.isEmpty }
}

// The tasks of a network take turns with its threads: together they are one participant.
extension NetworkEngine: TaskExecutor {
    /// Has a part of a task run when it is the tasks' turn.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isTasksThread { return ownJobs.append(job) }
        locked {
            taskQueue.jobs.append(job)
            wantTurnForTasks()
        }
    }

    /// Whether this thread is that of the tasks. Needs no lock.
    var isTasksThread: Bool { cthreads_tag() == number << 32 }

    /// Has the thread of the tasks go on when it is its turn, with the lock held.
    func wantTurnForTasks() {
        guard !taskQueue.isActive else { return }
        if !taskQueue.hasThread { taskQueue.hasThread = startThread { self.runTasks() } }
        if takesTurns { want(tasks) } else { tasks.sleeper?.wake() }
    }

    private func runTasks() {
        tagThread(0)
        let idle = Waiter(tasks)
        cthreads_lock_acquire(lock)
        while takeTurnForTasks(idle) {
            if let waiter = taskQueue.woken.popFirst() {
                resumeTask(of: waiter)
            } else if let job = taskQueue.jobs.popFirst() {
                unlock()
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else {
                taskQueue.isActive = false
                endTurn(of: tasks)
                continue
            }
            // Without the lock. Those that these add come after whoever else could go on.
            for _ in 0..<ownJobs.count {
                ownJobs.popFirst()?.runSynchronously(on: asUnownedTaskExecutor())
            }
            cthreads_lock_acquire(lock)
            while let job = ownJobs.popFirst() { taskQueue.jobs.append(job) }
            guard takesTurns, !queue.isEmpty else { continue }
            // The others come first now.
            taskQueue.isActive = false
            if !taskQueue.isEmpty { want(tasks) }
            endTurn(of: tasks)
        }
        taskQueue.hasThread = false
        unlock()
    }

    /// Resumes the task of a waiter, which is added to this thread's own jobs. Gives the lock back.
    private func resumeTask(of waiter: Waiter) {
        let continuation = waiter.continuation
        waiter.continuation = nil
        let result = end(waiter)
        unlock()
        switch continuation {
        case .told(let continuation): continuation.resume(returning: result)
        case .plain(let continuation): continuation.resume()
        case nil: break
        }
    }

    /// Sleeps until it is the tasks' turn. False when there is nothing to do and nobody is going to have anything.
    private func takeTurnForTasks(_ idle: Waiter) -> Bool {
        while !taskQueue.isActive {
            if takesTurns ? current === tasks : !taskQueue.isEmpty {
                taskQueue.isActive = true
            } else if taskQueue.isEmpty, taskQueue.runs == 0, !tasks.isQueued {
                tasks.sleeper = nil
                return false
            } else {
                tasks.sleeper = idle
                sleepOnce(idle)
            }
        }
        tasks.sleeper = nil
        return true
    }

    // MARK: Runs

    /// Lets the tasks go on in the test's place. Takes the lock.
    func beginRun() {
        locked {
            taskQueue.runs += 1
            taskQueue.runsToBegin += 1
            if takesTurns { endTurn(of: test) }
        }
    }

    /// The task of a run is here. Takes the lock.
    func runHasBegun() { locked { taskQueue.runsToBegin -= 1 } }

    /// Gives the test its place among those who can go on, before the last task has ended. Takes the lock.
    func endRun() {
        locked {
            taskQueue.runs -= 1
            guard taskQueue.runs == 0 else { return }
            if takesTurns, current !== test { want(test) }
        }
    }

    /// Suspends the test until it is its turn, unless other runs still are under way.
    nonisolated(nonsending) func regainTurn() async {
        await withUnsafeContinuation { continuation in
            locked {
                guard takesTurns, taskQueue.runs == 0, current !== test else {
                    return continuations.append(continuation)
                }
                let waiter = takeWaiter(for: test)
                waiter.continuation = .plain(continuation)
                makeRunnable(waiter)
            }
        }
    }
}
