#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The number of this process.
let processNumber: Int32 = getpid()

/// The path of this program.
var ownProgram: String { CommandLine.arguments[0] }

/// A signal of the process.
enum Signal: Int32 {
    case hangUp = 1
    case interrupt = 2
    case terminate = 15
}

/// Some signals of the process, one after another. To be made once.
func signals(_ wanted: [Signal]) -> AsyncStream<Signal> {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return AsyncStream { $0.finish() } }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    signalWriter = ends[1]
    // A handler may do little more than write: a thread reads.
    for kind in wanted {
        signal(kind.rawValue) { number in
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(signalWriter, &byte, 1)
        }
    }
    let reader = ends[0]
    return AsyncStream { continuation in
        startThread {
            var byte: UInt8 = 0
            while read(reader, &byte, 1) != 0 {
                if let signal = Signal(rawValue: Int32(byte)) { continuation.yield(signal) }
            }
        }
    }
}

// Written once, before there is a handler that reads it.
nonisolated(unsafe) private var signalWriter: Int32 = -1

/// Starts a thread that ends with the process.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body: body))
    #if canImport(Darwin)
    var thread: pthread_t?
    #else
    var thread = pthread_t()
    #endif
    let result = pthread_create(
        &thread, nil,
        { argument in
            let pointer: UnsafeMutableRawPointer? = argument
            if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
            return nil
        }, box.toOpaque()
    )
    if result != 0 { box.release() }
}

private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
}
