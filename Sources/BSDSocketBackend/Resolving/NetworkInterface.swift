internal import CSockets
public import TransportCore

/// A network interface of this machine: its name and its index, which is the scope of link-local addresses.
///
/// Nothing here waits for longer than a system call takes.
public struct NetworkInterface: Hashable, Sendable, CustomStringConvertible {
    /// The index, 1 or more.
    public let index: UInt32
    /// The name, such as "lo".
    public let name: String

    /// The interface with a name. The corresponding C function is `if_nametoindex`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchInterface``.
    public init(named name: String) throws(TransportError) {
        guard !name.utf8.contains(0) else { throw Self.missing(name) }
        let index = name.withCString { csockets_interface_index($0) }
        guard let index = UInt32(exactly: index) else {
            throw Self.missing(name, errno: Int32(truncatingIfNeeded: -index))
        }
        self.index = index
        self.name = name
    }

    /// The interface with an index. The corresponding C function is `if_indextoname`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchInterface``, also for 0, which is no interface.
    public init(index: UInt32) throws(TransportError) {
        name = try NameService.withTextBuffer(Int(csockets_longest_interface)) { (buffer, _) throws(TransportError) in
            let result = csockets_interface_name(index, buffer)
            if result < 0 { throw Self.missing("number \(index)", errno: -result) }
        }
        self.index = index
    }

    private init(index: UInt32, name: String) {
        self.index = index
        self.name = name
    }

    /// All interfaces. The corresponding C function is `if_nameindex`.
    ///
    /// - Throws: The system's error.
    public static func all() throws(TransportError) -> [NetworkInterface] {
        var found: [NetworkInterface] = []
        let result = withUnsafeMutablePointer(to: &found) { found in
            csockets_interfaces(
                { context, index, name in
                    guard let name else { return }
                    context?.assumingMemoryBound(to: [NetworkInterface].self).pointee
                        .append(NetworkInterface(index: index, name: String(cString: name)))
                }, found
            )
        }
        if result < 0 { throw TransportError(errno: -result, .resolve) }
        return found
    }

    /// The name and the index.
    public var description: String { "\(name) (\(index))" }

    private static func missing(_ name: String, errno: Int32 = 0) -> TransportError {
        let code = errno == 0 ? nil : TransportError.Code(errno: errno)
        return TransportError(.noSuchInterface, operation: .resolve, code: code).with(address: "interface \(name)")
    }
}
