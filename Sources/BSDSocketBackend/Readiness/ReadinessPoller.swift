internal import CSockets
internal import TransportCore

/// Wakes suspended tasks when their sockets are ready: one thread that polls for all of them.
///
/// It runs only while somebody waits. Each waiter is a user of its socket's handle, so that the descriptor stays the
/// socket's until the waiter has gone; closing the socket shuts it down, which the poll sees.
final class ReadinessPoller: Sendable {
    static let shared = ReadinessPoller()

    private struct Waiter {
        let handle: SocketHandle
        let events: Int16
        let notBefore: Int64?
        let deadline: Int64?
        let continuation: CheckedContinuation<Outcome, Never>

        /// The next time at which it has to be looked at although its socket is silent.
        var nextTime: Int64? {
            guard events == 0, let notBefore else { return deadline }
            return min(notBefore, deadline ?? .max)
        }
    }

    /// Why a waiter goes on.
    private enum Outcome {
        case ready, expired
        case failed(TransportError)

        static var cancelled: Outcome { .failed(TransportError(.cancelled, operation: .wait)) }
    }

    /// Where a task is on its way; cancelling finds it wherever it is.
    private enum Slot {
        case arriving
        case cancelled
        case waiting(Waiter)
    }

    private struct State {
        var slots: [UInt64: Slot] = [:]
        var nextID: UInt64 = 0
        var isRunning = false
        var wakeReader: Int32 = -1
        var wakeWriter: Int32 = -1
    }

    private let state = Locked(State())
    private let syscalls = Syscalls()

