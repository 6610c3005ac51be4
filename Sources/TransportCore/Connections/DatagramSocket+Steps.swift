extension DatagramSocket {
    /// Does a step that an endpoint has of its own, in the sending direction and under the rules of every other operation.
    package func perform(
        _ operation: TransportError.Operation, timeout: Duration?, deadline: Deadline?,
        _ step: () throws(TransportError) -> ProgressStep
    ) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, operation, clock: transport)
        try begin(.sending, operation)
        do throws(TransportError) {
            let result = limit.mayWait ? try transport.drive(until: limit.deadline, step) : try step()
            if let need = result.need { throw limit.exceeded(operation, need: need) }
            control.end(.sending, operation, of: self, .done(bytes: 0))
        } catch {
            throw failed(error, .sending, operation)
        }
    }

    /// The same for tasks.
    package func perform(
        _ operation: TransportError.Operation, timeout: Duration?, deadline: Deadline?,
        _ step: () throws(TransportError) -> ProgressStep
    ) async throws(TransportError) {
        let limit = try control.taskLimit(timeout, deadline, operation, clock: transport)
        try begin(.sending, operation)
        do throws(TransportError) {
            let result = limit.mayWait ? try await transport.drive(until: limit.deadline, step) : try step()
            if let need = result.need { throw limit.exceeded(operation, need: need) }
            control.end(.sending, operation, of: self, .done(bytes: 0))
        } catch {
            throw failed(error, .sending, operation)
        }
    }
}
