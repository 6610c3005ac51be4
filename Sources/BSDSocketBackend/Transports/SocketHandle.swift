internal import CSockets
internal import Synchronization
package import TransportCore

/// The owner of a socket's descriptor: closes it exactly once, after its last user has left.
///
/// The system would let a thread go on using a descriptor that another thread has closed, by then perhaps somebody
/// else's under the same number, and would not wake it. So every call enters and leaves here, and `close()` marks the
/// handle, wakes whoever is inside, and leaves closing the descriptor to the last of them.
///
/// Outside this package it is opaque: it says which socket an object has.
public final class SocketHandle: Sendable {
    /// The descriptor. Valid between ``enter(_:)`` and ``leave()``.
    package let descriptor: Int32

    /// The family's number that the socket was made with.
    @usableFromInline package let domain: Int32

    package let syscalls: Syscalls

    // Here, where they take no room: every connection has a handle.

    /// Whether the socket has its place in a reactor, from the first time that a task waits for it.
    let isPlaced = Atomic<Bool>(false)
    /// Whether other programs have the socket too: it must not be shut down, which would end it for all of them.
    private let isSharedBit = Atomic<Bool>(false)

    /// The descriptor that becomes readable on closing, or -1 where shutting the socket down wakes everyone.
    package let wakeDescriptor: Int32
    private let wakeWriter: Int32

    /// Bit 31: closed. The rest: how many users are inside.
    private let state = Atomic<UInt32>(0)
    private static let closedBit: UInt32 = 1 << 31

    /// The task that is never cancelled without the socket being closed, too; 0 for none. Only to be compared with others.
    let trustedTask = Atomic<UInt>(0)

    // The socket's place in a reactor (`SocketHandle+Readiness.swift`). What is no atomic here is written with the lock for
    // choosing a reactor held, before `isPlaced` is set with release order. Users read it after they have seen that with acquire
    // order, and the reactor's thread after the handle was given to it under the reactor's lock.

    /// What is known of the socket's readiness.
    let readiness = Atomic<UInt64>(0)
    /// By what the reactor finds the handle; never given twice.
    nonisolated(unsafe) var token: UInt64 = 0
    /// The reactor in which the socket has its place, or is to get it wherever the first wait begins. Kept, but by hand: what
    /// is used in every operation is not to be counted.
    nonisolated(unsafe) var reactor: Unmanaged<SocketReactor>?
    /// What is to be fetched ahead for the next user.
    let footprint = Footprint()
    /// For whoever waits while nobody else does, which is nearly always so. Kept in the same way.
    nonisolated(unsafe) var ownWaiter: Unmanaged<ReactorWaiter>?

    /// Who waits: the first of a chain, each of whom is kept by the task that waits. Touched only with the reactor's lock
    /// held, which needs no further check.
    @exclusivity(unchecked) nonisolated(unsafe) var firstWaiter: Unmanaged<ReactorWaiter>?

    /// Whether other programs have the socket too.
    package var isShared: Bool { isSharedBit.load(ordering: .acquiring) }

    /// Takes note that other programs have the socket too. Only for sockets with a wake descriptor.
    package func share() { isSharedBit.store(true, ordering: .releasing) }

    /// Takes a descriptor over.
    ///
    /// - Parameters:
    ///   - descriptor: The descriptor; closed here from now on, also when this fails.
    ///   - wakesByShutdown: Whether shutting the socket down wakes whoever waits on it, which holds for connected
    ///     streams everywhere and for every socket on Linux.
    ///   - maybeShared: Whether other programs may have the socket, now or later, so that closing it must wake in another
    ///     way. The default is no.
    package convenience init(
        owning descriptor: Int32, domain: Int32, syscalls: Syscalls, wakesByShutdown: Bool = true,
        maybeShared: Bool = false
    ) throws(TransportError) {
        let pipe: (reader: Int32, writer: Int32)
        do throws(TransportError) {
            let isNeeded = maybeShared || !wakesByShutdown && !syscalls.shutdownWakesAll
            pipe = isNeeded ? try SocketHandle.wakePipe(syscalls) : (-1, -1)
        } catch {
            syscalls.close(descriptor)
            throw error
        }
        self.init(descriptor, domain, syscalls, pipe)
    }

    private init(_ descriptor: Int32, _ domain: Int32, _ syscalls: Syscalls, _ pipe: (reader: Int32, writer: Int32)) {
        self.descriptor = descriptor
        self.domain = domain
        self.syscalls = syscalls
        (wakeDescriptor, wakeWriter) = pipe
    }

