#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif
public import TransportCore

extension PacketCapture {
    /// Begins a recording in a file. What was there before is replaced; the file is the owner's alone to read.
    ///
    /// Times are those of the system's clock, as far as the streams are on its monotonic one. Each call of a stream writes
    /// to the file; when that fails, such as on a full disk, the recording ends and the streams go on.
    ///
    /// - Parameter path: Where the file is to be.
    /// - Throws: ``/TransportCore/TransportError/Kind/system`` with the `errno` when the file cannot be made.
    public convenience init(path: String) throws(TransportError) {
        let file = try CaptureFile(path: path)
        self.init(clockOffset: CaptureFile.clockOffset) { file.write($0) }
    }
}

/// A file that is written from its beginning to its end; the only system calls of this module.
private final class CaptureFile: Sendable {
    private let descriptor: Int32
    private let hasFailed = Locked(false)

    init(path: String) throws(TransportError) {
        guard !path.utf8.contains(0) else {
            throw .invalidArgument("the path \(QuotedInput(path)) contains a NUL", operation: .open)
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let number = errno
            let code = TransportError.Code(domain: .posix, value: number, text: String(cString: strerror(number)))
            throw TransportError(.system, operation: .open, code: code).with(address: path)
                .with(message: "the file for the recording cannot be made")
        }
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) {
        hasFailed.withLock { hasFailed in
            var start = 0
            while start < bytes.count, !hasFailed {
                let count = bytes.withUnsafeBytes { memory in
                    systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: memory[start...]))
                }
                if count > 0 { start += count } else { hasFailed = count == 0 || errno != EINTR }
            }
        }
    }

    /// What the monotonic clock is behind the time since 1970, in nanoseconds.
    static var clockOffset: Int64 { nanoseconds(of: CLOCK_REALTIME) - nanoseconds(of: CLOCK_MONOTONIC) }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}
