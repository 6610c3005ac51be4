public import TransportCore

extension Server {
    /// Serves the datagrams of a socket, each in a thread, until the server is stopped. Blocks this thread.
    ///
    /// Datagrams that come while the server is being stopped are dropped. A thread whose handler has returned serves another
    /// datagram when it is needed, so that datagrams that come one after another start no threads.
    ///
    /// When the time of `stop(within:closingIdleAfter:)` is over, handlers that are still at work can reply no more; a thread
    /// cannot be cancelled, and this call returns when they have returned.
    ///
    /// - Parameters:
    ///   - socket: The socket; closed in the end. Nobody else may receive from it.
    ///   - maximum: The largest datagram that is not cut, from 0 to 65,536 bytes. The default is the largest there is.
    ///   - handler: What to do with a datagram.
    /// - Throws: As for connections.
    @_disfavoredOverload
    @available(*, noasync, message: "blocks its thread; for the form for tasks, write { datagram async throws in … }")
    public func serve<D: DatagramTransport>(
        _ socket: DatagramSocket<D>, atMost maximum: Int = 65_536,
        handler: @escaping @Sendable (ServedDatagram<D>) throws -> Void
    ) throws(TransportError) {
        try checkSize(maximum)
        let work = DatagramWork(self, socket, maximum, handler)
        try begin(work.service, socket)
        // One more than is needed waits: a thread that has replied need not end.
        let crew = ThreadCrew(self, work, mostWaiting: 2)
        crew.begin()
        if let failure = crew.untilEnd() { throw failure }
    }
}

/// The datagrams of a socket, each of which has a thread.
private struct DatagramWork<D: DatagramTransport>: ThreadWork {
    let server: Server
    let socket: DatagramSocket<D>
    let service: Service
    let replies: Replies<D>
    let handler: @Sendable (ServedDatagram<D>) throws -> Void
    private let buffer: Locked<[UInt8]>

    init(
        _ server: Server, _ socket: DatagramSocket<D>, _ maximum: Int,
        _ handler: @escaping @Sendable (ServedDatagram<D>) throws -> Void
    ) {
        self.server = server
        self.socket = socket
        self.handler = handler
        service = server.datagramService(socket)
        replies = Replies(socket)
        buffer = Locked([UInt8](repeating: 0, count: maximum))
    }

    func takeIfReady() throws(TransportError) -> ServedDatagram<D>? {
        try buffer.withLock { (buffer) throws(TransportError) in
            guard let info = try socket.receiveIfReady(into: &buffer) else { return nil }
            return ServedDatagram(Array(buffer[..<info.byteCount]), info, replies)
        }
    }

    func begin(_ datagram: ServedDatagram<D>) -> (seat: SeatHandle, needsWatch: Bool)? {
        service.isStopping ? nil : service.begin(replies)
    }

    func serve(_ datagram: ServedDatagram<D>, _ seat: SeatHandle) {
        var failure: Visit.Failure?
        do { try handler(datagram) } catch { failure = (.handlerFailed, error) }
        server.finish(seat, failure, of: datagram, for: service)
    }
}