    private static func wakePipe(_ syscalls: Syscalls) throws(TransportError) -> (reader: Int32, writer: Int32) {
        let pipe = syscalls.pipe()
        guard pipe.result == 0 else { throw TransportError(errno: -pipe.result, .open) }
        return (pipe.reader, pipe.writer)
    }

    /// Takes a descriptor over that was made elsewhere.
    ///
    /// - Parameters:
    ///   - descriptor: The descriptor; it stays the caller's when this fails.
    ///   - isShared: Whether somebody else has the socket too.
    package convenience init(
        adopting descriptor: Int32, domain: Int32, syscalls: Syscalls, isShared: Bool
    ) throws(TransportError) {
        let isNeeded = isShared || !syscalls.shutdownWakesAll
        self.init(descriptor, domain, syscalls, isNeeded ? try SocketHandle.wakePipe(syscalls) : (-1, -1))
        if isShared { share() }
    }

    /// Makes a socket.
    package convenience init(
        domain: Int32, type: Int32, nonblocking: Bool = false, wakesByShutdown: Bool = true, maybeShared: Bool = false,
        syscalls: Syscalls
    ) throws(TransportError) {
        let descriptor = syscalls.socket(domain, type, 0, nonblocking: nonblocking)
        guard descriptor >= 0 else { throw TransportError(errno: -descriptor, .open) }
        try self.init(
            owning: descriptor, domain: domain, syscalls: syscalls, wakesByShutdown: wakesByShutdown,
            maybeShared: maybeShared
        )
    }

    deinit {
        // Users keep the handle alive, so nobody is inside any more.
        if state.load(ordering: .acquiring) & Self.closedBit == 0 { releaseDescriptors() }
        ownWaiter?.release()
        reactor?.release()
    }

    /// Whether a blocking system call on the socket is woken by ``close()``.
    package var mayBlockInCalls: Bool { wakeDescriptor < 0 }

    package var isClosed: Bool { state.load(ordering: .acquiring) & Self.closedBit != 0 }

    // MARK: Users

    /// How many are inside, for tests.
    package var userCount: Int { Int(state.load(ordering: .acquiring) & (Self.releasedBit - 1)) }

    /// Begins to use the descriptor; ``leave()`` must follow.
    @inline(__always)
    package func enter(_ operation: TransportError.Operation) throws(TransportError) {
        // It cannot overflow: there are fewer threads and tasks.
        let old = state.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
        if old & Self.closedBit != 0 { throw refusal(of: operation) }
    }

    @inline(never)
    private func refusal(of operation: TransportError.Operation) -> TransportError {
        leave()
        return .closed(operation)
    }

    /// Ends using the descriptor.
    @inline(__always)
    package func leave() {
        let left = state.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
        if left == Self.closedBit { leaveClosed() }
    }

    /// What the last one out of a closed handle does.
    @inline(never)
    private func leaveClosed() {
        // A second mark, so that a late visitor does not close once more.
        let isLast = state.compareExchange(
            expected: Self.closedBit, desired: Self.closedBit | Self.releasedBit, ordering: .acquiringAndReleasing
        ).exchanged
        if isLast { releaseDescriptors() }
    }

    /// Set when the descriptor has been closed; counts of users stay below it.
    private static let releasedBit: UInt32 = 1 << 30

    /// Uses the descriptor.
    @inline(__always)
    package func use<Result>(
        _ operation: TransportError.Operation, _ body: (Int32) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        try enter(operation)
        defer { leave() }
        return try body(descriptor)
    }

    /// Closes: whoever is inside is woken and fails with ``TransportError/Kind/closed``.
    package func close(aborting: Bool = false) {
        // As a user, so that the descriptor stays this socket's until it has been shut down.
        let old = state.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
        if old & Self.closedBit == 0 {
            let before = state.bitwiseOr(Self.closedBit, ordering: .acquiringAndReleasing).oldValue
            if before & Self.closedBit == 0, before > 1 || isRegistered {
                wakeUsers(aborting: aborting)
            }
        }
        leave()
    }

    /// Gives the descriptor away, open as it is; the handle is closed from then on.
    ///
    /// - Throws: ``TransportError/Kind/busy`` while somebody is inside, ``TransportError/Kind/closed`` after ``close()``.
    package func detach(for operation: TransportError.Operation) throws(TransportError) -> Int32 {
        let (gone, found) = state.compareExchange(
            expected: 0, desired: Self.closedBit | Self.releasedBit, ordering: .acquiringAndReleasing)
        guard gone else {
            if found & Self.closedBit != 0 { throw .closed(operation) }
            throw TransportError(.busy, operation: operation)
                .with(message: "the descriptor is in use: let the calls that use it end first")
        }
        unregister()
        closeWakePipe()
        return descriptor
    }

