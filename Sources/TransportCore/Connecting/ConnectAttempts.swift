/// The failures of the attempts to reach a host, one for each address that was tried.
struct ConnectAttempts {
    let host: String
    private var failures: [TransportError] = []

    init(host: String) { self.host = host }

    /// Adds a failure.
    ///
    /// - Returns: Whether the next address is to be tried.
    mutating func goOn(after error: TransportError) -> Bool {
        failures.append(error)
        // The budget is used up, or nobody wants the connection any more.
        return error.kind != .timedOut && error.kind != .cancelled
    }

    /// The error that says what became of all of them.
    var failure: TransportError {
        guard let last = failures.last else {
            return TransportError(.noAddressForName, operation: .resolve).with(address: host)
        }
        guard failures.count > 1 else { return last.with(attempts: failures) }
        let message = "\(last.message), as the last of \(failures.count) attempts to reach \(host)"
        return last.with(message: message).with(attempts: failures)
    }
}
