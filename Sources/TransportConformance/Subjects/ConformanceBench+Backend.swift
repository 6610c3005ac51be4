public import TransportCore

extension ConformanceBench {
    /// Makes a bench that has what a backend makes: streams and listeners.
    ///
    /// - Parameters:
    ///   - backend: The backend.
    ///   - deadAddress: Gives an address at which nobody listens. The default is nil: the suite then leaves out what is
    ///     about that.
    ///   - address: Gives an address to listen at that nobody uses; it is called often.
    public init<B: Backend>(
        _ backend: B, deadAddress: (@Sendable () throws -> B.Family.SocketAddress)? = nil,
        listeningAt address: @escaping @Sendable () throws -> B.Family.SocketAddress
    ) {
        let bench = TypedBackend(backend: backend, freshAddress: address, deadAddress: deadAddress)
        self.init(makeStreams: bench.makePair)
        self.backend = bench
    }
}

/// A backend, whatever its type.
protocol BackendBench: Sendable {
    /// Listens at an address that nobody uses.
    func listen(_ options: ListenerOptions) throws -> any ListenerEnd

    var hasDeadAddress: Bool { get }

    /// Connects to an address at which nobody listens.
    func connectToNobody(_ limit: Limit) throws -> Result<any StreamEnd, TransportError>

    /// The address at which nobody listens, as text.
    var now: Instant { get }
}

struct TypedBackend<B: Backend>: BackendBench {
    let backend: B
    let freshAddress: @Sendable () throws -> B.Family.SocketAddress
    let deadAddress: (@Sendable () throws -> B.Family.SocketAddress)?

    var hasDeadAddress: Bool { deadAddress != nil }

    var now: Instant { backend.now }

    /// The two ends of a stream, through a listener of its own. Needs no second thread.
    @Sendable
    func makePair(observer: (any OperationObserver)?) throws -> StreamPair {
        let listener = try backend.beginListening(on: freshAddress(), options: ListenerOptions())
        defer { listener.close() }
        let end = Deadline.at(backend.now.advanced(by: .seconds(8)))
        let client = try backend.beginOpen(to: listener.localAddress, options: StreamOptions())
        guard case .accepted(let server) = try listener.accept(until: end),
            case .done = try client.drive(until: end, { () throws(TransportError) in try client.tryEstablish() })
        else {
            throw Mismatch(expected: "a connection to be accepted and established", found: "neither within 8 s")
        }
        return try StreamPair(ConformancePair(client, server), observer: observer)
    }

    func listen(_ options: ListenerOptions) throws -> any ListenerEnd {
        try TypedListener(backend, at: freshAddress(), options)
    }

    func connectToNobody(_ limit: Limit) throws -> Result<any StreamEnd, TransportError> {
        guard let address = try deadAddress?() else { throw NotApplicable("there is no such address") }
        do throws(TransportError) {
            let connection = try backend.connect(to: address, timeout: limit.timeout, deadline: limit.deadline)
            return .success(TypedEnd(connection, name: "A"))
        } catch {
            return .failure(error)
        }
    }
}
