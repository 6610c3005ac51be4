import Glibc
import Synchronization
import Testing
import TransportCore

/// Work on a thread of its own, for what blocks.
///
/// A worker that never ends is left behind and reported: a test never waits for one for ever.
final class Worker<Value: Sendable>: Sendable {
    private let result = Locked<Result<Value, any Error>?>(nil)
    private let threadID = Atomic<Int>(0)
    private let thread = Atomic<UInt>(0)

    init(_ body: @escaping @Sendable () throws -> Value) {
        runOnThread { [self] in
            // The threads of the test runner keep signals out, and new threads inherit that.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGUSR2)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            thread.store(UInt(pthread_self()), ordering: .releasing)
            threadID.store(currentThreadID(), ordering: .releasing)
            let outcome = Result { try body() }
            result.withLock { $0 = outcome }
            result.wakeAll()
        }
    }

    /// Whether it has ended.
    var isDone: Bool { result.withLock { $0 != nil } }

    /// Waits for the end.
    func value(within limit: Duration = patience) throws -> Value {
        let deadline = SystemClock.now + limit.inNanoseconds
        guard let outcome = result.wait(until: deadline, for: { $0 }) else {
            throw Unexpected("the worker is still blocked after \(limit)")
        }
        return try outcome.get()
    }

    /// Waits for the failure with which it ends.
    func failure(
        within limit: Duration = patience, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> TransportError {
        do {
            let value = try value(within: limit)
            throw Unexpected("there was no failure but \(value)")
        } catch let error as TransportError {
            return error
        }
    }

    /// Waits until the thread sleeps in a system call that waits for something. One for a lock counts only when it lasts:
    /// that is a wait too.
    ///
    /// In any other call, and where memory is missing (a call of the number -1), a thread sleeps for a moment at most, when the
    /// system itself has others wait: making a socket, for example, while the table of descriptors grows.
    func waitUntilBlocked() throws {
        var looksAtLock = 0
        try eventually("the worker blocks in the system") {
            let id = threadID.load(ordering: .acquiring)
            guard id != 0 else { return false }
            if isDone { throw Unexpected("the worker has ended without blocking") }
            guard let text = readSystemFile("/proc/self/task/\(id)/syscall"),
                let number = text.split(separator: " ").first.flatMap({ Int($0) })
            else { return false }
            #if arch(x86_64)
            let lock = 202
            #else
            let lock = 98
            #endif
            looksAtLock = number == lock ? looksAtLock + 1 : 0
            if looksAtLock > 100 { return true }
            return callsThatWait.contains(number)
        }
    }

    /// Sends the thread a signal, if it has begun and has not ended.
    func signal(_ number: Int32) {
        result.withLock { result in
            // Until it has given its result, the thread is there.
            guard result == nil, threadID.load(ordering: .acquiring) != 0 else { return }
            pthread_kill(pthread_t(thread.load(ordering: .acquiring)), number)
        }
    }
}

/// The numbers of the system's calls that wait: poll, ppoll; accept, accept4; connect; recvfrom, recvmsg, recvmmsg; sendto, sendmsg,
/// sendmmsg; sendfile; epoll_wait, epoll_pwait; nanosleep, clock_nanosleep.
#if arch(x86_64)
private let callsThatWait: Set = [7, 271, 43, 288, 42, 45, 47, 299, 44, 46, 307, 40, 232, 281, 35, 230]
#else
private let callsThatWait: Set = [73, 202, 242, 203, 207, 212, 243, 206, 211, 269, 71, 22, 101, 115]
#endif

/// The system's number of this thread.
private func currentThreadID() -> Int {
    var text = [CChar](repeating: 0, count: 64)
    let count = readlink("/proc/thread-self", &text, text.count)
    let path = String(decoding: text.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.split(separator: "/").last.flatMap { Int($0) } ?? 0
}

/// The system's monotonic clock.
enum SystemClock {
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The processor time that this process has used.
    static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}

extension Duration {
    var inNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

/// Measures how long something takes.
func elapsed(_ body: () throws -> Void) rethrows -> Duration {
    let start = SystemClock.now
    try body()
    return .nanoseconds(SystemClock.now - start)
}

/// Asks again and again whether something holds, until it does.
func eventually(_ what: String, within limit: Duration = patience, _ condition: () throws -> Bool) throws {
    let deadline = SystemClock.now + limit.inNanoseconds
    while try !condition() {
        guard SystemClock.now < deadline else { throw Unexpected("after \(limit) it still does not hold that \(what)") }
        sched_yield()
    }
}

/// The text of a file of the system, which has no size to ask for.
func readSystemFile(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = read(file, &bytes, bytes.count)
    return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// Starts a thread that nobody waits for.
func runOnThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let result = pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, box.toOpaque())
    precondition(result == 0, "the system could not start a thread")
    pthread_detach(thread)
}

/// A flag that threads share.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() { value.store(true, ordering: .releasing) }
}

/// A number that threads share.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .acquiring) }

    /// Adds one; gives the new number.
    @discardableResult
    func increment() -> Int { number.add(1, ordering: .acquiringAndReleasing).newValue }
}
