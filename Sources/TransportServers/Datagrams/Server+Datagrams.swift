public import TransportCore

extension Server {
    /// Serves the datagrams of a socket, each in a child task, until the server is stopped.
    ///
    /// Datagrams that come while the server is being stopped are dropped.
    ///
    /// - Parameters:
    ///   - socket: The socket; closed in the end. Nobody else may receive from it.
    ///   - maximum: The largest datagram that is not cut, from 0 to 65,536 bytes. The default is the largest there is.
    ///   - handler: What to do with a datagram.
    /// - Throws: As for connections.
    public func serve<D: DatagramTransport>(
        _ socket: DatagramSocket<D>, atMost maximum: Int = 65_536,
        handler: @escaping @Sendable (ServedDatagram<D>) async throws -> Void
    ) async throws(TransportError) {
        try checkSize(maximum)
        try await run(socket, maximum, handler)
    }

    @concurrent
    private func run<D: DatagramTransport>(
        _ socket: DatagramSocket<D>, _ maximum: Int,
        _ handler: @escaping @Sendable (ServedDatagram<D>) async throws -> Void
    ) async throws(TransportError) {
        let service = datagramService(socket)
        service.state.withLock { $0.closesAtAbort = true }
        try begin(service, socket)
        await withDiscardingTaskGroup { group in
            let failure = await receiveAll(of: socket, maximum, for: service, in: &group, handler)
            service.abort(failure)
            service.hasStoppedAccepting()
            if await service.untilEnd() { group.cancelAll() }
        }
        end(service)
        if let failure = service.state.withLock({ $0.failure }) { throw failure }
        if Task.isCancelled { throw TransportError(.cancelled, operation: .receive) }
    }

    private func receiveAll<D: DatagramTransport>(
        of socket: DatagramSocket<D>, _ maximum: Int, for service: Service, in group: inout DiscardingTaskGroup,
        _ handler: @escaping @Sendable (ServedDatagram<D>) async throws -> Void
    ) async -> TransportError? {
        var failures = AcceptFailure()
        var buffer = [UInt8](repeating: 0, count: maximum)
        let replies = Replies(socket)
        while await datagrams.enter(for: service) {
            do throws(TransportError) {
                guard let info = try receiveIfReady(from: socket, into: &buffer, failing: &failures) else {
                    try await socket.transport.ready(for: .readable)
                    continue
                }
                guard !service.isStopping, let (seat, _) = service.begin(replies) else {
                    datagrams.leave()
                    continue
                }
                let datagram = ServedDatagram(Array(buffer[..<info.byteCount]), info, replies)
                group.addTask {
                    var failure: Visit.Failure?
                    do { try await handler(datagram) } catch { failure = (.handlerFailed, error) }
                    self.finish(seat, failure, of: datagram, for: service)
                    self.datagrams.leave()
                }
            } catch {
                switch failures.consequence(of: error) {
                case .goOn: report(.acceptFailed, error)
                case .pause(let pause):
                    report(.acceptPaused, error)
                    _ = await service.sleep(until: .at(socket.transport.now.advanced(by: pause)))
                case .end: return nil
                case .fail:
                    report(.listenerFailed, error)
                    return error
                }
            }
        }
        return nil
    }

    /// Receives a datagram, if one is there, for which there is a place.
    ///
    /// The place is given up when there is none: other sockets share the limit.
    private func receiveIfReady<D: DatagramTransport>(
        from socket: DatagramSocket<D>, into buffer: inout [UInt8], failing failures: inout AcceptFailure
    ) throws(TransportError) -> DatagramInfo<D.Family.SocketAddress>? {
        do throws(TransportError) {
            let info = try socket.receiveIfReady(into: &buffer)
            if info == nil { datagrams.leave() } else { failures.reset() }
            return info
        } catch {
            datagrams.leave()
            throw error
        }
    }

    // MARK: What both forms share

    func checkSize(_ maximum: Int) throws(TransportError) {
        guard (0...65_536).contains(maximum) else {
            throw .invalidArgument("a datagram cannot have \(maximum) bytes: give 0 to 65536", operation: .receive)
        }
    }

    func datagramService<D: DatagramTransport>(_ socket: DatagramSocket<D>) -> Service {
        var limits = limits
        (limits.idleTime, limits.connectionTime) = (nil, nil)
        return Service(socket.transport, datagrams, limits: limits, stopAccepting: {}, close: { socket.close() })
    }

    /// Takes a service of datagrams in. Whoever receives ends when the socket is closed, not before: what is in work is all
    /// that stopping has to wait for.
    func begin<D: DatagramTransport>(_ service: Service, _ socket: DatagramSocket<D>) throws(TransportError) {
        service.state.withLock { $0.stopsByItself = true }
        do throws(TransportError) {
            try begin(service)
        } catch {
            socket.close()
            throw error
        }
    }

    func finish<D: DatagramTransport>(
        _ seat: SeatHandle, _ failure: Visit.Failure?, of datagram: ServedDatagram<D>, for service: Service
    ) {
        report(ending: service.ending(of: seat), failure, peer: { datagram.info.sender.map { "\($0)" } })
        service.end(seat)
    }
}