    /// Suspends the task until a need may be met, a deadline has passed, the socket is closed or the task is cancelled.
    ///
    /// - Returns: Whether the need may be met; false when the deadline passed first.
    func ready(
        _ handle: SocketHandle, for need: Need, until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        try handle.enter(.wait)
        defer { handle.leave() }
        if deadline.hasPassed(at: handle.now) {
            if Task.isCancelled { throw TransportError(.cancelled, operation: .wait) }
            return try handle.poll(need, until: .passed)
        }
        handle.willBePolled()
        var events: Int16 = 0
        if need.interest.contains(.readable) { events |= Int16(POLLIN) }
        if need.interest.contains(.writable) { events |= Int16(POLLOUT) }
        let notBefore = need.notBefore?.nanoseconds
        let wanted = events

        let id = state.withLock { state -> UInt64 in
            state.nextID += 1
            state.slots[state.nextID] = .arriving
            return state.nextID
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(
                    handle: handle, events: wanted, notBefore: notBefore, deadline: deadline.instant?.nanoseconds,
                    continuation: continuation
                )
                add(waiter, id)
            }
        } onCancel: {
            cancel(id)
        }
        if handle.isClosed { throw .closed(.wait) }
        switch outcome {
        case .ready: return true
        case .expired: return false
        case .failed(let error): throw error
        }
    }

    private func add(_ waiter: Waiter, _ id: UInt64) {
        let refusal = state.withLock { state -> Outcome? in
            if case .cancelled = state.slots.removeValue(forKey: id) { return .cancelled }
            if state.wakeReader < 0 {
                let pipe = syscalls.pipe()
                guard pipe.result == 0 else { return .failed(TransportError(errno: -pipe.result, .wait)) }
                (state.wakeReader, state.wakeWriter) = (pipe.reader, pipe.writer)
            }
            if !state.isRunning {
                guard startThread({ self.run() }) else { return .failed(TransportError(errno: EAGAIN, .wait)) }
                state.isRunning = true
            }
            state.slots[id] = .waiting(waiter)
            wake(state)
            return nil
        }
        if let refusal { waiter.continuation.resume(returning: refusal) }
    }

    private func cancel(_ id: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            switch state.slots[id] {
            case .arriving: state.slots[id] = .cancelled
            case .waiting(let waiter):
                state.slots[id] = nil
                // The poll must let go of the socket, and the thread may have nothing left to do.
                wake(state)
                return waiter
            case .cancelled, nil: break
            }
            return nil
        }
        waiter?.continuation.resume(returning: .cancelled)
    }

    /// Interrupts the poll. A full pipe already holds what would interrupt it.
    private func wake(_ state: State) {
        _ = withUnsafeBytes(of: UInt8(0)) { csockets_write(state.wakeWriter, $0.baseAddress, 1) }
    }

    /// Has the thread look at every waiter again, one of whose sockets was closed.
    func lookAgain() {
        state.withLock { state in
            if state.isRunning { wake(state) }
        }
    }

    /// What the thread polls for: each descriptor once, however many wait for it, because the system refuses a table that
    /// is longer than the limit of open files.
    private struct Table {
        var entries: [pollfd] = []
        var places: [Int32: Int] = [:]

        mutating func add(_ descriptor: Int32, _ events: Int16) {
            if let place = places[descriptor] {
                entries[place].events |= events
            } else {
                places[descriptor] = entries.count
                entries.append(pollfd(fd: descriptor, events: events, revents: 0))
            }
        }

        func found(_ descriptor: Int32) -> Int16 { places[descriptor].map { entries[$0].revents } ?? 0 }

        mutating func removeAll() {
            entries.removeAll(keepingCapacity: true)
            places.removeAll(keepingCapacity: true)
        }
    }

    /// The thread: polls for all waiters until there are none.
    private func run() {
        var table = Table()
        while let limit = prepare(&table) {
            let result = csockets_poll_table(&table.entries, table.entries.count, limit)
            if result < 0, result != -EINTR {
                failAll(TransportError(errno: -result, .wait))
            } else {
                resumeReady(table)
            }
        }
    }

    /// Fills the table; gives the time limit in milliseconds, or nil when there are no waiters and the thread ends.
    private func prepare(_ table: inout Table) -> Int32? {
        state.withLock { state in
            table.removeAll()
            table.add(state.wakeReader, Int16(POLLIN))
            var limit: Int64?
            let now = syscalls.now()
            var hasWaiters = false
            for case .waiting(let waiter) in state.slots.values {
                hasWaiters = true
                if waiter.events != 0 { table.add(waiter.handle.descriptor, waiter.events) }
                if let time = waiter.nextTime {
                    limit = min(limit ?? .max, (max(now, time) - now) / 1_000_000 + 1)
                }
                if waiter.handle.wakeDescriptor >= 0 { table.add(waiter.handle.wakeDescriptor, Int16(POLLIN)) }
            }
            guard hasWaiters else {
                state.isRunning = false
                syscalls.close(state.wakeReader)
                syscalls.close(state.wakeWriter)
                (state.wakeReader, state.wakeWriter) = (-1, -1)
                return nil
            }
            return limit.map { Int32(clamping: $0) } ?? -1
        }
    }

    private func resumeReady(_ table: Table) {
        let finished = state.withLock { state -> [(Waiter, Outcome)] in
            if table.found(state.wakeReader) != 0 { drain(state.wakeReader) }
            let now = syscalls.now()
            // An error or a hang-up is reported whatever was asked for, and is for everyone.
            let always = Int16(POLLERR | POLLHUP | POLLNVAL)
            return take(&state) { waiter in
                if waiter.handle.isClosed { return .ready }
                let isReady =
                    if waiter.events == 0 {
                        waiter.notBefore.map { $0 <= now && $0 < waiter.deadline ?? .max } ?? false
                    } else {
                        table.found(waiter.handle.descriptor) & (waiter.events | always) != 0
                    }
                if isReady { return .ready }
                return waiter.deadline.map { $0 <= now } ?? false ? .expired : nil
            }
        }
        for (waiter, outcome) in finished { waiter.continuation.resume(returning: outcome) }
    }

    private func failAll(_ error: TransportError) {
        let everyone = state.withLock { take(&$0) { _ in .failed(error) } }
        for (waiter, outcome) in everyone { waiter.continuation.resume(returning: outcome) }
    }

    /// Takes those waiters away who go on, and why.
    private func take(_ state: inout State, _ outcome: (Waiter) -> Outcome?) -> [(Waiter, Outcome)] {
        var taken: [(Waiter, Outcome)] = []
        for case (let id, .waiting(let waiter)) in state.slots {
            guard let outcome = outcome(waiter) else { continue }
            state.slots[id] = nil
            taken.append((waiter, outcome))
        }
        return taken
    }

    private func drain(_ reader: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while csockets_read(reader, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
