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

    /// The thread: polls for all waiters until there are none.
    private func run() {
        var table: [pollfd] = []
        var ids: [UInt64] = []
        while true {
            let limit = prepare(&table, &ids)
            guard let limit else { return }
            let result = csockets_poll_table(&table, table.count, limit)
            if result < 0, result != -EINTR { continue }
            resumeReady(table, ids)
        }
    }

    /// Fills the table; gives the time limit in milliseconds, or nil when there are no waiters and the thread ends.
    private func prepare(_ table: inout [pollfd], _ ids: inout [UInt64]) -> Int32? {
        state.withLock { state in
            table.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
            table.append(pollfd(fd: state.wakeReader, events: Int16(POLLIN), revents: 0))
            var limit: Int64?
            let now = syscalls.now()
            for case (let id, .waiting(let waiter)) in state.slots {
                // A waiter for time alone takes its place with a descriptor that poll passes over.
                let descriptor = waiter.events == 0 ? -1 : waiter.handle.descriptor
                table.append(pollfd(fd: descriptor, events: waiter.events, revents: 0))
                ids.append(id)
                if waiter.handle.wakeDescriptor >= 0 {
                    table.append(pollfd(fd: waiter.handle.wakeDescriptor, events: Int16(POLLIN), revents: 0))
                    ids.append(id)
                }
                if waiter.events == 0 {
                    limit = min(limit ?? .max, max(0, (waiter.notBefore ?? now) - now) / 1_000_000 + 1)
                }
            }
            guard !ids.isEmpty else {
                state.isRunning = false
                syscalls.close(state.wakeReader)
                syscalls.close(state.wakeWriter)
                (state.wakeReader, state.wakeWriter) = (-1, -1)
                return nil
            }
            return limit.map { Int32(clamping: $0) } ?? -1
        }
    }

    private func resumeReady(_ table: [pollfd], _ ids: [UInt64]) {
        let ready = state.withLock { state -> [Waiter] in
            if let first = table.first, first.revents != 0 { drain(state.wakeReader) }
            let now = syscalls.now()
            var ready: [Waiter] = []
            for (entry, id) in zip(table.dropFirst(), ids) {
                guard case .waiting(let waiter) = state.slots[id] else { continue }
                let isDue = waiter.events == 0 && (waiter.notBefore ?? now) <= now
                guard entry.revents != 0 || isDue || waiter.handle.isClosed else { continue }
                state.slots[id] = nil
                ready.append(waiter)
            }
            return ready
        }
        for waiter in ready { waiter.continuation.resume(returning: nil) }
    }

    private func drain(_ reader: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while csockets_read(reader, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
