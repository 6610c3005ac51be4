/// A resolver that answers for the names of a table, and asks another one for the rest.
///
/// ```swift
/// let table = HostsTable(["cache": [.v4(.loopback)]])
/// let connection = try backend.with(hosts: table).connect(host: "cache", port: 6379)
/// ```
public struct HostsResolver<Base: Resolver>: Resolver {
    /// The names that it knows.
    public let table: HostsTable
    /// What is asked for other names.
    public let base: Base

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - table: The names that it knows.
    ///   - base: What is asked for other names.
    public init(_ table: HostsTable, otherwise base: Base) {
        self.table = table
        self.base = base
    }

    /// The addresses that the table has, or those of the resolver below.
    public func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        if let known = try answer(query) { return known }
        return try base.resolve(query, until: deadline)
    }

    /// The addresses that the table has, or those of the resolver below.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        if let known = try answer(query) { return known }
        return try await base.resolve(query, until: deadline)
    }

    /// The addresses that the table has, at once, or those of the resolver below, as they come.
    public func lookUp(_ query: ResolverQuery) -> HostsLookUp<Base.LookUp> {
        do throws(TransportError) {
            if let known = try answer(query) { return HostsLookUp(.success(known)) }
        } catch {
            return HostsLookUp(.failure(error))
        }
        return HostsLookUp(otherwise: base.lookUp(query))
    }

    private func answer(_ query: ResolverQuery) throws(TransportError) -> [IP.SocketAddress]? {
        guard let host = query.host, let addresses = table.addresses(of: host) else { return nil }
        guard case .port(let port) = query.service else {
            throw TransportError(.noSuchService, operation: .resolve).with(address: host)
                .with(message: "a table of hosts knows ports by their numbers only")
        }
        let wanted = addresses.map { IP.SocketAddress($0, port: port) }.filter(query.families.contain)
        guard !wanted.isEmpty else { throw TransportError(.noAddressForName, operation: .resolve).with(address: host) }
        return wanted
    }
}

/// The look-up of a ``HostsResolver``: the answer of the table, or a look-up of the resolver below.
public struct HostsLookUp<Base: ResolverLookUp>: ResolverLookUp {
    private enum Source {
        case table(Result<[IP.SocketAddress], TransportError>)
        case base(Base)
    }

    private let source: Source

    init(_ known: Result<[IP.SocketAddress], TransportError>) { source = .table(known) }
    init(otherwise base: Base) { source = .base(base) }

    /// The answer of the table, or the next part of that of the resolver below.
    public func next(until deadline: Deadline) throws(TransportError) -> ResolverAnswerPart? {
        switch source {
        case .table(let answer): ResolverAnswerPart(try answer.get(), isLast: true)
        case .base(let base): try base.next(until: deadline)
        }
    }

    /// The answer of the table, or the next part of that of the resolver below.
    public func next(until deadline: Deadline) async throws(TransportError) -> ResolverAnswerPart? {
        switch source {
        case .table(let answer): ResolverAnswerPart(try answer.get(), isLast: true)
        case .base(let base): try await base.next(until: deadline)
        }
    }

    /// Ends the look-up of the resolver below.
    public func cancel() { if case .base(let base) = source { base.cancel() } }
}

extension HostsResolver where Base == NoNames {
    /// Makes a resolver that knows the names of a table and no others.
    public init(_ table: HostsTable) { self.init(table, otherwise: NoNames()) }
}

/// A resolver for which no name exists; numeric addresses reach no resolver.
public struct NoNames: Resolver {
    /// Makes one.
    public init() {}

    /// Fails.
    public func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        throw Self.failure(query)
    }

    /// Fails.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        throw Self.failure(query)
    }

    private static func failure(_ query: ResolverQuery) -> TransportError {
        TransportError(.noSuchName, operation: .resolve).with(address: query.host ?? "this machine")
    }
}

extension ResolverQuery.Families {
    /// Whether an address is of a family that is wanted.
    func contain(_ address: IP.SocketAddress) -> Bool {
        switch self {
        case .any: true
        case .v4: address.ipv4 != nil
        case .v6: address.ipv6 != nil
        }
    }
}
