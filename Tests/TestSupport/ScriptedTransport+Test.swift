import TransportCore

// What a test does with a scripted transport.

extension ScriptedTransport {
    /// Every call so far, in order.
    public var trace: [ScriptedCall] { state.withLock { $0.trace } }

    /// Every call so far that does not end the connection: what is left of it may be closed at any time after its last
    /// use.
    public var operations: [ScriptedCall] { trace.filter { ![.close, .abort, .tryFinish].contains($0) } }

    /// How often a call was made.
    public func count(of call: ScriptedCall) -> Int { trace.count { $0 == call } }

    /// Everything that was taken for sending.
    public var sent: [UInt8] { state.withLock { $0.sent } }

    /// Everything that was taken for sending, as text.
    public var sentText: String { String(decoding: sent, as: UTF8.self) }

    /// Whether the transport was closed or aborted.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Adds something to receive, and wakes who waits for it.
    public func feed(_ action: ReceiveAction) {
        state.withLock { $0.script.receiving.append(action) }
        state.wakeAll()
    }

    /// Takes the clog away that is the next action of the script, and wakes who waits for room.
    public func unclog() {
        state.withLock { if case .clog? = $0.script.sending.first { $0.script.sending.removeFirst() } }
        state.wakeAll()
    }

    /// Takes the closing back, for a test that uses one transport twice.
    public func reopen() { state.withLock { $0.isClosed = false } }

    /// Changes the script, and wakes everyone.
    public func rewrite(_ change: (inout TransportScript) -> Void) {
        state.withLock { change(&$0.script) }
        state.wakeAll()
    }

    /// Blocks until so many waits are blocked for real.
    ///
    /// - Returns: Whether they are; false when ``Patience`` ran out.
    public func untilBlocked(_ count: Int = 1) -> Bool {
        state.wait(until: Patience.end) { $0.blocked.count >= count ? true : nil } ?? false
    }

    /// Suspends until so many waits are blocked or suspended for real.
    ///
    /// - Returns: Whether they are; false when the task is cancelled.
    public func untilBlocked(_ count: Int = 1) async -> Bool {
        await state.wait { $0.blocked.count >= count ? true : nil } ?? false
    }
}
