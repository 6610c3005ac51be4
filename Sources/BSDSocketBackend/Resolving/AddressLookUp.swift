internal import CSockets
internal import TransportCore

/// Look-ups of addresses by the system, on the calling thread.
enum AddressLookUp {
    /// The addresses of a resolver's query.
    static func perform(_ query: ResolverQuery) -> SystemResolver.Answer {
        do throws(TransportError) {
            return .success(try addresses(for: query))
        } catch {
            return .failure(error.with(address: query.host ?? "this machine"))
        }
    }

    private static func addresses(for query: ResolverQuery) throws(TransportError) -> [IP.SocketAddress] {
        var flags: AddressInfoFlags = query.isPassive ? .passive : []
        let service: String
        switch query.service {
        case .port(let port):
            flags.insert(.numericService)
            service = String(port)
        case .name(let name): service = name
        }
        let domain: SocketDomain =
            switch query.families {
            case .any: .unspecified
            case .v4: .ipv4
            case .v6: .ipv6
            }
        // For one type there is one entry an address; the port is that of the service for TCP.
        var addresses: [IP.SocketAddress] = []
        for entry in try entries(query.host, service, domain, .stream, .unspecified, flags)
        where !addresses.contains(entry.address) {
            addresses.append(entry.address)
        }
        guard !addresses.isEmpty else { throw TransportError(.noAddressForName, operation: .resolve) }
        return addresses
    }

    /// Asks `getaddrinfo`.
    static func entries(
        _ host: String?, _ service: String?, _ domain: SocketDomain, _ type: SocketType?,
        _ socketProtocol: SocketProtocol, _ flags: AddressInfoFlags
    ) throws(TransportError) -> [AddressInfo] {
        var list: UnsafeMutablePointer<addrinfo>?
        var systemError: Int32 = 0
        let code = withOptionalCString(host) { host in
            withOptionalCString(service) { service in
                csockets_getaddrinfo(
                    host, service, domain.rawValue, type?.rawValue ?? 0, socketProtocol.rawValue, flags.rawValue, &list,
                    &systemError
                )
            }
        }
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else { throw TransportError(addressInfoCode: code, systemError: systemError) }

        var entries: [AddressInfo] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            guard let bytes = entry.ai_addr else { continue }
            let raw = UnsafeRawBufferPointer(start: bytes, count: Int(entry.ai_addrlen))
            // An entry of a family that is neither is none of ours.
            guard let address = try? IP.decode(raw) else { continue }
            entries.append(
                AddressInfo(
                    domain: SocketDomain(rawValue: entry.ai_family), type: SocketType(rawValue: entry.ai_socktype),
                    socketProtocol: SocketProtocol(rawValue: entry.ai_protocol),
                    canonicalName: entry.ai_canonname.map { String(cString: $0) }, address: address
                )
            )
        }
        return entries
    }

    /// Asks `getnameinfo`.
    static func names(
        of address: IP.SocketAddress, _ flags: NameInfoFlags
    ) throws(TransportError) -> (host: String, service: String) {
        var host = ""
        let service = try NameService.withTextBuffer(Int(csockets_longest_service)) {
            (service, serviceSize) throws(TransportError) in
            host = try NameService.withTextBuffer(Int(csockets_longest_host)) {
                (host, hostSize) throws(TransportError) in
                var systemError: Int32 = 0
                let code = IP.bytes(of: address).withBytes {
                    csockets_getnameinfo(
                        $0.baseAddress, UInt32($0.count), host, UInt32(hostSize), service, UInt32(serviceSize),
                        flags.rawValue, &systemError
                    )
                }
                if code != 0 { throw TransportError(addressInfoCode: code, systemError: systemError) }
            }
        }
        return (host, service)
    }
}
