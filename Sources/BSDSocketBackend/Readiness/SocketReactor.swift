public import TransportCore

/// Wakes suspended tasks when their sockets are ready, with one thread for all of them (epoll, kqueue), which can run the
/// tasks too.
///
/// Nothing has to be done to use one: tasks that wait for a socket have ``shared`` wake them and go on where they ran
/// before. A program that serves many connections gives its tasks to a reactor instead, so that what wakes a task also
/// runs it, and no other thread has to be woken:
///
/// ```swift
/// let reactor = try SocketReactor()
/// try await withTaskExecutorPreference(reactor) {
///     for try await connection in listener.connections { … }
/// }
/// ```
///
/// A task that prefers no executor goes on at the reactor's thread, too, when it has waited for a socket of the reactor.
/// Tasks that run there must not block. A socket stays with the reactor in which it was first waited for.
public final class SocketReactor: TaskExecutor, Sendable {
    let loop: ReactorLoop

    /// Makes a reactor, with a thread of its own. It ends when nobody refers to it and no open socket belongs to it.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/tooManyOpenFiles`` and
    ///   ``/TransportCore/TransportError/Kind/outOfResources`` when the system has no descriptors or threads left.
    public convenience init() throws(TransportError) { try self.init(wakesOnly: false) }

    private init(wakesOnly: Bool) throws(TransportError) {
        loop = try ReactorLoop(wakesOnly: wakesOnly)
        try loop.start(for: self)
    }

    // The thread keeps the loop, and not the reactor.
    deinit { loop.end() }

    /// The reactor of all sockets for which no other one was chosen.
    ///
    /// - Throws: As ``init()`` does, until it has been made.
    public static var shared: SocketReactor {
        get throws(TransportError) {
            try theShared.withLock { (shared) throws(TransportError) in
                if let shared { return shared }
                let reactor = try SocketReactor(wakesOnly: true)
                shared = reactor
                return reactor
            }
        }
    }

    private static let theShared = Locked<SocketReactor?>(nil)

    /// The reactor whose thread this is, or else the shared one.
    static var current: SocketReactor {
        get throws(TransportError) {
            guard let own = ReactorLoop.current?.reactor else { return try shared }
            return own
        }
    }

    /// Has a part of a task run on the reactor's thread.
    public func enqueue(_ job: consuming ExecutorJob) { loop.enqueue(UnownedJob(job)) }
}
