internal import CSockets
internal import Synchronization
internal import TransportCore

/// How far a nonblocking connect has come.
struct ConnectProgress: ~Copyable, Sendable {
    private enum Phase: UInt8, AtomicRepresentable {
        /// Connected, or connected from the start.
        case established
        /// The system is connecting; its end shows as writability.
        case inProgress
        /// The peer's queue is full and the system does not wait for it (Unix streams): connect again later.
        case mustRetry
    }

    // In the order in which they take least room: every connection has them.

    /// The `errno` of a failed attempt. The system tells it once; it is kept for everyone who asks.
    private let failure = Atomic<Int32>(0)
    /// How often connecting had to be put off, up to five times, for the pause before the next try.
    private let retries = Atomic<UInt8>(0)
    private let phase: Atomic<Phase>

    /// The state of a socket that is connected.
    init() { phase = Atomic(.established) }

    /// The state after the first call of `connect` on a nonblocking socket gave this result.
    init(result: Int32) {
        switch result {
        case 0, -EISCONN: phase = Atomic(.established)
        case -EAGAIN: phase = Atomic(.mustRetry)
        default: phase = Atomic(.inProgress)
        }
    }

    /// Whether a result of `connect` on a nonblocking socket means that it goes on.
    static func goesOn(_ result: Int32) -> Bool {
        result == -EINPROGRESS || result == -EINTR || result == -EAGAIN
    }

    @inline(__always)
    var isUnderWay: Bool { phase.load(ordering: .acquiring) != .established }

    /// Whether the system is connecting, so that there is nothing to do until the socket is writable.
    var waitsForReadiness: Bool { phase.load(ordering: .acquiring) == .inProgress }

    /// Finds out whether connecting has ended, and how.
    ///
    /// - Parameter assumeReady: Whether the socket is known to be writable.
    func advance(
        _ handle: SocketHandle, _ descriptor: Int32, to address: SocketAddressBytes,
        named name: some CustomStringConvertible, assumeReady: Bool = false
    ) throws(TransportError) -> ProgressStep {
        let known = failure.load(ordering: .acquiring)
        if known != 0 { throw failed(known, name) }

        switch phase.load(ordering: .acquiring) {
        case .established: return .done
        case .mustRetry:
            let result = handle.syscalls.connect(descriptor, address)
            if result == -EAGAIN { return .wouldBlock(retryNeed(handle.now)) }
            if result == -EINPROGRESS || result == -EINTR {
                phase.store(.inProgress, ordering: .releasing)
                return .wouldBlock(Need(.writable, systemCode: EINPROGRESS))
            }
            if result < 0, result != -EISCONN { throw latch(-result, name) }
        case .inProgress:
            if !assumeReady {
                let ready = try handle.poll(.writable, until: .passed)
                guard ready else { return .wouldBlock(Need(.writable, systemCode: EINPROGRESS)) }
            }
            var code: Int32 = 0
            var length = UInt32(MemoryLayout<Int32>.size)
            try handle.check(
                handle.syscalls.getOption(descriptor, SOL_SOCKET, SO_ERROR, &code, &length), .connect
            )
            if code != 0 { throw latch(code, name) }
        }
        return try finish(handle, descriptor, name)
    }

    /// The connection stands: from here on the descriptor is a blocking one.
    private func finish(
        _ handle: SocketHandle, _ descriptor: Int32, _ name: some CustomStringConvertible
    ) throws(TransportError) -> ProgressStep {
        try handle.check(handle.syscalls.setNonblocking(descriptor, false), .connect)
        phase.store(.established, ordering: .releasing)
        return .done
    }

    /// A pause before the next try that grows from 1 to 32 ms: nothing tells when the queue has room.
    private func retryNeed(_ now: Instant) -> Need {
        let count = retries.load(ordering: .relaxed)
        if count < 5 { retries.store(count + 1, ordering: .relaxed) }
        return Need([], notBefore: now.advanced(by: .milliseconds(1 << Int(count))), systemCode: EAGAIN)
    }

    private func latch(_ code: Int32, _ name: some CustomStringConvertible) -> TransportError {
        failure.store(code, ordering: .releasing)
        return failed(code, name)
    }

    private func failed(_ code: Int32, _ name: some CustomStringConvertible) -> TransportError {
        TransportError(errno: code, .connect).with(address: name).with(aftermath: .dead)
    }
}
