internal import CSockets
package import TransportCore

// The operations of a stream socket. They do not depend on the address family, so they stand here, where the compiler
// needs no generics for them.
extension SocketHandle {
    // MARK: Steps

    package func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        try enter(.receive)
        defer { leave() }
        return try receive(into: &buffer, flags: csockets_msg_dontwait)
    }

    package func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        guard bytes.byteCount > 0 else { return .sent(0) }
        try enter(.send)
        defer { leave() }
        return try send(bytes, flags: csockets_msg_dontwait)
    }

    package func tryReceive(
        scatteringInto segments: Span<MutableByteSegment>
    ) throws(TransportError) -> ReceiveStep {
        // A receive without room gives 0, which would look like the end.
        guard segments.indices.contains(where: { segments[$0].count > 0 }) else { return .received(0) }
        return try use(.receive) { (descriptor) throws(TransportError) in
            let result = segments.withUnsafeBufferPointer { table -> Int in
                // The table is laid out as struct iovec, and the system only reads the table itself.
                guard let start = table.baseAddress else { return 0 }
                return attempt(.readable) {
                    syscalls.receive(
                        descriptor, scatteringInto: UnsafeMutableRawPointer(mutating: start),
                        min(table.count, Int(csockets_iov_max)), flags: csockets_msg_dontwait
                    )
                }
            }
            return try receiveStep(result)
        }
    }

    package func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        try use(.send) { (descriptor) throws(TransportError) in
            let result = segments.withUnsafeBufferPointer { table -> Int in
                guard let start = table.baseAddress else { return 0 }
                return attempt(.writable) {
                    syscalls.send(
                        descriptor, gathering: start, min(table.count, Int(csockets_iov_max)),
                        flags: csockets_msg_dontwait
                    )
                }
            }
            return try sendStep(result)
        }
    }

    // MARK: Step and wait in one

    package func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        try enter(.receive)
        defer { leave() }
        if deadline == .never, mayBlockInCalls {
            let step = try receive(into: &buffer, flags: 0)
            // Somebody who shares the descriptor may have made it nonblocking; then waiting is up to us.
            guard case .wouldBlock = step else { return step }
        }
        while true {
            guard try poll(.readable, until: deadline) else { return .wouldBlock(.readable) }
            let step = try receive(into: &buffer, flags: csockets_msg_dontwait)
            guard case .wouldBlock = step, !deadline.hasPassed(at: now) else { return step }
        }
    }

    package func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        guard bytes.byteCount > 0 else { return .sent(0) }
        try enter(.send)
        defer { leave() }
        let flags = deadline == .never && mayBlockInCalls ? 0 : csockets_msg_dontwait
        var step = try send(bytes, flags: flags)
        while case .wouldBlock = step {
            guard try poll(.writable, until: deadline) else { return step }
            step = try send(bytes, flags: csockets_msg_dontwait)
            // Readiness is a hint: one that is never true must not outlast the deadline.
            if deadline.hasPassed(at: now) { return step }
        }
        return step
    }

    // MARK: Ending

    package func shutdownWrite() throws(TransportError) -> ProgressStep {
        try use(.shutdownWrite) { (descriptor) throws(TransportError) in
            let result = syscalls.shutdown(descriptor, Int32(SHUT_WR))
            // The peer is gone already, so there is nobody left to tell.
            if result != -ENOTCONN { try check(result, .shutdownWrite) }
            return .done
        }
    }

    package func abort() {
        try? use(.close) { (descriptor) throws(TransportError) in
            let value = linger(l_onoff: 1, l_linger: 0)
            _ = withUnsafeBytes(of: value) { syscalls.setOption(descriptor, SOL_SOCKET, SO_LINGER, $0) }
        }
        close(aborting: true)
    }
}

extension SocketHandle {
    /// One receive, by a user.
    @inline(__always)
    private func receive(into buffer: inout OutputRawSpan, flags: Int32) throws(TransportError) -> ReceiveStep {
        let isRegistered = isRegistered
        let snapshot = snapshot
        let room = buffer.freeCapacity
        let result = buffer.withUnsafeMutableBytes { memory, count in
            let free = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            if isRegistered { footprint.note(buffer: free.baseAddress) }
            let result = syscalls.receive(descriptor, free, flags: flags)
            if result > 0 { count += result }
            return result
        }
        if isRegistered {
            if result == -Int(EAGAIN) {
                lacks(.readable, since: snapshot)
            } else if result > 0, result < room, domain != AF_UNIX, syscalls.script == nil {
                // On Unix sockets a receive also stops where descriptors were sent along.
                gotAll(since: snapshot)
            }
        }
        return try receiveStep(result)
    }

    /// One send, by a user.
    @inline(__always)
    private func send(_ bytes: RawSpan, flags: Int32) throws(TransportError) -> SendStep {
        let result = bytes.withUnsafeBytes { memory in
            // Some systems refuse counts that do not fit 32 bits; the rest is for the next call.
            let part = UnsafeRawBufferPointer(start: memory.baseAddress, count: min(memory.count, 1 << 30))
            return attempt(.writable) { syscalls.send(descriptor, part, flags: flags) }
        }
        return try sendStep(result)
    }

    /// What the result of a receiving call means.
    private func receiveStep(_ result: Int) throws(TransportError) -> ReceiveStep {
        if result > 0 { return .received(result) }
        if result == 0 {
            // Closing wakes a blocked receive with what looks like an end.
            if isClosed { throw .closed(.receive) }
            return .endOfStream
        }
        if result == -Int(EAGAIN) { return .wouldBlock(Need(.readable, systemCode: EAGAIN)) }
        throw streamFailure(result, .receive)
    }

    /// What the result of a sending call means.
    func sendStep(_ result: Int) throws(TransportError) -> SendStep {
        if result >= 0 { return .sent(result) }
        if result == -Int(EAGAIN) { return .wouldBlock(Need(.writable, systemCode: EAGAIN)) }
        throw streamFailure(result, .send)
    }

    private func streamFailure(_ result: Int, _ operation: TransportError.Operation) -> TransportError {
        let error = failure(result, operation)
        switch error.kind {
        // The network lost the connection; the system reports it once, and then what looks like a clean end.
        case .hostUnreachable, .networkUnreachable: return error.with(aftermath: .dead)
        default: return error
        }
    }
}
