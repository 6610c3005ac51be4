extension ResolvingBackend {
    /// Connects to a name, or a numeric address, and a port: the address of the name that answers first.
    ///
    /// The addresses are tried as the strategy says; without another one that is Happy Eyeballs (RFC 8305): the families in
    /// turn, a further attempt every 250 ms, and at once when one has failed. One budget holds for resolving and all
    /// attempts together, handshakes of layers included. A numeric address never reaches the resolver. Attempts that have
    /// failed, or came too late, leave nothing open.
    ///
    /// - Parameters:
    ///   - host: A name such as "example.org", or a numeric IPv4 or IPv6 address. This machine is "localhost".
    ///   - port: The port.
    ///   - families: Which families of addresses to use. The default is both.
    ///   - options: Options of the transport. The default lets the system choose.
    ///   - strategy: How the addresses are tried. The default, nil, is that of the backend's `defaults`.
    ///   - mode: The mode of the new connection. The default, nil, is that of the backend's `defaults`.
    ///   - timeout: How long it may take in all. The default, nil, is what the mode says; nonblocking mode waits here as
    ///     blocking mode does, because looking a name up cannot be done at once.
    ///   - deadline: Until when it may take. The default, nil, is what the mode says.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: ``TransportError/Kind/invalidArgument`` for an empty host, and what the resolver throws. When every attempt
    ///   failed, the error of the last one to fail, with all of them in the order in which they began in
    ///   ``TransportError/attempts``, and with the times in ``TransportError/ledger``.
    public func connect(
        host: String, port: UInt16, families: ResolverQuery.Families = .any,
        options: StreamOptions<Family> = StreamOptions(), strategy: ConnectStrategy? = nil, mode: IOMode? = nil,
        timeout: Duration? = nil, deadline: Deadline? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> Connection<Stream> {
        let defaults = defaults
        let mode = mode ?? defaults.mode
        let end = try connectDeadline(mode, timeout, deadline, to: IP.place(host, port))
        let query = try connectQuery(host, port, families)
        let stream = try open(
            query, named: host, options: options.naming(host), try (strategy ?? defaults.strategy).checked(), until: end
        )
        return Connection(stream, mode: mode, observer: defaults.observer, fileID: fileID, line: line)
    }

    /// Opens a stream to one of the addresses for a query.
    private func open(
        _ query: ResolverQuery, named host: String, options: StreamOptions<IP>, _ strategy: ConnectStrategy,
        until end: Deadline
    ) throws(TransportError) -> Stream {
        var race = ConnectRace<Stream>(host, strategy, from: now, until: end)
        var lookUp: Names.LookUp?
        if let numeric = try query.numericAddress() { race.take(numeric) } else { lookUp = resolver.lookUp(query) }
        defer { lookUp?.cancel() }
        while true {
            switch race.move(at: now) {
            case .lookUp(let limit):
                do throws(TransportError) {
                    race.take(try lookUp?.next(until: limit), at: now)
                } catch {
                    race.lookUpFailed(error, at: now)
                }
            case .open(let address):
                let (number, limit) = race.beginAttempt(at: address, now)
                do throws(TransportError) {
                    return try open(to: address, options: options, until: limit)
                } catch {
                    race.failed(number, error, at: now)
                }
            case .begin(let address):
                let (number, _) = race.beginAttempt(at: address, now)
                if let stream = begin(number, at: address, options, &race) { return stream }
            case .wait(let limit):
                do throws(TransportError) {
                    _ = try Stream.wait(forAny: race.running.map { ($0.stream, $0.need) }, until: limit)
                } catch {
                    race.waitFailed(error, at: now)
                }
                if let stream = race.goOn(at: now) { return stream }
            case .giveUp: throw race.giveUp(at: now)
            }
        }
    }

    /// Begins an attempt of a race.
    ///
    /// - Returns: The stream when it was established at once; the others are closed then.
    func begin(
        _ number: Int, at address: IP.SocketAddress, _ options: StreamOptions<IP>, _ race: inout ConnectRace<Stream>
    ) -> Stream? {
        do throws(TransportError) {
            let stream = try beginOpen(to: address, options: options)
            race.goesOn(stream, number, .writable)
        } catch {
            race.failed(number, error, at: now)
            return nil
        }
        return race.goOn(at: now)
    }

    /// The query for a host to connect to.
    func connectQuery(
        _ host: String, _ port: UInt16, _ families: ResolverQuery.Families
    ) throws(TransportError) -> ResolverQuery {
        guard !host.isEmpty else {
            throw .invalidArgument(
                "the host is empty: where it comes from a setting or a variable, that may not be set; this machine is "
                    + "\"localhost\"", operation: .connect
            )
        }
        return try ResolverQuery(host: host, service: .port(port), families: families)
    }

    /// Until when connecting by name may take.
    func connectDeadline(
        _ mode: IOMode, _ timeout: Duration?, _ deadline: Deadline?, to place: @autoclosure () -> String
    ) throws(TransportError) -> Deadline {
        let limit = try connectLimit(mode, timeout, deadline, to: place())
        // Looking a name up cannot be done at once: only a call that says "no time at all" itself gets none.
        return limit.mayWait ? limit.deadline : timeout == .zero ? .at(now) : .never
    }

    /// The addresses for a query: a numeric address itself, or what the resolver says.
    ///
    /// - Throws: ``TransportError/Kind/noAddressForName`` for a numeric address of a family that is not wanted, and what
    ///   the resolver throws.
    public func addresses(
        for query: ResolverQuery, until deadline: Deadline = .never
    ) throws(TransportError) -> [IP.SocketAddress] {
        if let numeric = try query.numericAddress() { return [numeric] }
        return try resolver.resolve(query, until: deadline)
    }

    /// The same backend with another resolver.
    public func with<Replacement: Resolver>(resolver: Replacement) -> WithResolver<Self, Replacement> {
        WithResolver(base: self, resolver: resolver)
    }
}
