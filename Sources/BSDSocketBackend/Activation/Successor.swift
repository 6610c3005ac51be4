internal import CSockets
public import TransportCore

/// A new process that takes the listening sockets of this one over, so that a program is replaced without refusing anyone.
///
/// ```swift
/// let successor = try Successor(program, arguments: [], taking: [HandedSocket(listener, named: "web")])
/// try await successor.untilReady(timeout: .seconds(30))
/// await server.stop(within: .seconds(60))
/// ```
///
/// The new process finds the sockets as it would find those of systemd, with
/// ``InheritedSocket/fromEnvironment(clearingEnvironment:)``, and says that it serves with
/// ``ServiceManager/notify(_:)``. It has to say so itself: what other processes say, even its own children, is passed
/// over. From its start on both processes have the sockets: who connects is queued once, and accepted by either. When
/// the old one stops, whoever is queued is left to the new one.
public final class Successor: Sendable {
    /// The number of the process.
    public let processID: Int32

    private let notices: NoticeSocket

    /// Starts the new process.
    ///
    /// It has this process's environment, standard input and output, and no other open descriptor of this library's than the
    /// sockets.
    ///
    /// - Parameters:
    ///   - program: The path of the program.
    ///   - arguments: Its arguments, without its name. The default is none.
    ///   - sockets: What it takes over.
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchFile`` and ``/TransportCore/TransportError/Kind/permissionDenied``
    ///   for a program that cannot be executed, and other errors of the system.
    public init(
        _ program: String, arguments: [String] = [], taking sockets: [HandedSocket]
    ) throws(TransportError) {
        notices = try NoticeSocket()
        let own = ["LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=", "NOTIFY_SOCKET="]
        var environment = ProcessEnvironment.all.filter { entry in !own.contains { entry.hasPrefix($0) } }
        environment += [
            "LISTEN_FDS=\(sockets.count)", "LISTEN_FDNAMES=\(sockets.map(\.name).joined(separator: ":"))",
            "NOTIFY_SOCKET=\(notices.environmentValue)",
        ]
        processID = try Self.start(program, arguments, environment, sockets[...], [])
        // From here on, shutting one down would end it for the new process.
        for socket in sockets { socket.handle.share() }
    }

    deinit {
        // One that has ended would otherwise stay in the system's table as long as this process.
        var status: Int32 = 0
        _ = csockets_child_status(processID, &status)
    }

