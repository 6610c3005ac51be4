public import TransportCore

// Servers that a test makes of a closure.
extension LoopbackNetwork {
    /// Has a closure serve every connection to a port of a machine, each in a thread of its own.
    ///
    /// ```swift
    /// let server = try network.serveConnections(on: "echo", port: 7) { connection in
    ///     while let bytes = try connection.receive(atMost: 512) { try connection.sendAll(bytes) }
    /// }
    /// ```
    ///
    /// The threads take part in the network's time, as those of ``spawn(_:)`` do, and take turns. A connection is closed
    /// when the closure returns or throws.
    ///
    /// - Parameters:
    ///   - host: The name of the machine. The default is "localhost".
    ///   - port: The port, for IPv4 and IPv6. The default, 0, chooses one: ``LoopbackServer/port`` tells it.
    ///   - fileID: The file where the connections are said to be made, in reports. The default is the caller's.
    ///   - line: The line where they are said to be made. The default is the caller's.
    ///   - handle: What is done with a connection.
    /// - Returns: The server; call `LoopbackServer.verify()` when the client is done.
    /// - Throws: ``/TransportCore/TransportError/Kind/addressInUse`` when something listens there.
    public func serveConnections(
        on host: String = "localhost", port: UInt16 = 0, fileID: StaticString = #fileID, line: UInt = #line,
        _ handle: @escaping @Sendable (Connection<LoopbackStream<IP>>) throws -> Void
    ) throws(TransportError) -> LoopbackServer<IP> {
        try serve(on: host, port: port, site: SourceSite(fileID: fileID, line: line)) { [engine] connection, finish in
            Self.startThread(engine, connection, handle, finish)
        }
    }

    /// Has a closure serve every connection to a port of a machine, each in a task of its own.
    ///
    /// The tasks take turns with the network's threads and with the tasks of ``run(_:)``. Otherwise like the form that
    /// blocks.
    public func serveConnections(
        on host: String = "localhost", port: UInt16 = 0, fileID: StaticString = #fileID, line: UInt = #line,
        _ handle: @escaping @Sendable (Connection<LoopbackStream<IP>>) async throws -> Void
    ) throws(TransportError) -> LoopbackServer<IP> {
        try serve(on: host, port: port, site: SourceSite(fileID: fileID, line: line)) { [engine] connection, finish in
            Self.startTask(engine, connection, handle, finish)
        }
    }

    /// Has a closure serve every connection to an address of any family, each in a thread of its own.
    ///
    /// - Parameters:
    ///   - family: The family.
    ///   - address: The address.
    ///   - host: The name of the machine. The default is "localhost".
    ///   - fileID: The file where the connections are said to be made, in reports. The default is the caller's.
    ///   - line: The line where they are said to be made. The default is the caller's.
    ///   - handle: What is done with a connection.
    /// - Returns: The server; call `LoopbackServer.verify()` when the client is done.
    /// - Throws: ``/TransportCore/TransportError/Kind/addressInUse`` when something listens there,
    ///   ``/TransportCore/TransportError/Kind/addressNotAvailable`` when it is an address of another machine.
    public func serveConnections<Family: LoopbackFamily>(
        for family: Family.Type, at address: Family.SocketAddress, on host: String = "localhost",
        fileID: StaticString = #fileID, line: UInt = #line,
        _ handle: @escaping @Sendable (Connection<LoopbackStream<Family>>) throws -> Void
    ) throws(TransportError) -> LoopbackServer<Family> {
        try serve(for: family, at: address, on: host, site: SourceSite(fileID: fileID, line: line)) {
            [engine] connection, finish in
            Self.startThread(engine, connection, handle, finish)
        }
    }

