internal import CSockets
public import TransportCore

/// The system's name service: every question that can be asked of it about hosts, services, protocols and addresses.
///
/// ```swift
/// let names = NameService()
/// let entries = try names.addressInfo(host: "example.org", service: "https", flags: .canonicalName, timeout: .seconds(5))
/// let (host, service) = try names.nameInfo(of: entries[0].address, timeout: .seconds(5))
/// ```
///
/// To connect, none of this is needed: `backend.connect(host:port:)` asks the backend's ``/TransportCore/Resolver``. These
/// questions are for programs that show names, keep tables, or need what the resolver leaves out.
///
/// The system answers when it likes and cannot be interrupted, so it is asked on a bounded number of threads, and the caller
/// leaves at its `timeout:` or `deadline:`; without them it waits for as long as the system takes. Only forms that several
/// threads may use at a time are called. Each question has a form that blocks and a form for tasks.
public struct NameService: TimeSource {
    private let pool: ResolverPool

    /// The system's name service. All share the process's threads for look-ups, of which there are at most 16 at a time.
    public init() { pool = .shared }

    /// A name service with threads of its own, for tests.
    package init(pool: ResolverPool) { self.pool = pool }

    /// The instant on the system's monotonic clock.
    public var now: Instant { Instant(nanoseconds: csockets_now()) }
}

extension NameService {
    /// What the system is asked, and about what.
    struct Question<Answer: Sendable>: Sendable {
        let subject: String
        let ask: @Sendable () throws(TransportError) -> Answer

        /// The answer, or the error with what it is about.
        func answer() -> Result<Answer, TransportError> {
            do throws(TransportError) {
                return .success(try ask())
            } catch {
                return .failure(error.with(address: subject))
            }
        }
    }

    func ask<Answer: Sendable>(
        _ question: Question<Answer>, _ timeout: Duration?, _ deadline: Deadline?
    ) throws(TransportError) -> Answer {
        try pool.answer(about: question.subject, until: end(timeout, deadline)) { question.answer() }
    }

    func ask<Answer: Sendable>(
        _ question: Question<Answer>, _ timeout: Duration?, _ deadline: Deadline?
    ) async throws(TransportError) -> Answer {
        try await pool.answer(about: question.subject, until: end(timeout, deadline)) { question.answer() }
    }

    /// The earlier of both limits.
    private func end(_ timeout: Duration?, _ deadline: Deadline?) throws(TransportError) -> Deadline {
        let given = deadline ?? .never
        guard let timeout else { return given }
        return min(try self.deadline(after: timeout), given)
    }

    /// Throws when C would take a text for a shorter one.
    static func check(_ text: String?, _ what: String) throws(TransportError) {
        guard let text, text.utf8.contains(0) else { return }
        throw .invalidArgument("the \(what) \(QuotedInput(text)) contains a NUL", operation: .resolve)
    }
}

// MARK: - This machine

extension NameService {
    /// The name of this machine, which need not be complete, nor be known to name servers. Does not wait.
    ///
    /// The corresponding C function is `gethostname`.
    ///
    /// - Throws: The system's error.
    public static func hostName() throws(TransportError) -> String {
        try withTextBuffer(257) { (buffer, size) throws(TransportError) in
            let result = csockets_hostname(buffer, size)
            if result < 0 { throw TransportError(errno: -result, .resolve) }
        }
    }

    /// Gives memory for a text of C, and reads the text from it.
    static func withTextBuffer(
        _ size: Int, _ body: (UnsafeMutablePointer<CChar>, Int) throws(TransportError) -> Void
    ) throws(TransportError) -> String {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer -> Result<String, TransportError> in
            buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress else { return .success("") }
            do throws(TransportError) {
                try body(start, size)
                return .success(String(cString: start))
            } catch {
                return .failure(error)
            }
        }.get()
    }
}

/// Gives a text to C, or nothing.
func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}
