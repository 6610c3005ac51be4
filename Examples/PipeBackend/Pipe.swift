public import TransportCore

/// The family of the addresses of pipes: names within one ``PipeBackend``.
///
/// It is a name for the type system; there are no values of it.
public enum Pipe: AddressFamily {
    /// The name of one end, such as `echo`.
    public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
        /// The name.
        public let name: String

        /// Makes an address of a name.
        ///
        /// - Throws: ``TransportError/Kind/invalidArgument`` when the name is empty or has a `#`, which is for the names
        ///   that a backend gives.
        public init(_ name: String) throws(TransportError) {
            guard !name.isEmpty, !name.contains("#") else {
                throw .invalidArgument("\(name.debugDescription) is no name of a pipe: it is empty or has a #")
            }
            self.name = name
        }

        /// The address of an end that nobody has named.
        init(number: UInt64, of name: String) { self.name = "\(name)#\(number)" }

        /// The address as `pipe:echo`.
        public var description: String { "pipe:\(name)" }
    }
}
