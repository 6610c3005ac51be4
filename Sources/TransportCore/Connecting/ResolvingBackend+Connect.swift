extension ResolvingBackend {
    /// Connects to a name, or a numeric address, and a port, trying each address of the name in turn.
    ///
    /// One budget holds for resolving and all attempts together. A numeric address never reaches the resolver. Failed
    /// attempts leave nothing open.
    ///
    /// - Parameters:
    ///   - host: A name such as "example.org", or a numeric IPv4 or IPv6 address. An empty name is this machine.
    ///   - port: The port.
    ///   - families: Which families of addresses to use. The default is both.
    ///   - options: Options of the transport. The default lets the system choose.
    ///   - mode: The mode of the new connection. The default, nil, is that of the backend's ``defaults``.
    ///   - timeout: How long it may take in all. The default, nil, is what the mode says; nonblocking mode waits here as
    ///     blocking mode does, because looking a name up cannot be done at once.
    ///   - deadline: Until when it may take. The default, nil, is what the mode says.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: What the resolver throws. When every attempt failed, the error of the last one, with all of them in
    ///   order in ``TransportError/attempts``.
    public func connect(
        host: String, port: UInt16, families: ResolverQuery.Families = .any,
        options: StreamOptions<Family> = StreamOptions(), mode: IOMode? = nil, timeout: Duration? = nil,
        deadline: Deadline? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> Connection<Stream> {
        let defaults = defaults
        let mode = mode ?? defaults.mode
        let end = try connectDeadline(mode, timeout, deadline)
        let query = try ResolverQuery(host: host, service: .port(port), families: families)
        let options = options.naming(host)
        var attempts = ConnectAttempts(host: host)
        for address in try addresses(for: query, until: end) {
            do throws(TransportError) {
                let stream = try open(to: address, options: options, until: end)
                return Connection(stream, mode: mode, observer: defaults.observer, fileID: fileID, line: line)
            } catch {
                guard attempts.goOn(after: error) else { break }
            }
        }
        throw attempts.failure
    }

    /// Until when connecting by name may take.
    func connectDeadline(
        _ mode: IOMode, _ timeout: Duration?, _ deadline: Deadline?
    ) throws(TransportError) -> Deadline {
        let limit = try connectLimit(mode, timeout, deadline)
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
