internal import CSockets
public import TransportCore

/// What the system said about a message besides its bytes.
@usableFromInline
struct ReceivedMessage: Sendable {
    /// Who sent it, in the system's form.
    @usableFromInline var sender = SocketAddressBytes()
    /// Whether the message was longer than the buffer.
    @usableFromInline var isTruncated = false

    @inlinable
    init() {}
}

// The operations of a datagram socket, as far as they do not depend on the address family. What does is inlined into the
// caller, who knows the family: not specialised, a round trip takes three times as many instructions.
extension SocketHandle {
    @usableFromInline
    func tryReceiveMessage(
        into buffer: inout OutputRawSpan, _ message: inout ReceivedMessage
    ) throws(TransportError) -> ReceiveStep {
        try enter(.receive)
        defer { leave() }
        return try receiveMessage(into: &buffer, &message, flags: csockets_msg_dontwait)
    }

    @usableFromInline
    func receiveMessage(
        into buffer: inout OutputRawSpan, _ message: inout ReceivedMessage, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        try enter(.receive)
        defer { leave() }
        if deadline == .never, mayBlockInCalls {
            let step = try receiveMessage(into: &buffer, &message, flags: 0)
            guard case .wouldBlock = step else { return step }
        }
        while true {
            guard try poll(.readable, until: deadline) else { return .wouldBlock(.readable) }
            let step = try receiveMessage(into: &buffer, &message, flags: csockets_msg_dontwait)
            guard case .wouldBlock = step, !deadline.hasPassed(at: now) else { return step }
        }
    }

    /// Sends a datagram, waiting for room until a deadline; with none, only when there is room now.
    @usableFromInline
    func sendMessage(
        _ bytes: RawSpan, to address: SocketAddressBytes?, until deadline: Deadline?
    ) throws(TransportError) -> SendStep {
        try enter(.send)
        defer { leave() }
        let flags = deadline == .never && mayBlockInCalls ? 0 : csockets_msg_dontwait
        var step = try sendMessage(bytes, to: address, flags: flags)
        var pauses = 0
        while case .wouldBlock(let need) = step, let deadline {
            var need = need
            // Longer and longer pauses, where there is nothing else to wait for.
            if need.interest.isEmpty { need.notBefore = now.advanced(by: .milliseconds(1 << min(pauses, 5))) }
            guard try poll(need, until: deadline) else { return step }
            step = try sendMessage(bytes, to: address, flags: csockets_msg_dontwait)
            if deadline.hasPassed(at: now) { return step }
            pauses += 1
        }
        return step
    }

    private func receiveMessage(
        into buffer: inout OutputRawSpan, _ message: inout ReceivedMessage, flags: Int32
    ) throws(TransportError) -> ReceiveStep {
        let snapshot = snapshot
        let result = buffer.withUnsafeMutableBytes { memory, count in
            let free = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            let result = syscalls.receiveDatagram(
                descriptor, free, from: &message.sender, isTruncated: &message.isTruncated, flags: flags
            )
            if result > 0 { count += result }
            return result
        }
        if result == -Int(EAGAIN), isRegistered { lacks(.readable, since: snapshot) }
        // Closing wakes a blocked receive with what looks like an empty datagram.
        if result == 0, isClosed { throw .closed(.receive) }
        if result >= 0 { return .received(result) }
        if result == -Int(EAGAIN) { return .wouldBlock(Need(.readable, systemCode: EAGAIN)) }
        throw datagramFailure(result, .receive)
    }

    private func sendMessage(
        _ bytes: RawSpan, to address: SocketAddressBytes?, flags: Int32
    ) throws(TransportError) -> SendStep {
        let result = bytes.withUnsafeBytes { memory in
            attempt(.writable) {
                if let address {
                    syscalls.send(descriptor, memory, to: address, flags: flags)
                } else {
                    syscalls.send(descriptor, memory, flags: flags)
                }
            }
        }
        return try datagramSendStep(result)
    }

    /// What the result of sending one or more datagrams means.
    func datagramSendStep(_ result: Int) throws(TransportError) -> SendStep {
        if result >= 0 { return .sent(result) }
        if result == -Int(EAGAIN) {
            // A Unix socket counts as writable while its receiver is full, and nothing tells when it no longer is.
            guard domain == AF_UNIX else { return .wouldBlock(Need(.writable, systemCode: EAGAIN)) }
            return .wouldBlock(Need([], notBefore: now.advanced(by: .milliseconds(1)), systemCode: EAGAIN))
        }
        throw datagramFailure(result, .send)
    }

    /// An error about one datagram leaves the socket usable.
    func datagramFailure(_ result: Int, _ operation: TransportError.Operation) -> TransportError {
        let error = failure(result, operation)
        return error.kind == .closed ? error : error.with(aftermath: .usable)
    }
}
