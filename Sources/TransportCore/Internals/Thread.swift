internal import CThreads

/// Starts a thread that nobody waits for, and to which no signals of the process are given.
///
/// - Returns: Whether the system could start it.
package func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    let box = Unmanaged.passRetained(ThreadBody(body))
    let started = cthreads_start(
        { argument in
            if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body() }
        }, box.toOpaque()
    )
    if !started { box.release() }
    return started
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
