public import TransportCore

/// An in-memory transport that does what a script says, on a virtual clock, and records every call.
///
/// A wait moves the clock to the next scripted event or to the deadline, whichever comes first. Only a wait without a
/// deadline for something that no script has ready blocks its thread, until the test feeds it, closes it, or whatever
/// else releases it.
///
/// It is a plain conformance to the public protocol, with nothing that a backend outside this package could not do.
public final class ScriptedTransport: Transport {
    /// Addresses are IP addresses.
    public typealias Family = IP

    /// The clock.
    public let clock: VirtualClock
    let state: Watched<ScriptedState>
    private let ends: (local: IP.SocketAddress, remote: IP.SocketAddress)

    /// Makes a transport.
    public init(
        _ script: TransportScript = TransportScript(),
        clock: VirtualClock = VirtualClock(),
        localAddress: IP.SocketAddress = .v4(.loopback(port: 1)),
        remoteAddress: IP.SocketAddress = .v4(.loopback(port: 2))
    ) {
        self.clock = clock
        self.state = Watched(ScriptedState(script: script))
        self.ends = (localAddress, remoteAddress)
    }

    /// What the owner has told, in words.
    public var ownerNotes: [String] { notes.withLock { $0 } }
    private let notes = Locked<[String]>([])

    /// Keeps the note.
    public func take(_ note: OwnerNote) { notes.withLock { $0.append("\(note)") } }

    // MARK: Steps

    /// What the script says.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        try step(.tryEstablish, .connect, \.establishing)
    }

    /// What the script says.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        switch try receive(.tryReceive(buffer.freeCapacity), atMost: buffer.freeCapacity) {
        case .step(let step): return step
        case .bytes(let bytes):
            for byte in bytes { buffer.append(byte) }
            return .received(bytes.count)
        }
    }

    /// What the script says, spread over the segments.
    public func tryReceive(
        scatteringInto segments: Span<MutableByteSegment>
    ) throws(TransportError) -> ReceiveStep {
        let sizes = segments.indices.map { segments[$0].count }
        switch try receive(.tryReceiveScattering(sizes), atMost: sizes.reduce(0, +)) {
        case .step(let step): return step
        case .bytes(let bytes):
            var rest = bytes[...]
            for index in segments.indices {
                let part = rest.prefix(segments[index].count)
                segments[index].buffer.copyBytes(from: part)
                rest = rest.dropFirst(part.count)
            }
            return .received(bytes.count)
        }
    }

    /// What the script says.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        let bytes = bytes.withUnsafeBytes { Array($0) }
        return try send(.trySend(bytes), bytes)
    }

    /// What the script says, for the segments as if they were one.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        let parts = segments.indices.map { Array(segments[$0].buffer) }
        return try send(.trySendGathering(parts), parts.flatMap { $0 })
    }

    /// What the script says.
    public func tryFlush() throws(TransportError) -> ProgressStep { try step(.tryFlush, .flush, \.flushing) }

    /// What the script says; unsupported without the fact `halfClose`.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        guard facts.contains(.halfClose) else {
            state.withLock { $0.trace.append(.tryShutdownWrite) }
            throw .unsupported("this script has no half-close", operation: .shutdownWrite)
        }
        return try step(.tryShutdownWrite, .shutdownWrite, \.shuttingDown)
    }

    /// What the script says.
    public func tryFinish() throws(TransportError) -> ProgressStep { try step(.tryFinish, .close, \.finishing) }

    private func receive(_ call: ScriptedCall, atMost capacity: Int) throws(TransportError) -> ReceiveOutcome {
        try state.withLock { (state) throws(TransportError) in
            state.trace.append(call)
            guard !state.isClosed else { throw .closed(.receive) }
            clock.advance(by: state.script.costOfAttempt)
            return try state.nextReceive(atMost: capacity, clock.elapsed)
        }
    }

    private func send(_ call: ScriptedCall, _ bytes: [UInt8]) throws(TransportError) -> SendStep {
        try state.withLock { (state) throws(TransportError) in
            state.trace.append(call)
            guard !state.isClosed else { throw .closed(.send) }
            clock.advance(by: state.script.costOfAttempt)
            return try state.nextSend(bytes, clock.elapsed)
        }
    }

    private func step(
        _ call: ScriptedCall,
        _ operation: TransportError.Operation,
        _ actions: WritableKeyPath<TransportScript, [ProgressAction]>
    ) throws(TransportError) -> ProgressStep {
        try state.withLock { (state) throws(TransportError) in
            state.trace.append(call)
            guard !state.isClosed else { throw .closed(operation) }
            return try state.progress(actions, clock)
        }
    }

    // MARK: Ending

    /// Closes, and wakes everyone.
    public func close() { end(.close) }

    /// Closes, and wakes everyone.
    public func abort() { end(.abort) }

    private func end(_ call: ScriptedCall) {
        state.withLock {
            $0.trace.append(call)
            $0.isClosed = true
        }
        state.wakeAll()
    }

    // MARK: Knowledge

    /// The time of the virtual clock.
    public var now: Instant { clock.now }

    /// The address given to the initialiser.
    public var localAddress: IP.SocketAddress { ends.local }

    /// The address given to the initialiser.
    public var remoteAddress: IP.SocketAddress { ends.remote }

    /// The script's facts.
    public var facts: TransportFacts { state.withLock { $0.script.facts } }

    /// What the script says.
    public var hasBufferedInput: Bool { state.withLock { $0.script.hasBufferedInput } }

    /// Answers ``ScriptName``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        key == ScriptName.self ? "scripted" as? Key.Value : nil
    }

    /// Remembers the setting, whatever its name.
    public func apply(_ setting: OptionSetting) throws(TransportError) {
        try state.withLock { (state) throws(TransportError) in
            state.trace.append(.apply(setting))
            guard !state.isClosed else { throw .closed(.setOption) }
            state.settings[setting.name] = setting.value
        }
    }

    /// The value of a setting that was made; other options are unsupported.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try state.withLock { (state) throws(TransportError) in
            state.trace.append(.optionValue(name))
            guard !state.isClosed else { throw .closed(.getOption) }
            guard let value = state.settings[name] else {
                throw .unsupported("no setting of \(name) was made", operation: .getOption)
            }
            return value
        }
    }
}

/// A question that a scripted transport answers with "scripted".
public enum ScriptName: MetadataKey {
    /// A text.
    public typealias Value = String
}
