internal import CSockets
internal import TransportCore

extension SocketHandle {
    /// Waits until a need of any of several sockets may be met: one call of `poll` for all of them.
    ///
    /// - Returns: Whether one may be; false when the deadline passed first.
    static func wait(
        forAny waits: [(handle: SocketHandle, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        guard let first = waits.first else {
            throw .invalidArgument("there is nothing to wait for: give one socket at least", operation: .wait)
        }
        var entered = 0
        defer { for wait in waits.prefix(entered) { wait.handle.leave() } }
        var table: [pollfd] = []
        var end = Deadline.never
        for (handle, need) in waits {
            try handle.enter(.wait)
            entered += 1
            var events: Int16 = 0
            if need.interest.contains(.readable) { events |= Int16(POLLIN) }
            if need.interest.contains(.writable) { events |= Int16(POLLOUT) }
            if events != 0 {
                table.append(pollfd(fd: handle.descriptor, events: events, revents: 0))
            } else if let time = need.notBefore {
                end = min(end, .at(time))
            }
            // Closing is told of there where shutting the socket down does not wake.
            if handle.wakeDescriptor >= 0 {
                table.append(pollfd(fd: handle.wakeDescriptor, events: Int16(POLLIN), revents: 0))
            }
        }
        let result = first.handle.syscalls.poll(&table, untilNanoseconds: min(end, deadline).instant?.nanoseconds)
        if waits.contains(where: { $0.handle.isClosed }) { throw .closed(.wait) }
        guard result >= 0 else { throw TransportError(errno: -result, .wait) }
        return result > 0 || end < deadline
    }
}
