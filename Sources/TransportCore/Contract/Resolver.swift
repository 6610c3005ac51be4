/// What turns names into addresses.
///
/// Resolvers are values that belong to a backend, so that a test of a client that connects by name never asks a real
/// name server. A numeric address never reaches the resolver of a backend.
public protocol Resolver: Sendable {
    /// The addresses for a query, in the order in which they should be tried; never empty.
    ///
    /// - Throws: ``TransportError/Kind/noSuchName``, ``TransportError/Kind/noAddressForName``,
    ///   ``TransportError/Kind/nameServiceUnavailable``, ``TransportError/Kind/timedOut`` when the deadline passed.
    func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress]

    /// The addresses for a query, without blocking a thread of the caller's; ends at once when the task is cancelled.
    ///
    /// - Throws: As the blocking form does, and ``TransportError/Kind/cancelled``.
    func resolve(_ query: ResolverQuery, until deadline: Deadline) async throws(TransportError) -> [IP.SocketAddress]

    /// The type of the look-ups. The default is one whose answer comes at once.
    associatedtype LookUp: ResolverLookUp = WholeAnswer<Self>

    /// Begins a look-up whose answer may come in parts, one family before the other. The default is made of
    /// `resolve(_:until:)`.
    func lookUp(_ query: ResolverQuery) -> LookUp
}

/// What is asked of a resolver.
public struct ResolverQuery: Hashable, Sendable {
    /// Which families of addresses are wanted.
    public enum Families: Hashable, Sendable {
        /// Both, in the resolver's order.
        case any
        /// IPv4 alone.
        case v4
        /// IPv6 alone.
        case v6
    }

    /// A port by its number or by the name of its service.
    public enum Service: Hashable, Sendable {
        /// A port number.
        case port(UInt16)
        /// The name of a service, such as "http".
        case name(String)
    }

    /// The name; nil asks for this machine: its loopback addresses, or its wildcard addresses for ``isPassive``.
    public let host: String?

    /// The port that the addresses are to have.
    public let service: Service

    /// Which families are wanted.
    public let families: Families

    /// Whether the addresses are for listening, which matters when there is no host.
    public let isPassive: Bool

    /// Makes a query.
    ///
    /// - Parameters:
    ///   - host: A name or a numeric address of 1 to 253 bytes; nil or an empty string asks for this machine. A name that
    ///     is not ASCII is asked for by its A-labels: see ``DomainName``.
    ///   - service: The port or service.
    ///   - families: Which families are wanted. The default is both.
    ///   - isPassive: Whether the addresses are for listening. The default is false.
    /// - Throws: ``TransportError/Kind/invalidArgument`` for a name that is too long, has a NUL in it, or cannot be written
    ///   as A-labels, and for a service that is a number and no port.
    public init(
        host: String?, service: Service, families: Families = .any, isPassive: Bool = false
    ) throws(TransportError) {
        var host = host
        if let name = host {
            // C would cut the name at the NUL and look up another one.
            guard !name.utf8.contains(0) else {
                throw .invalidArgument("the host name \(QuotedInput(name)) contains a NUL", operation: .resolve)
            }
            let ascii = try DomainName.ascii(name)
            host = ascii
            // RFC 1035 2.3.4, less the length bytes; a numeric address with a long zone stays well below.
            guard ascii.utf8.count <= 253 || (ascii.utf8.count == 254 && ascii.utf8.last == UInt8(ascii: ".")) else {
                throw .invalidArgument(
                    "the host name has \(ascii.utf8.count) bytes; names have at most 253", operation: .resolve
                )
            }
        }
        if case .name(let name) = service, name.utf8.contains(0) || name.isEmpty {
            throw .invalidArgument(
                "the service name \(QuotedInput(name)) is empty or contains a NUL", operation: .resolve
            )
        }
        if case .name(let name) = service { try PortNumber.check(service: name) }
        self.host = host == "" ? nil : host
        self.service = service
        self.families = families
        self.isPassive = isPassive
    }
}
