import TestSupport
import TransportCore

/// Starts a task that waits, and gives it once the wait has begun.
func waiting<D: Sendable>(
    _ subject: D, _ body: @escaping @Sendable (D) async throws -> Void
) async throws -> Task<Void, any Error> {
    let before = try openDescriptorCount()
    let started = Flag()
    let task = Task {
        started.set()
        try await body(subject)
    }
    try await eventuallyAsync("the task runs") { started.isSet }
    // The first wait of all shows by the pipe that the poller opens for it; later ones do not show.
    for _ in 0..<50 where try openDescriptorCount() == before { await Task.yield() }
    return task
}