    /// Has a closure serve every connection to an address of any family, each in a task of its own. Otherwise like the
    /// form that blocks.
    public func serveConnections<Family: LoopbackFamily>(
        for family: Family.Type, at address: Family.SocketAddress, on host: String = "localhost",
        fileID: StaticString = #fileID, line: UInt = #line,
        _ handle: @escaping @Sendable (Connection<LoopbackStream<Family>>) async throws -> Void
    ) throws(TransportError) -> LoopbackServer<Family> {
        try serve(for: family, at: address, on: host, site: SourceSite(fileID: fileID, line: line)) {
            [engine] connection, finish in
            Self.startTask(engine, connection, handle, finish)
        }
    }

    // MARK: Ways to serve

    /// Starts to serve a connection; the second argument is to be called in the end, with the error if there was one.
    private typealias Start<Family: LoopbackFamily> =
        @Sendable (
            Connection<LoopbackStream<Family>>, @escaping @Sendable ((any Error)?) -> Void
        ) -> Void

    private static func startThread<Family>(
        _ engine: NetworkEngine, _ connection: Connection<LoopbackStream<Family>>,
        _ handle: @escaping @Sendable (Connection<LoopbackStream<Family>>) throws -> Void,
        _ finish: @escaping @Sendable ((any Error)?) -> Void
    ) {
        let started = engine.spawn {
            do {
                try handle(connection)
                finish(nil)
            } catch {
                finish(error)
            }
        }
        guard !started else { return }
        finish(
            TransportError(.outOfResources, operation: .accept)
                .with(message: "the system could not start a thread")
        )
    }

    private static func startTask<Family>(
        _ engine: NetworkEngine, _ connection: Connection<LoopbackStream<Family>>,
        _ handle: @escaping @Sendable (Connection<LoopbackStream<Family>>) async throws -> Void,
        _ finish: @escaping @Sendable ((any Error)?) -> Void
    ) {
        Task(executorPreference: engine) {
            do {
                try await handle(connection)
                finish(nil)
            } catch {
                finish(error)
            }
        }
    }

    // MARK: Being bound

    private func serve(
        on host: String, port: UInt16, site: SourceSite, _ start: @escaping Start<IP>
    ) throws(TransportError) -> LoopbackServer<IP> {
        let (taker, progress) = taker(for: IP.self, form: .v6(.any(port: port)), site: site, start)
        let place = try place(taker, on: host, port: port)
        engine.locked { engine.log.serving(on: host, at: "port \(place.address.port)") }
        return LoopbackServer(
            network: self, address: place.host.address(port: place.address.port), place: place, taker: taker,
            progress: progress
        )
    }

    private func serve<Family: LoopbackFamily>(
        for family: Family.Type, at address: Family.SocketAddress, on host: String, site: SourceSite,
        _ start: @escaping Start<Family>
    ) throws(TransportError) -> LoopbackServer<Family> {
        let (taker, progress) = taker(for: family, form: address, site: site, start)
        let place = try place(taker, for: family, at: address, on: host)
        engine.locked { engine.log.serving(on: host, at: "\(place.address)") }
        return LoopbackServer(
            network: self, address: Family.address(place.address, seenAt: address), place: place, taker: taker,
            progress: progress
        )
    }

    private func taker<Family: LoopbackFamily>(
        for family: Family.Type, form: Family.SocketAddress, site: SourceSite, _ start: @escaping Start<Family>
    ) -> (ConnectionTaker<Family.Space>, ServerProgress) {
        // Touched only with the network's lock held, which makes it safe to share.
        nonisolated(unsafe) let progress = ServerProgress()
        let taker = ConnectionTaker<Family.Space> { [engine] pair, local, remote in
            progress.begin()
            pair.record.record(.accept, 1)
            let stream = LoopbackStream<Family>(
                engine: engine, network: nil, pair: pair, side: 1, local: Family.address(local, seenAt: form),
                remote: Family.address(remote, seenAt: form)
            )
            // Making a connection takes the lock, and so does starting a task or a thread.
            engine.afterUnlock {
                let connection = Connection(stream, fileID: site.fileID, line: site.line)
                start(connection) { error in
                    connection.close()
                    engine.locked {
                        progress.end(error)
                        engine.changed(progress)
                    }
                }
            }
        }
        return (taker, progress)
    }
}
