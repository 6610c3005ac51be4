internal import CSockets
public import TransportCore

/// One way to reach a host: what to make a socket of, and what to connect it to. The C type is `struct addrinfo`.
public struct AddressInfo: Hashable, Sendable {
    /// The family of the socket.
    public let domain: SocketDomain
    /// The type of the socket.
    public let type: SocketType
    /// The protocol of the socket.
    public let socketProtocol: SocketProtocol
    /// The name that the host is an alias of, where ``AddressInfoFlags/canonicalName`` asked for it; in the first entry only.
    public let canonicalName: String?
    /// The address.
    public let address: IP.SocketAddress
}

extension NameService {
    /// The ways to reach a host and service, in the order in which they should be tried.
    ///
    /// The corresponding C function is `getaddrinfo`. Nothing is left out or refused that it takes: numeric addresses in
    /// old forms, too. A host that is not ASCII is asked for by its A-labels (``/TransportCore/DomainName``).
    ///
    /// - Parameters:
    ///   - host: A name or a numeric address; nil and "" are this machine.
    ///   - service: The name of a service, or a port number as text. The default, nil, gives port 0.
    ///   - domain: The family to look for. The default is any.
    ///   - type: The type of socket. The default, nil, is any: then there is an entry for each type.
    ///   - socketProtocol: The protocol. The default is any.
    ///   - flags: How to look. The default is none.
    ///   - timeout: How long to wait. The default, nil, is for as long as the system takes.
    ///   - deadline: Until when to wait. The default, nil, is none.
    /// - Throws: The error of the `EAI_*` code, which is ``/TransportCore/TransportError/addressInfoCode``;
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` for a service that is a number and no port, of which the C
    ///   function would take 16 bits; ``/TransportCore/TransportError/Kind/timedOut``.
    public func addressInfo(
        host: String?, service: String? = nil, domain: SocketDomain = .unspecified, type: SocketType? = nil,
        socketProtocol: SocketProtocol = .unspecified, flags: AddressInfoFlags = [], timeout: Duration? = nil,
        deadline: Deadline? = nil
    ) throws(TransportError) -> [AddressInfo] {
        try ask(addressInfoQuestion(host, service, domain, type, socketProtocol, flags), timeout, deadline)
    }

    /// The ways to reach a host and service. Suspends in place of blocking; otherwise like the blocking form.
    public func addressInfo(
        host: String?, service: String? = nil, domain: SocketDomain = .unspecified, type: SocketType? = nil,
        socketProtocol: SocketProtocol = .unspecified, flags: AddressInfoFlags = [], timeout: Duration? = nil,
        deadline: Deadline? = nil
    ) async throws(TransportError) -> [AddressInfo] {
        try await ask(addressInfoQuestion(host, service, domain, type, socketProtocol, flags), timeout, deadline)
    }

    private func addressInfoQuestion(
        _ host: String?, _ service: String?, _ domain: SocketDomain, _ type: SocketType?,
        _ socketProtocol: SocketProtocol, _ flags: AddressInfoFlags
    ) throws(TransportError) -> Question<[AddressInfo]> {
        try Self.check(host, "host name")
        try Self.check(service, "service name")
        if let service { try PortNumber.check(service: service) }
        // The reference says that "" is the same as none, and the C function does not.
        let host = try host.flatMap { $0.isEmpty ? nil : $0 }.map { (name) throws(TransportError) in
            try DomainName.ascii(name)
        }
        return Question(subject: host ?? "this machine") { () throws(TransportError) in
            try AddressLookUp.entries(host, service, domain, type, socketProtocol, flags)
        }
    }

    /// The names of a host and service by their address.
    ///
    /// The corresponding C function is `getnameinfo`. Where there is no name, the number is given, unless
    /// ``NameInfoFlags/nameRequired`` makes that an error.
    ///
    /// - Parameters:
    ///   - address: The address; there is no way to give a name here.
    ///   - flags: How to look. The default is none.
    ///   - timeout: How long to wait. The default, nil, is for as long as the system takes.
    ///   - deadline: Until when to wait. The default, nil, is none.
    /// - Throws: The error of the `EAI_*` code; ``/TransportCore/TransportError/Kind/timedOut``.
    public func nameInfo(
        of address: IP.SocketAddress, flags: NameInfoFlags = [], timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> (host: String, service: String) {
        try ask(nameInfoQuestion(address, flags), timeout, deadline)
    }

    /// The names of a host and service. Suspends in place of blocking; otherwise like the blocking form.
    public func nameInfo(
        of address: IP.SocketAddress, flags: NameInfoFlags = [], timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> (host: String, service: String) {
        try await ask(nameInfoQuestion(address, flags), timeout, deadline)
    }

    private func nameInfoQuestion(
        _ address: IP.SocketAddress, _ flags: NameInfoFlags
    ) -> Question<(host: String, service: String)> {
        Question(subject: address.description) { () throws(TransportError) in
            try AddressLookUp.names(of: address, flags)
        }
    }
}
