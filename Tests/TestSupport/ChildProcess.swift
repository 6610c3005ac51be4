#if canImport(Glibc)
internal import CSockets
internal import Glibc

/// A program nobody here wrote, with its input and its output on pipes of ours.
public final class ChildProcess {
    /// The process's number.
    public let id: Int32
    private var input: Int32
    private let output: Int32
    private var buffered: [UInt8] = []
    private var hasEnded = false

    /// Starts a program that is found through the search path.
    ///
    /// - Parameters:
    ///   - program: The program's name or path.
    ///   - arguments: Its arguments.
    ///   - name: What it is called by. The default, nil, is `program`.
    public init(_ program: String, _ arguments: [String], as name: String? = nil) throws {
        let inputPipe = try blockingPipe()
        let outputPipe = try blockingPipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, inputPipe.reader, 0)
        posix_spawn_file_actions_adddup2(&actions, outputPipe.writer, 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        // The threads of tasks have signals blocked, which a program would inherit.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let words = ([name ?? program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let result = posix_spawnp(&process, program, &actions, &attributes, words, environ)
        close(inputPipe.reader)
        close(outputPipe.writer)
        (id, input, output) = (process, inputPipe.writer, outputPipe.reader)
        guard result == 0 else {
            hasEnded = true
            throw ChildFailure("\(program) cannot be started: \(String(cString: strerror(result)))")
        }
    }

    deinit {
        if !hasEnded {
            kill(id, SIGKILL)
            waitpid(id, nil, 0)
        }
        closeInput()
        close(output)
    }

    /// Python running a script.
    public static func python(_ script: String, _ arguments: String...) throws -> ChildProcess {
        try ChildProcess("/usr/bin/python3", ["-u", "-c", script] + arguments)
    }

    /// Ends the program's input.
    public func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Writes a line to the program.
    public func writeLine(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(input, bytes, bytes.count)
    }

    /// The next line that the program writes.
    public func readLine() throws -> String {
        while true {
            if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffered.removeSubrange(...end) }
                return String(decoding: buffered[..<end], as: UTF8.self)
            }
            guard try readMore() else { throw ChildFailure("the program has ended, after \(buffered)") }
        }
    }

    /// Everything that the program still writes.
    public func readToEnd() throws -> String {
        while try readMore() {}
        defer { buffered = [] }
        return String(decoding: buffered, as: UTF8.self)
    }

    /// Waits for the end of the program.
    ///
    /// - Returns: Its exit code, or the negated number of the signal that has ended it.
    @discardableResult
    public func waitForExit() throws -> Int32 {
        closeInput()
        _ = try readToEnd()
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 {
            guard errno == EINTR else { throw ChildFailure("no such child") }
        }
        hasEnded = true
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }

    private func readMore() throws -> Bool {
        var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        let result = poll(&entry, 1, 120_000)
        if result < 0, errno == EINTR { return true }
        guard result > 0 else { throw ChildFailure("the program is silent, after \(buffered)") }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(output, &bytes, bytes.count)
        guard count > 0 else { return false }
        buffered += bytes.prefix(count)
        return true
    }
}

/// A pipe that other children do not inherit, both ends blocking.
private func blockingPipe() throws -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [-1, -1]
    guard csockets_pipe(&ends) == 0 else { throw ChildFailure("no pipe") }
    _ = fcntl(ends[0], F_SETFL, O_RDONLY)
    _ = fcntl(ends[1], F_SETFL, O_WRONLY)
    return (ends[0], ends[1])
}

/// A program could not be started, or did not do what was expected of it.
public struct ChildFailure: Error, CustomStringConvertible {
    /// What happened.
    public let description: String
    init(_ description: String) { self.description = description }
}
#endif
