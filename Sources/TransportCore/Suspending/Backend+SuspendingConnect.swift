extension Backend {
    /// Connects to an address, suspending the task as long as the mode or the call says.
    ///
    /// Like the blocking form.
    ///
    /// - Parameters:
    ///   - address: The address of the peer.
    ///   - options: The local address and options of the transport. The default lets the system choose.
    ///   - mode: The mode of the new connection. The default, nil, is that of the backend's ``defaults``. In
    ///     nonblocking mode, without a timeout or deadline, the connection is returned while it is being established:
    ///     go on with `Connection.establish(timeout:deadline:)`.
    ///   - timeout: How long connecting may take. The default, nil, is what the mode says.
    ///   - deadline: Until when connecting may take. The default, nil, is what the mode says.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled. Nothing
    ///   is left open then.
    @inlinable
    public func connect(
        to address: Family.SocketAddress, options: StreamOptions<Family> = StreamOptions(), mode: IOMode? = nil,
        timeout: Duration? = nil, deadline: Deadline? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws(TransportError) -> Connection<Stream> {
        if Task.isCancelled {
            throw TransportError(.cancelled, operation: .connect).with(address: Family.place(address, options.peerName))
        }
        let defaults = defaults
        let mode = mode ?? defaults.mode
        let limit = try connectLimit(mode, timeout, deadline, to: Family.place(address, options.peerName))
        let stream =
            if !limit.mayWait, mode == .nonblocking {
                try beginOpen(to: address, options: options)
            } else {
                // A call that has no time left must not give a connection that is none yet.
                try await open(to: address, options: options, until: limit.mayWait ? limit.deadline : .at(now))
            }
        return Connection(stream, mode: mode, observer: defaults.observer, fileID: fileID, line: line)
    }
}

extension ResolvingBackend {
    /// Connects to a name, or a numeric address, and a port: the address of the name that answers first; the task is
    /// suspended meanwhile.
    ///
    /// Like the blocking form, with the same strategy, budget and errors.
    ///
    /// - Parameters:
    ///   - host: A name such as "example.org", or a numeric IPv4 or IPv6 address. This machine is "localhost".
    ///   - port: The port.
    ///   - families: Which families of addresses to use. The default is both.
    ///   - options: Options of the transport. The default lets the system choose.
    ///   - strategy: How the addresses are tried. The default, nil, is that of the backend's `defaults`.
    ///   - mode: The mode of the new connection. The default, nil, is that of the backend's `defaults`.
    ///   - timeout: How long it may take in all. The default, nil, is what the mode says; nonblocking mode suspends here
    ///     as blocking mode does, because looking a name up cannot be done at once.
    ///   - deadline: Until when it may take. The default, nil, is what the mode says.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled, at once.
    ///   Nothing is left open then.
    public func connect(
        host: String, port: UInt16, families: ResolverQuery.Families = .any,
        options: StreamOptions<Family> = StreamOptions(), strategy: ConnectStrategy? = nil, mode: IOMode? = nil,
        timeout: Duration? = nil, deadline: Deadline? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws(TransportError) -> Connection<Stream> {
        if Task.isCancelled { throw TransportError.cancelled(.connect).with(address: IP.place(host, port)) }
        let defaults = defaults
        let mode = mode ?? defaults.mode
        let end = try connectDeadline(mode, timeout, deadline, to: IP.place(host, port))
        let query = try connectQuery(host, port, families)
        let stream = try await open(
            query, named: host, options: options.naming(host), try (strategy ?? defaults.strategy).checked(), until: end
        )
        return Connection(stream, mode: mode, observer: defaults.observer, fileID: fileID, line: line)
    }

    /// Opens a stream to one of the addresses for a query.
    private func open(
        _ query: ResolverQuery, named host: String, options: StreamOptions<IP>, _ strategy: ConnectStrategy,
        until end: Deadline
    ) async throws(TransportError) -> Stream {
        var race = ConnectRace<Stream>(host, strategy, from: now, until: end)
        var lookUp: Names.LookUp?
        if let numeric = try query.numericAddress() { race.take(numeric) } else { lookUp = resolver.lookUp(query) }
        defer { lookUp?.cancel() }
        while true {
            switch race.move(at: now) {
            case .lookUp(let limit):
                do throws(TransportError) {
                    race.take(try await lookUp?.next(until: limit), at: now)
                } catch {
                    race.lookUpFailed(error, at: now)
                }
            case .open(let address):
                let (number, limit) = race.beginAttempt(at: address, now)
                do throws(TransportError) {
                    return try await open(to: address, options: options, until: limit)
                } catch {
                    race.failed(number, error, at: now)
                }
            case .begin(let address):
                let (number, _) = race.beginAttempt(at: address, now)
                if let stream = begin(number, at: address, options, &race) { return stream }
            case .wait(let limit):
                do throws(TransportError) {
                    _ = try await Stream.ready(forAny: race.running.map { ($0.stream, $0.need) }, until: limit)
                } catch {
                    race.waitFailed(error, at: now)
                }
                if let stream = race.goOn(at: now) { return stream }
            case .giveUp: throw race.giveUp(at: now)
            }
        }
    }

    /// The addresses for a query: a numeric address itself, or what the resolver says; the task is suspended meanwhile.
    ///
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled.
    public func addresses(
        for query: ResolverQuery, until deadline: Deadline = .never
    ) async throws(TransportError) -> [IP.SocketAddress] {
        if let numeric = try query.numericAddress() { return [numeric] }
        return try await resolver.resolve(query, until: deadline)
    }
}
