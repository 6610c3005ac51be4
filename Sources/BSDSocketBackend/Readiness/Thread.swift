#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Starts a thread that nobody waits for.
///
/// Signals that are meant for the process stay away from it: they are for the threads of the program.
///
/// - Returns: Whether the system could start it.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var all = sigset_t()
    var old = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &old)
    defer { pthread_sigmask(SIG_SETMASK, &old, nil) }

    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
    var thread: pthread_t?
    let result = pthread_create(&thread, nil, { argument in
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
        return nil
    }, box.toOpaque())
    guard result == 0, let thread else {
        box.release()
        return false
    }
    #else
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, { argument in
        if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
    }, box.toOpaque())
    guard result == 0 else {
        box.release()
        return false
    }
    #endif
    pthread_detach(thread)
    return true
}
