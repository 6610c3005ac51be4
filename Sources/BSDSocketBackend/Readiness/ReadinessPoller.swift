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
        let continuation: CheckedContinuation<TransportError?, Never>
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

    /// Suspends the task until a need may be met, the socket is closed or the task is cancelled.
    func ready(_ handle: SocketHandle, for need: Need) async throws(TransportError) {
        try handle.enter(.wait)
        defer { handle.leave() }
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
        let failure = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                add(
                    Waiter(handle: handle, events: wanted, notBefore: notBefore, continuation: continuation), id
                )
            }
        } onCancel: {
            cancel(id)
        }
        if handle.isClosed { throw .closed(.wait) }
        if let failure { throw failure }
    }

    private func add(_ waiter: Waiter, _ id: UInt64) {
        let refusal = state.withLock { state -> TransportError? in
            if case .cancelled = state.slots.removeValue(forKey: id) {
                return TransportError(.cancelled, operation: .wait)
            }
            if state.wakeReader < 0 {
                let pipe = syscalls.pipe()
                guard pipe.result == 0 else { return TransportError(errno: -pipe.result, .wait) }
                (state.wakeReader, state.wakeWriter) = (pipe.reader, pipe.writer)
            }
            if !state.isRunning {
                guard startThread({ self.run() }) else { return TransportError(errno: EAGAIN, .wait) }
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
        waiter?.continuation.resume(returning: TransportError(.cancelled, operation: .wait))
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
                if waiter.events == 0 {
                    let notBefore = max(now, waiter.notBefore ?? now)
                    limit = min(limit ?? .max, (notBefore - now) / 1_000_000 + 1)
                } else {
                    table.add(waiter.handle.descriptor, waiter.events)
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
        let ready = state.withLock { state -> [Waiter] in
            if table.found(state.wakeReader) != 0 { drain(state.wakeReader) }
            let now = syscalls.now()
            // An error or a hang-up is reported whatever was asked for, and is for everyone.
            let always = Int16(POLLERR | POLLHUP | POLLNVAL)
            return take(&state) { waiter in
                if waiter.handle.isClosed { return true }
                if waiter.events == 0 { return (waiter.notBefore ?? now) <= now }
                return table.found(waiter.handle.descriptor) & (waiter.events | always) != 0
            }
        }
        for waiter in ready { waiter.continuation.resume(returning: nil) }
    }

    private func failAll(_ error: TransportError) {
        for waiter in state.withLock({ take(&$0) { _ in true } }) { waiter.continuation.resume(returning: error) }
    }

    private func take(_ state: inout State, where isReady: (Waiter) -> Bool) -> [Waiter] {
        var taken: [Waiter] = []
        for case (let id, .waiting(let waiter)) in state.slots where isReady(waiter) {
            state.slots[id] = nil
            taken.append(waiter)
        }
        return taken
    }

    private func drain(_ reader: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while csockets_read(reader, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
