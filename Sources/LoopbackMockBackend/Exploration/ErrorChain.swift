internal import TransportCore

extension Error {
    /// Every transport error in this error: itself, what it wraps in its properties and cases, and what those carry.
    var chain: [TransportError] { Self.transportErrors(in: self, depth: 0) }

    private static func transportErrors(in value: Any, depth: Int) -> [TransportError] {
        // Errors are shallow; what is not is no chain of errors.
        guard depth < 6 else { return [] }
        if let error = value as? TransportError {
            return [error] + (error.underlying.map { transportErrors(in: $0, depth: depth + 1) } ?? [])
        }
        return Mirror(reflecting: value).children.flatMap { transportErrors(in: $0.value, depth: depth + 1) }
    }
}
