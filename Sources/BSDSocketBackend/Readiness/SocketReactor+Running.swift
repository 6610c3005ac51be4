extension SocketReactor {
    /// Runs a task, and the child tasks that it has, on the reactor's thread, whatever actor the caller is on.
    ///
    /// ```swift
    /// @main struct Program {
    ///     static func main() async throws {
    ///         let reactor = try SocketReactor()
    ///         try await reactor.run { try await serve() }
    ///     }
    /// }
    /// ```
    ///
    /// `main()` is on the main actor, and so is everything that is called from it: each operation that has to wait would be
    /// woken on the main thread, a switch of threads and two system calls each time. The body is on no actor: what waits in
    /// it goes on where it was woken.
    ///
    /// - Returns: What the body returns.
    /// - Throws: What the body throws.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @concurrent @Sendable () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        try await withTaskExecutorPreference(self) { () async throws(Failure) -> Result in try await body() }
    }
}
