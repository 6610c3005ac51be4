/// A connected byte stream, over any transport: what programs use.
///
/// ```swift
/// let connection = try SocketBackend<IP>().connect(host: "example.org", port: 80, timeout: .seconds(5))
/// try connection.sendAll("GET / HTTP/1.0\r\nHost: example.org\r\n\r\n")
/// while let bytes = try connection.receive(atMost: 4096) { … }
/// connection.close()
/// ```
///
/// **Modes.** Every operation obeys ``mode`` (blocking, nonblocking or with a timeout), and each call can say otherwise
/// with `timeout:` or `deadline:`; where both are given, the earlier one counts. A timeout never breaks the connection
/// and loses no bytes: the error says how far the call got.
///
/// **Ends.** The end of the peer's stream is `nil`, never an error and never an empty result. An error that ends a
/// direction is remembered: the same error is thrown from then on, also where the system would forget it.
///
/// **Threads.** One thread may receive while another sends. A second operation in the same direction fails with
/// ``TransportError/Kind/busy`` in place of mixing bytes. ``close()`` may be called from any thread at any time; it
/// wakes whoever waits, with ``TransportError/Kind/closed``.
///
/// A connection that is dropped without being closed is closed then.
public final class Connection<T: Transport>: Sendable {
    /// The transport below, for its own features. Steps that are called here directly bypass the connection's rules.
    ///
    /// The connection closes it on going away: keep the connection, not the transport alone.
    public let transport: T

    @usableFromInline let control: OperationControl

    // The first terminal error of each direction. Each is written at most once, by the one operation that holds the
    // direction, before the gate's bit for it is set with release order; it is read only after that bit was seen with
    // acquire order. That makes the accesses ordered without a lock.
    private nonisolated(unsafe) var receiveFailure: TransportError?
    private nonisolated(unsafe) var sendFailure: TransportError?

    /// Where the connection is now, once it has moved; of all that have been in its place. Touched with the lock for it held.
    private nonisolated(unsafe) var whereabouts: Whereabouts?

    /// Makes a connection of a transport that is connected, or is connecting.
    ///
    /// - Parameters:
    ///   - transport: The transport; the connection owns it from now on and closes it.
    ///   - mode: How long operations may wait. The default is blocking.
    ///   - observer: Who is told about every operation. The default is nobody.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    public init(
        _ transport: T, mode: IOMode = .blocking, observer: (any OperationObserver)? = nil,
        fileID: StaticString = #fileID, line: UInt = #line
    ) {
        self.transport = transport
        self.control = OperationControl(
            mode: mode, observer: observer, origin: SourceSite(fileID: fileID, line: line), layer: T.self)
        transport.take(.adopted(at: control.origin))
    }

    /// Makes a connection that goes on where another one was.
    init<Lower: Transport>(_ transport: T, continuing other: Connection<Lower>) {
        self.transport = transport
        self.control = OperationControl(
            mode: other.mode, observer: other.control.observer, origin: other.origin, layer: T.self
        )
        receiveFailure = other.receiveFailure
        sendFailure = other.sendFailure
        control.gate.set(other.control.gate.state.subtracting([.receiving, .sending, .waits]))
    }

    /// Takes note that another connection takes this one's place, which is closed from now on.
    func move<Other: Transport>(to other: Connection<Other>) {
        moves.withLock { _ in
            let shared = whereabouts ?? Whereabouts()
            shared.present = other
            (whereabouts, other.whereabouts) = (shared, shared)
        }
        trustNoTask()
        _ = control.close()
    }

    /// The connection that has this one's place now, also after several moves, as long as it is there; nil when there is none.
    package var movedTo: AnyObject? {
        guard isClosed, let present = moves.withLock({ _ in whereabouts?.present }), present !== self else {
            return nil
        }
        return present
    }

    deinit {
        guard control.ownerWasDropped(self) else { return }
        transport.take(.dropped)
        _ = try? transport.tryFinish()
        transport.close()
    }

    /// How long operations may wait that do not say it themselves.
    ///
    /// A change counts for operations that begin later.
    public var mode: IOMode {
        get { control.mode.value }
        set { control.mode.value = newValue }
    }

    /// Whether ``close()`` or ``abort()`` was called.
    public var isClosed: Bool { control.isClosed }

    /// Where in the program the connection was made.
    public var origin: SourceSite { control.origin }

    /// A number that changes whenever bytes have moved, in either direction, by an operation of the connection. It goes
    /// round.
    package var activity: UInt16 { control.gate.activity }

    /// Whether an operation or a wait of the connection is in progress.
    package var isAwaited: Bool { control.gate.isAwaited }
}

/// Where a connection is that has moved. All that have been in its place share it: those in between may be gone.
private final class Whereabouts {
    weak var present: AnyObject?
}

/// For the whereabouts of all connections: few connections move.
private let moves = Locked(false)  // a value of no size would have the address of somebody else's

