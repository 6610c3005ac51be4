extension IPv6 {
    /// An Internet address of version 6 with a port, a flow label and a scope, such as [fe80::1%3]:80.
    ///
    /// The corresponding C type is `struct sockaddr_in6`.
    public struct SocketAddress: Hashable, Sendable {
        /// The largest flow label, 20 bits.
        public static let maximumFlowInfo: UInt32 = 0xF_FFFF

        /// The address of the machine.
        public var address: IPv6.Address

        /// The port, from 0 to 65535 in this machine's byte order; 0 lets the system choose when listening.
        public var port: UInt16

        /// The flow label, from 0 to ``maximumFlowInfo`` in this machine's byte order; 0 means none (RFC 6437).
        ///
        /// `sin6_flowinfo` of C holds it in the network's byte order, below eight bits of traffic class.
        public let flowInfo: UInt32

        /// The index of the interface that the address is valid on; 0 means none (RFC 4007).
        ///
        /// Link-local addresses need it. `sin6_scope_id` in C.
        public var scopeID: UInt32

        /// Creates a socket address without a flow label.
        ///
        /// - Parameters:
        ///   - address: The address of the machine.
        ///   - port: The port.
        ///   - scopeID: The index of the interface that the address is valid on. The default, 0, means none.
        public init(_ address: IPv6.Address, port: UInt16, scopeID: UInt32 = 0) {
            self.address = address
            self.port = port
            self.flowInfo = 0
            self.scopeID = scopeID
        }

        /// Creates a socket address with a flow label.
        ///
        /// - Parameters:
        ///   - address: The address of the machine.
        ///   - port: The port.
        ///   - flowInfo: The flow label, from 0 to ``maximumFlowInfo``.
        ///   - scopeID: The index of the interface that the address is valid on. The default, 0, means none.
        /// - Throws: `TransportError` of kind `.invalidArgument` if `flowInfo` has more than 20 bits.
        public init(
            _ address: IPv6.Address,
            port: UInt16,
            flowInfo: UInt32,
            scopeID: UInt32 = 0
        ) throws(TransportError) {
            guard flowInfo <= Self.maximumFlowInfo else { throw Self.flowInfoOutOfRange(flowInfo) }
            self.address = address
            self.port = port
            self.flowInfo = flowInfo
            self.scopeID = scopeID
        }

        /// Creates a socket address from numbers that have not been checked yet.
        ///
        /// - Parameters:
        ///   - address: The address of the machine.
        ///   - port: A number from 0 to 65535.
        ///   - flowInfo: A number from 0 to ``maximumFlowInfo``. The default is 0.
        ///   - scopeID: A number from 0 to 4294967295. The default is 0.
        /// - Throws: `TransportError` of kind `.invalidArgument` if one of them is out of its range.
        public init(
            _ address: IPv6.Address,
            validatingPort port: Int,
            flowInfo: Int = 0,
            scopeID: Int = 0
        ) throws(TransportError) {
            let port = try PortNumber.validated(port)
            guard let flow = UInt32(exactly: flowInfo) else { throw Self.flowInfoOutOfRange(flowInfo) }
            guard let scope = UInt32(exactly: scopeID) else {
                throw .invalidArgument("\(scopeID) is not a scope: expected a number from 0 to \(UInt32.max)")
            }
            try self.init(address, port: port, flowInfo: flow, scopeID: scope)
        }

        /// Creates the socket address by which an IPv6 socket talks to an IPv4 one: ::ffff:a.b.c.d with its port.
        public init(mapping address: IPv4.SocketAddress) {
            self.init(IPv6.Address(mapping: address.address), port: address.port)
        }

        /// The IPv4 socket address that this one maps, or nil if it is not a mapped one.
        public var ipv4Mapped: IPv4.SocketAddress? {
            address.ipv4Mapped.map { IPv4.SocketAddress($0, port: port) }
        }

        /// Returns the same address with another port.
        public func with(port: UInt16) -> IPv6.SocketAddress {
            var copy = self
            copy.port = port
            return copy
        }

        private static func flowInfoOutOfRange(_ value: some BinaryInteger) -> TransportError {
            .invalidArgument("\(value) is not a flow label: expected a number from 0 to \(maximumFlowInfo) (20 bits)")
        }
    }
}

extension IPv6.SocketAddress {
    /// Returns :: with a port: all of this machine's addresses.
    public static func any(port: UInt16) -> IPv6.SocketAddress { IPv6.SocketAddress(.any, port: port) }

    /// Returns ::1 with a port: this machine, from this machine only.
    public static func loopback(port: UInt16) -> IPv6.SocketAddress { IPv6.SocketAddress(.loopback, port: port) }
}