    /// Wakes whoever is inside; to be called by a user.
    ///
    /// - Parameter aborting: Whether the peer is to see a reset and not an end, which shutting down would tell it of.
    package func wakeUsers(aborting: Bool = false) {
        if !isShared { shutDown(aborting: aborting) }
        // Those who wait for a time alone do not look at the socket.
        Self.wakeSleepers()
        // Written at most twice, when accepting is stopped and when the handle is closed: there always is room.
        if wakeWriter >= 0 { _ = withUnsafeBytes(of: UInt8(0)) { csockets_write(wakeWriter, $0.baseAddress, 1) } }
        wakeWaiters()
    }

    private func shutDown(aborting: Bool) {
        // Dissolving the association resets a TCP connection at once and wakes everyone, where the system can do that.
        if !aborting || syscalls.connect(descriptor, .unspecified) < 0 {
            _ = syscalls.shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    /// Lets go of the socket and keeps its number, until the handle is closed. To be called by a user.
    package func letGo() { _ = csockets_replace(descriptor, wakeDescriptor) }

    private func releaseDescriptors() {
        unregister()
        syscalls.close(descriptor)
        closeWakePipe()
    }

    private func unregister() {
        if isRegistered { withLoop { $0.remove(self) } }
    }

    private func closeWakePipe() {
        guard wakeDescriptor >= 0 else { return }
        syscalls.close(wakeDescriptor)
        syscalls.close(wakeWriter)
    }

    // MARK: Waiting

    /// Where those sleep who wait for a time alone, of all sockets: there are few, and they are seldom woken.
    private static let sleepers = Locked(false)  // a value of no size would have the address of somebody else's

    /// Sleeps until a time, or until a condition holds, or until the handle is closed. To be called by a user.
    private func sleep(
        until deadline: Deadline, orUntil condition: () -> Bool = { false }
    ) throws(TransportError) {
        let _: Bool? = Self.sleepers.wait(until: deadline.instant?.nanoseconds) { _ in
            isClosed || condition() ? true : nil
        }
        if isClosed { throw .closed(.wait) }
    }

    /// Has those who sleep look again.
    private static func wakeSleepers() {
        // Nobody is between having looked and going to sleep then.
        sleepers.withLock { _ in }
        sleepers.wakeAll()
    }

    /// Waits for an event. False when the deadline passed.
    package func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try use(.wait) { (_) throws(TransportError) in
            let waker = event.whenSet { Self.wakeSleepers() }
            defer { event.forget(waker) }
            try sleep(until: deadline, orUntil: { event.isSet })
            return event.isSet
        }
    }

    /// Waits for readiness; to be called by a user. False when the deadline passed.
    package func poll(_ need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        var events: Int16 = 0
        if need.interest.contains(.readable) { events |= Int16(POLLIN) }
        if need.interest.contains(.writable) { events |= Int16(POLLOUT) }

        guard events != 0 else {
            // Nothing to wait for but time. The socket itself may look ready all along.
            let end = need.notBefore.map(Deadline.at) ?? .never
            try sleep(until: min(deadline, end))
            return end < deadline
        }
        let snapshot = snapshot
        let result = syscalls.poll(
            descriptor, events, wake: wakeDescriptor, untilNanoseconds: deadline.instant?.nanoseconds
        )
        if result == 0, isRegistered { lacks(need.interest, since: snapshot) }
        if isClosed { throw .closed(.wait) }
        guard result >= 0 else { throw TransportError(errno: -result, .wait) }
        return result > 0
    }

    /// Waits for readiness. False when the deadline passed.
    package func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try use(.wait) { (_) throws(TransportError) in try poll(need, until: deadline) }
    }

    package var now: Instant { Instant(nanoseconds: syscalls.now()) }

    // MARK: Results

    /// The error of a failed call, or that the handle was closed meanwhile, which is why it failed.
    package func failure(_ code: Int, _ operation: TransportError.Operation) -> TransportError {
        isClosed ? .closed(operation) : TransportError(errno: Int32(clamping: -code), operation)
    }

    /// Throws when a call failed.
    package func check(_ result: Int32, _ operation: TransportError.Operation) throws(TransportError) {
        if result < 0 { throw failure(Int(result), operation) }
    }
}
