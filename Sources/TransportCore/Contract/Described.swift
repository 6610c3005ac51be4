/// Something that says what it is made of, for logs and reports: transports, listeners and datagram endpoints.
///
/// ```swift
/// print(connection)  // TLS 1.3, h2 over TCP 127.0.0.1:50312 to 127.0.0.1:443
/// ```
///
/// Nothing depends on it but what people read: a backend that does not care keeps the defaults.
public protocol Described {
    /// What objects of this type are, in a word or two. The default is the name of the type.
    static var kind: String { get }

    /// What the object is made of, from the top down, each part in one line of a few words.
    ///
    /// Never waits and never fails: what cannot be told at the moment is left out. A layer puts itself before what is
    /// below it, which is the default. Ask for it in logs, not for every operation: it makes strings, and may ask the system
    /// for addresses.
    var stack: [String] { get }
}

extension Described {
    /// The name of the type, without what it is generic over.
    public static var kind: String { plainName(of: Self.self) }
}

/// The name of a type, without what it is generic over.
package func plainName(of type: Any.Type) -> String { String("\(type)".prefix { $0 != "<" }) }

extension Transport {
    /// The kind, with the addresses of both ends.
    public var stack: [String] { [described(as: Self.kind)] }

    /// A line of a stack: a kind, with the addresses of the two ends that are known at the moment.
    public func described(as kind: String) -> String { line(kind, try? localAddress, try? remoteAddress) }
}

extension TransportLayer {
    /// The kind, and what is below.
    public var stack: [String] { [Self.kind] + lower.stack }
}

extension DatagramTransport {
    /// The kind, with the addresses of both ends.
    public var stack: [String] { [line(Self.kind, try? localAddress, try? remoteAddress)] }
}

extension TransportListener {
    /// The kind of the connections, and the address that is listened on.
    public var stack: [String] {
        [(try? localAddress).map { "\(Accepted.kind) listening on \($0)" } ?? "\(Accepted.kind) listening"]
    }
}

private func line<Address>(_ kind: String, _ local: Address?, _ remote: Address?) -> String {
    var line = kind
    if let local { line += " \(local)" }
    if let remote { line += " to \(remote)" }
    return line
}

// MARK: - Owners

extension Connection: CustomStringConvertible {
    /// What the connection is made of: `TLS 1.3, h2 over TCP 127.0.0.1:50312 to 127.0.0.1:443`; see ``Described/stack``.
    public var description: String { transport.description(isClosed: isClosed) }
}

extension Listener: CustomStringConvertible {
    /// What the listener is made of: `TLS over TCP listening on 127.0.0.1:443`; see ``Described/stack``.
    public var description: String { transport.description(isClosed: isClosed) }
}

extension DatagramSocket: CustomStringConvertible {
    /// What the socket is made of: `UDP 127.0.0.1:50312 to 127.0.0.1:53`; see ``Described/stack``.
    public var description: String { transport.description(isClosed: isClosed) }
}

extension Described {
    fileprivate func description(isClosed: Bool) -> String {
        (isClosed ? "closed " : "") + stack.joined(separator: " over ")
    }
}