    /// Starts the program, being a user of each of the sockets meanwhile.
    private static func start(
        _ program: String, _ arguments: [String], _ environment: [String], _ rest: ArraySlice<HandedSocket>,
        _ descriptors: [Int32]
    ) throws(TransportError) -> Int32 {
        guard let first = rest.first else { return try spawn(program, arguments, environment, descriptors) }
        return try first.handle.use(.open) { (descriptor) throws(TransportError) in
            try start(program, arguments, environment, rest.dropFirst(), descriptors + [descriptor])
        }
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String], _ descriptors: [Int32]
    ) throws(TransportError) -> Int32 {
        let result = withCStrings([program] + arguments) { arguments in
            // The new process writes its number behind the last one.
            withCStrings(environment + ["LISTEN_PID="], spare: 12) { environment in
                csockets_spawn(program, arguments, environment, descriptors, Int32(descriptors.count))
            }
        }
        guard result > 0 else {
            throw failureToStart(program, TransportError(errno: -result, .open))
        }
        return result
    }

    private static func failureToStart(_ program: String, _ error: TransportError) -> TransportError {
        let named = error.with(message: "starting \(QuotedInput.bare(program, limit: 255))")
        return switch error.kind {
        case .noSuchFile:
            named.with(
                advice: "check the path of the program: it is not looked for in PATH, and the program itself may "
                    + "have been replaced or removed since this process was started")
        case .permissionDenied: named.with(advice: "check that the file is a program that this user may execute")
        default: named
        }
    }

    // MARK: Being ready

    /// How often it is looked whether the process has ended while it is waited for.
    private static let patience = Duration.milliseconds(100)

    /// Waits until the process says that it serves, suspending the task.
    ///
    /// - Parameter timeout: How long to wait. The process is ended when it is not ready then.
    /// - Throws: ``/TransportCore/TransportError/Kind/timedOut``; ``/TransportCore/TransportError/Kind/cancelled``, after which
    ///   it can be waited for again; ``/TransportCore/TransportError/Kind/unexpectedEnd`` when the process has ended. This
    ///   process has its listeners as before, and can go on.
    public func untilReady(timeout: Duration) async throws(TransportError) {
        let end = try notices.socket.transport.deadline(after: timeout)
        while try !hasSaidReady(until: end) {
            _ = try await notices.socket.transport.ready(for: .readable, until: nextLook(end))
        }
    }

    /// Waits until the process says that it serves, blocking this thread. Like the form for tasks.
    public func untilReady(timeout: Duration) throws(TransportError) {
        let end = try notices.socket.transport.deadline(after: timeout)
        while try !hasSaidReady(until: end) {
            _ = try notices.socket.transport.wait(for: .readable, until: nextLook(end))
        }
    }

    /// When to look again, also if nobody has said anything.
    private func nextLook(_ end: Deadline) -> Deadline {
        min(end, .at(notices.socket.transport.now.advanced(by: Self.patience)))
    }

    /// Whether the process has said that it serves; throws when it has ended, or the time is over.
    private func hasSaidReady(until end: Deadline) throws(TransportError) -> Bool {
        if try hasReadyNotice() {
            notices.removeAddress()
            return true
        }
        var status: Int32 = 0
        if csockets_child_status(processID, &status) == processID {
            // It may have said so just before its end.
            if try hasReadyNotice() { return true }
            let how = status < 0 ? "by signal \(-status)" : "with \(status)"
            throw TransportError(.unexpectedEnd, operation: .open)
                .with(message: "the process \(processID) has ended \(how) before it was ready").with(aftermath: .usable)
                .with(advice: "look at what it has printed; this process has its sockets as before, and can go on")
        }
        guard end.hasPassed(at: notices.socket.transport.now) else { return false }
        abort()
        throw TransportError(.timedOut, operation: .open)
            .with(message: "the process \(processID) was not ready in time")
            .with(advice: "a longer timeout, or find out why it does not call ServiceManager.notify(.ready)")
    }

    /// So many notices are read before the time is looked at: whoever sends without end must not outlast it.
    private static let mostNoticesAtOnce = 1000

    /// Reads the notices that are there, and passes over those that somebody else has sent.
    ///
    /// A process knows the address from its parent, who may have given it away. The number of the sender is nobody else's,
    /// because this process has not waited for its end; its user may be another one by now.
    private func hasReadyNotice() throws(TransportError) -> Bool {
        for _ in 0..<Self.mostNoticesAtOnce {
            guard let notice = try notices.next() else { return false }
            let isFromProcess = SocketOptionName.passCredentials == nil || notice.process == processID
            if isFromProcess, Self.saysReady(notice.bytes[...]) { return true }
        }
        return false
    }

    private static func saysReady(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.split(separator: UInt8(ascii: "\n")).contains { $0.elementsEqual("READY=1".utf8) }
    }

    /// Ends the process at once, when it is of no use, and waits for that.
    public func abort() { csockets_kill(processID) }
}

/// Has `body` use texts as C has them, ended by a null.
///
/// - Parameter spare: How many more characters than it has there is room for in each text.
private func withCStrings<Result>(
    _ texts: [String], spare: Int = 0, _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers: [UnsafeMutablePointer<CChar>?] = texts.map { text in
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + spare)
        copy.initialize(repeating: 0, count: bytes.count + spare)
        for (index, byte) in bytes.enumerated() { copy[index] = byte }
        return copy
    }
    defer { for pointer in pointers { pointer?.deallocate() } }
    return body(pointers + [nil])
}