// MARK: - Knowledge

extension Connection {
    /// The address of this end. The corresponding C function is `getsockname`.
    public var localAddress: T.Family.SocketAddress {
        get throws(TransportError) { try transport.localAddress }
    }

    /// The address of the peer. The corresponding C function is `getpeername`.
    public var remoteAddress: T.Family.SocketAddress {
        get throws(TransportError) { try transport.remoteAddress }
    }

    /// How the transport behaves where transports differ.
    public var facts: TransportFacts { transport.facts }

    /// Answers a question about the transport, or nil when neither it nor a layer below has an answer.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { transport.query(key) }
}

extension Connection: OptionHolder {
    /// Changes an option of the transport.
    ///
    /// - Throws: As ``OptionHolder/apply(_:)`` does, and ``TransportError/Kind/closed``.
    public func apply(_ setting: OptionSetting) throws(TransportError) {
        try control.ensureOpen(.setOption)
        try transport.apply(setting)
    }

    /// The present value of an option of the transport.
    ///
    /// - Throws: As ``OptionHolder/optionValue(named:)`` does, and ``TransportError/Kind/closed``.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try control.ensureOpen(.getOption)
        return try transport.optionValue(named: name)
    }
}

// MARK: - Entering and leaving operations

extension Connection {
    /// One of the two directions of a connection.
    @usableFromInline
    enum Direction {
        case receive, send

        /// The direction in the gate.
        @inlinable var bit: OperationGate.State { self == .receive ? .receiving : .sending }

        /// What keeps a new operation out, besides another one.
        @inlinable var obstacles: OperationGate.State {
            self == .receive ? [.closed, .receiveFailed] : [.closed, .sendFailed, .receiverSawDeath, .writeShutdown]
        }
    }

    /// Takes a direction for an operation, or throws what keeps the operation out.
    @inlinable
    func begin(_ direction: Direction, _ operation: TransportError.Operation) throws(TransportError) {
        let found = control.begin(direction.bit, unless: direction.obstacles, operation, of: self)
        if !found.isEmpty { throw refusal(found, operation) }
    }

    /// Gives a direction back and reports what the operation came to.
    @inlinable
    func end(
        _ direction: Direction, _ operation: TransportError.Operation, _ outcome: @autoclosure () -> OperationOutcome
    ) {
        control.end(direction.bit, operation, of: self, outcome())
    }

    /// Gives a direction back after an operation that failed.
    @usableFromInline
    func end(_ direction: Direction, _ operation: TransportError.Operation, failed error: TransportError) {
        control.end(direction.bit, operation, of: self, isActivity: false, .failed(error))
        if error.kind == .wouldBlock { transport.letOthersGoOn() }
    }

    @usableFromInline
    func refusal(_ found: OperationGate.State, _ operation: TransportError.Operation) -> TransportError {
        if found.contains(.closed) { return .closed(operation) }
        if found.contains(.sendFailed), let sendFailure { return repeated(sendFailure, operation) }
        if !found.isDisjoint(with: [.receiveFailed, .receiverSawDeath]), let receiveFailure {
            return repeated(receiveFailure, operation)
        }
        if found.contains(.writeShutdown) {
            return TransportError(.brokenPipe, operation: operation)
                .with(message: "this end has shut its sending direction down")
        }
        return control.refusal(found, operation)
    }

    /// A remembered error as that of a call that was not even begun.
    private func repeated(_ error: TransportError, _ operation: TransportError.Operation) -> TransportError {
        error.with(operation: operation).with(bytesTransferred: 0).with(retrySafety: .nothingSent)
    }

    /// Gives the error to throw for a failed step, and remembers it when the direction will not recover.
    ///
    /// To be called only by the operation that holds the direction.
    @usableFromInline
    func failure(
        _ error: TransportError, in direction: Direction, during operation: TransportError.Operation
    ) -> TransportError {
        guard !control.isClosed else { return .closed(operation) }
        let error = error.asPart(of: operation)
        switch direction {
        case .receive where !error.aftermath.canReceive:
            receiveFailure = error
            control.gate.set(error.aftermath.canSend ? .receiveFailed : [.receiveFailed, .receiverSawDeath])
        case .send where !error.aftermath.canSend:
            sendFailure = error
            control.gate.set(.sendFailed)
        default: break
        }
        return error
    }

    /// The error that a failed send has left for receiving, to be thrown in place of the end of the stream.
    ///
    /// The system tells of a reset once. When the sender was told, the receiver gets what was there and then sees what
    /// looks like a clean end.
    @usableFromInline var failureInPlaceOfEnd: TransportError? {
        guard control.gate.state.contains(.sendFailed), let sendFailure, !sendFailure.aftermath.canReceive else {
            return nil
        }
        return repeated(sendFailure, .receive)
    }
}
