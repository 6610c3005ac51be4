public import TransportCore

extension ConformanceBench {
    /// Makes a bench that has datagram endpoints alone.
    ///
    /// - Parameters:
    ///   - backend: The backend.
    ///   - address: Gives an address for an endpoint that nobody uses; it is called often.
    public init<B: DatagramBackend>(
        datagrams backend: B, at address: @escaping @Sendable () throws -> B.Family.SocketAddress
    ) {
        self.init(makeStreams: { _ in throw NotApplicable("the subject has no streams") })
        offerDatagrams(of: backend, at: address)
    }

    /// Adds the datagram endpoints of a backend.
    ///
    /// - Parameters:
    ///   - backend: The backend. It must not lose datagrams between endpoints of this machine.
    ///   - address: Gives an address for an endpoint that nobody uses; it is called often.
    public mutating func offerDatagrams<B: DatagramBackend>(
        of backend: B, at address: @escaping @Sendable () throws -> B.Family.SocketAddress
    ) {
        datagrams = TypedDatagramBackend(backend: backend, freshAddress: address)
    }
}

/// A backend for datagrams, whatever its type.
protocol DatagramBench: Sendable {
    /// An endpoint at an address of its own.
    func open() throws -> any DatagramEnd
}

struct TypedDatagramBackend<B: DatagramBackend>: DatagramBench {
    let backend: B
    let freshAddress: @Sendable () throws -> B.Family.SocketAddress

    func open() throws -> any DatagramEnd { TypedDatagrams(try backend.datagramSocket(boundTo: freshAddress())) }
}
