public import TransportCore

extension ConformanceBench {
    /// Adds the names of a backend.
    ///
    /// - Parameters:
    ///   - backend: The backend.
    ///   - known: A name that leads to this machine, where `address` is.
    ///   - unknown: A name that nobody has.
    ///   - address: Gives an address to listen at that nobody uses, with port 0.
    public mutating func offerNames<B: ResolvingBackend>(
        of backend: B, known: String, unknown: String, listeningAt address: @escaping @Sendable () -> IP.SocketAddress
    ) {
        names = TypedNames(backend: backend, knownName: known, unknownName: unknown, freshAddress: address)
    }
}

/// A backend with names, whatever its type.
protocol NameBench: Sendable {
    var knownName: String { get }
    var unknownName: String { get }

    /// Connects to a port of a machine on which nobody need listen.
    func connect(to name: String, _ limit: Limit) throws(TransportError) -> any StreamEnd

    /// Listens, connects by the known name, and looks whether the two ends are connected.
    func connectByName(_ scene: Scene) throws
}

struct TypedNames<B: ResolvingBackend>: NameBench {
    let backend: B
    let knownName: String
    let unknownName: String
    let freshAddress: @Sendable () -> IP.SocketAddress

    func connect(to name: String, _ limit: Limit) throws(TransportError) -> any StreamEnd {
        let connection = try backend.connect(host: name, port: 9, timeout: limit.timeout, deadline: limit.deadline)
        return TypedEnd(connection, name: "client")
    }

    func connectByName(_ scene: Scene) throws {
        let listener = try backend.listen(on: freshAddress())
        scene.keep { listener.close() }
        let port = try listener.localAddress.port
        let client = try scene.value("client", "connect by name") { () throws(TransportError) in
            try backend.connect(host: knownName, port: port, timeout: .seconds(5))
        }
        let server = try scene.value("listener", "accept") { () throws(TransportError) in
            try listener.accept(timeout: .seconds(5))
        }
        let ends = (TypedEnd(client, name: "client"), TypedEnd(server, name: "server"))
        scene.keep(ends.0)
        scene.keep(ends.1)
        try scene.run([Part(ends.0, [.send("x")]), Part(ends.1, [.receive("x")])])
    }
}
