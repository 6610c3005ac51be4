internal import CSockets
public import TransportCore

extension NameService {
    /// The IPv4 address of a host, the first of several. The corresponding C function is `gethostbyname`.
    ///
    /// - Parameters:
    ///   - host: A name or a numeric address, whose old forms are taken, too. As in the reference, "" is 0.0.0.0 and
    ///     "<broadcast>" is 255.255.255.255.
    ///   - timeout: How long to wait. The default, nil, is for as long as the system takes.
    ///   - deadline: Until when to wait. The default, nil, is none.
    /// - Throws: The error of the `EAI_*` code, such as ``/TransportCore/TransportError/Kind/noSuchName``;
    ///   ``/TransportCore/TransportError/Kind/noAddressForName`` for an IPv6 address.
    public func address(of host: String, timeout: Duration? = nil, deadline: Deadline? = nil) throws(TransportError)
        -> IPv4.Address
    {
        try ask(addressQuestion(host), timeout, deadline)
    }

    /// The IPv4 address of a host. Suspends in place of blocking; otherwise like the blocking form.
    public func address(
        of host: String, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> IPv4.Address {
        try await ask(addressQuestion(host), timeout, deadline)
    }

    /// What the system knows about a host by its name: its canonical name, its aliases and its IPv4 addresses.
    ///
    /// The corresponding C function is `gethostbyname_r`.
    ///
    /// - Throws: The error of the `h_errno` code, which is ``/TransportCore/TransportError/hostLookupCode``.
    public func host(
        named name: String, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> HostEntry {
        try ask(hostQuestion(name), timeout, deadline)
    }

    /// What the system knows about a host by its name. Suspends in place of blocking; otherwise like the blocking form.
    public func host(
        named name: String, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> HostEntry {
        try await ask(hostQuestion(name), timeout, deadline)
    }

    /// What the system knows about a host by its address, of either family.
    ///
    /// The corresponding C function is `gethostbyaddr_r`.
    ///
    /// - Throws: The error of the `h_errno` code, which is ``/TransportCore/TransportError/hostLookupCode``.
    public func host(
        at address: IP.Address, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> HostEntry {
        try ask(hostQuestion(address), timeout, deadline)
    }

    /// What the system knows about a host by its address. Suspends in place of blocking; otherwise like the blocking form.
    public func host(
        at address: IP.Address, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> HostEntry {
        try await ask(hostQuestion(address), timeout, deadline)
    }

    /// The complete name of a host, with its domain, as far as it can be found out. Python's `getfqdn`.
    ///
    /// The first of the names that the host's address is known by with a dot in it. A name for which nothing can be found
    /// out is returned as it is.
    ///
    /// - Parameters:
    ///   - name: A name or a numeric address. The default, "", and the wildcard addresses are this machine.
    ///   - timeout: How long to wait. The default, nil, is for as long as the system takes.
    ///   - deadline: Until when to wait. The default, nil, is none.
    /// - Throws: ``/TransportCore/TransportError/Kind/timedOut``. That nothing was found is no error.
    public func fullyQualifiedName(
        of name: String = "", timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> String {
        try ask(fullNameQuestion(name), timeout, deadline)
    }

    /// The complete name of a host. Suspends in place of blocking; otherwise like the blocking form.
    public func fullyQualifiedName(
        of name: String = "", timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> String {
        try await ask(fullNameQuestion(name), timeout, deadline)
    }
}

// MARK: - What is asked

extension NameService {
    private func addressQuestion(_ host: String) throws(TransportError) -> Question<IPv4.Address> {
        try Self.check(host, "host name")
        let name = try DomainName.ascii(host)
        return Question(subject: host) { () throws(TransportError) in
            switch name {
            case "": return .any
            case "<broadcast>": return .broadcast
            default:
                let entries = try AddressLookUp.entries(name, nil, .ipv4, .stream, .unspecified, [])
                guard case .v4(let address)? = entries.first?.address else {
                    throw TransportError(.noAddressForName, operation: .resolve)
                }
                return address.address
            }
        }
    }

    private func hostQuestion(_ name: String) throws(TransportError) -> Question<HostEntry> {
        try Self.check(name, "host name")
        let ascii = try DomainName.ascii(name)
        return Question(subject: name) { () throws(TransportError) in
            try Self.entry { entry, systemError in
                ascii.withCString { csockets_host_by_name($0, SocketDomain.ipv4.rawValue, entry, systemError) }
            }
        }
    }

    private func hostQuestion(_ address: IP.Address) -> Question<HostEntry> {
        Question(subject: address.description) { () throws(TransportError) in try Self.entry(at: address) }
    }

    private func fullNameQuestion(_ name: String) throws(TransportError) -> Question<String> {
        try Self.check(name, "host name")
        let trimmed = name.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        let given = String(trimmed)
        let isThisMachine = given.isEmpty || given == "0.0.0.0" || given == "::"
        return Question(subject: given) { () throws(TransportError) in
            let name = isThisMachine ? try Self.hostName() : given
            // What cannot be looked up is no error here: the name stays what it is.
            guard let ascii = try? DomainName.ascii(name),
                let address = try? AddressLookUp.entries(ascii, nil, .unspecified, .stream, .unspecified, []).first,
                let entry = try? Self.entry(at: address.address.address)
            else { return name }
            return entry.fullyQualifiedName
        }
    }

    private static func entry(at address: IP.Address) throws(TransportError) -> HostEntry {
        let (domain, bytes) =
            switch address {
            case .v4(let address): (SocketDomain.ipv4, address.bytes)
            case .v6(let address): (SocketDomain.ipv6, address.bytes)
            }
        return try entry { entry, systemError in
            bytes.withUnsafeBytes {
                csockets_host_by_address($0.baseAddress, UInt32($0.count), domain.rawValue, entry, systemError)
            }
        }
    }

    /// Has C look something up, and makes a value of it before its memory goes away.
    private static func entry(
        _ lookUp: (UnsafeMutablePointer<CSocketsEntry>, UnsafeMutablePointer<Int32>) -> Int32
    ) throws(TransportError) -> HostEntry {
        var entry = CSocketsEntry()
        var systemError: Int32 = 0
        let code = lookUp(&entry, &systemError)
        guard code == 0 else { throw TransportError(hostCode: code, systemError: systemError) }
        defer { csockets_entry_free(&entry) }
        let host = entry.host
        var addresses: [IP.Address] = []
        forEach(host.h_addr_list) { pointer in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: Int(host.h_length))
            if let address = try? IPv4.Address(networkOrderBytes: bytes) {
                addresses.append(.v4(address))
            } else if let address = try? IPv6.Address(networkOrderBytes: bytes) {
                addresses.append(.v6(address))
            }
        }
        var aliases: [String] = []
        forEach(host.h_aliases) { aliases.append(String(cString: $0)) }
        return HostEntry(name: host.h_name.map { String(cString: $0) } ?? "", aliases: aliases, addresses: addresses)
    }

    /// Goes through a list of C that ends with nil.
    private static func forEach(
        _ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ body: (UnsafeMutablePointer<CChar>) -> Void
    ) {
        guard var next = list else { return }
        while let pointer = next.pointee {
            body(pointer)
            next += 1
        }
    }
}
