internal import TransportCore

// The forms of a connection's operations that suspend a task.
extension TypedEnd {
    func sendAll(_ bytes: [UInt8], suspending limit: Limit) async throws(TransportError) {
        try await held().sendAll(bytes, timeout: limit.timeout, deadline: limit.deadline)
    }

    func receive(atMost count: Int, suspending limit: Limit) async throws(TransportError) -> [UInt8]? {
        try await held().receive(atMost: count, timeout: limit.timeout, deadline: limit.deadline)
    }

    func receiveExactly(_ count: Int, suspending limit: Limit) async throws(TransportError) -> [UInt8] {
        try await held().receiveExactly(count, timeout: limit.timeout, deadline: limit.deadline)
    }

    func shutdownWrite(suspending limit: Limit) async throws(TransportError) {
        try await held().shutdownWrite(timeout: limit.timeout, deadline: limit.deadline)
    }

    func close(suspendingFor timeout: Duration) async throws(TransportError) -> Bool {
        try await held().close(timeout: timeout)
    }

    private func held() throws(TransportError) -> Connection<T> { try connection }
}
