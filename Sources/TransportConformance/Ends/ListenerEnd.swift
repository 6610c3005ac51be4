internal import TransportCore

/// A listener, whatever its type, with the backend that it came from.
protocol ListenerEnd: Sendable {
    func accept(_ limit: Limit) throws(TransportError) -> any StreamEnd
    func waitForConnection(_ limit: Limit) throws(TransportError) -> Bool
    func stopAccepting() throws(TransportError)
    func close()
    var isClosed: Bool { get }
    var facts: TransportFacts { get }
    var now: Instant { get }
    func localAddress() throws(TransportError) -> AnyHashable
    func ready(for need: Need) async throws(TransportError)

    /// Connects to the address of the listener.
    func connect(_ limit: Limit) throws(TransportError) -> any StreamEnd

    /// Connects to it, in a task.
    func connect(suspending limit: Limit) async throws(TransportError) -> any StreamEnd

    /// Begins to connect to it.
    func beginConnect() throws(TransportError) -> any StreamEnd

    /// Listens at the same address once more.
    func listenAgain() throws(TransportError) -> any ListenerEnd
}

struct TypedListener<B: Backend>: ListenerEnd {
    private let backend: B
    private let listener: Listener<B.StreamListener>
    private let address: B.Family.SocketAddress
    private let options: ListenerOptions

    init(_ backend: B, at address: B.Family.SocketAddress, _ options: ListenerOptions) throws(TransportError) {
        self.backend = backend
        self.options = options
        let transport = try backend.beginListening(on: address, options: options)
        self.address = try transport.localAddress
        self.listener = Listener(transport)
    }

    func accept(_ limit: Limit) throws(TransportError) -> any StreamEnd {
        TypedEnd(try listener.accept(timeout: limit.timeout, deadline: limit.deadline), name: "server")
    }

    func waitForConnection(_ limit: Limit) throws(TransportError) -> Bool {
        try listener.waitForConnection(timeout: limit.timeout, deadline: limit.deadline)
    }

    func stopAccepting() throws(TransportError) { try listener.stopAccepting() }

    func close() { listener.close() }

    var isClosed: Bool { listener.isClosed }

    var facts: TransportFacts { listener.facts }

    var now: Instant { backend.now }

    func localAddress() throws(TransportError) -> AnyHashable { AnyHashable(try listener.localAddress) }

    func ready(for need: Need) async throws(TransportError) { try await listener.transport.ready(for: need) }

    func connect(_ limit: Limit) throws(TransportError) -> any StreamEnd {
        let connection = try backend.connect(
            to: address, mode: .blocking, timeout: limit.timeout, deadline: limit.deadline
        )
        return TypedEnd(connection, name: "client")
    }

    func connect(suspending limit: Limit) async throws(TransportError) -> any StreamEnd {
        let connection = try await backend.connect(to: address, timeout: limit.timeout, deadline: limit.deadline)
        return TypedEnd(connection, name: "client")
    }

    func beginConnect() throws(TransportError) -> any StreamEnd {
        let connection = try backend.connect(to: address, mode: .nonblocking)
        connection.mode = .blocking
        return TypedEnd(connection, name: "client")
    }

    func listenAgain() throws(TransportError) -> any ListenerEnd {
        try TypedListener(backend, at: address, options)
    }
}
