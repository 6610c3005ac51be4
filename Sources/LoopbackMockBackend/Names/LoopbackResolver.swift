public import TransportCore

/// The names of a ``LoopbackNetwork``: each machine under its name, IPv6 first.
public struct LoopbackResolver: Resolver {
    let network: LoopbackNetwork
    let host: LoopbackHost

    /// The addresses of the machine with that name.
    public func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        if let numeric = try query.numericAddress() { return [numeric] }
        guard case .port(let port) = query.service else {
            throw TransportError(.noSuchService, operation: .resolve)
                .with(message: "the in-memory network knows ports by their numbers only")
        }
        let v4: IPv4.Address
        let v6: IPv6.Address
        if let name = query.host, name != "localhost" {
            guard let named = network.allHosts.first(where: { $0.name == name }) else {
                throw TransportError(.noSuchName, operation: .resolve).with(address: name)
            }
            (v4, v6) = (named.ipv4, named.ipv6)
        } else {
            (v4, v6) = query.isPassive ? (.any, .any) : (.loopback, .loopback)
        }
        let addresses: [IP.SocketAddress] = [
            .v6(IPv6.SocketAddress(v6, port: port)), .v4(IPv4.SocketAddress(v4, port: port)),
        ]
        return addresses.filter { address in
            switch query.families {
            case .any: true
            case .v4: address.ipv4 != nil
            case .v6: address.ipv6 != nil
            }
        }
    }

    /// The addresses of the machine with that name.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        // Names are known at once: nothing to wait for.
        let answer: (ResolverQuery, Deadline) throws(TransportError) -> [IP.SocketAddress] = {
            (query, deadline) throws(TransportError) in
            try resolve(query, until: deadline)
        }
        return try answer(query, deadline)
    }
}
