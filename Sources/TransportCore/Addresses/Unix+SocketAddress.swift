extension Unix {
    /// The address of a socket on this machine: a path, an abstract name, or none.
    ///
    /// The corresponding C type is `struct sockaddr_un`.
    public struct SocketAddress: Hashable, Sendable {
        /// What an address consists of.
        public enum Kind: Hashable, Sendable {
            /// A path in the file system.
            case path
            /// A name outside the file system, which vanishes with its last socket. Only Linux knows it.
            case abstract
            /// No address: that of a socket that was never bound.
            case unnamed
        }

        /// The most bytes of a path or an abstract name: 107 on Linux, 103 on Darwin.
        ///
        /// One byte less than `sun_path` of C has, for the NUL after a path, or before an abstract name.
        public static let maximumLength = capacity - 1

        #if canImport(Darwin)
        private static let capacity = 104
        #else
        private static let capacity = 108
        #endif

        private enum Storage: Hashable {
            case path([UInt8])
            case abstract([UInt8])
            case unnamed
        }

        private let storage: Storage

        private init(storage: Storage) {
            self.storage = storage
        }

        /// The address of a socket that was never bound.
        ///
        /// Binding to it asks Linux for a free abstract name of its choice; other systems refuse it.
        public static let unnamed = SocketAddress(storage: .unnamed)

        /// Creates the address of a path in the file system.
        ///
        /// - Parameter path: The path: 1 to ``maximumLength`` bytes of UTF-8 without a NUL.
        /// - Throws: `TransportError` of kind `.invalidArgument` if the path is empty, too long or has a NUL. It is
        ///   never cut.
        public init(path: String) throws(TransportError) {
            try self.init(pathBytes: path.utf8)
        }

        /// Creates the address of a path in the file system that may have any encoding.
        ///
        /// - Parameter bytes: The path: 1 to ``maximumLength`` bytes, none of them 0.
        /// - Throws: `TransportError` of kind `.invalidArgument` if the path is empty, too long or has a NUL. It is
        ///   never cut.
        public init(pathBytes bytes: some Collection<UInt8>) throws(TransportError) {
            try Self.checkLength(of: bytes, what: "path of a Unix socket")
            guard !bytes.isEmpty else {
                throw .invalidArgument("the path of a Unix socket is empty; an address without a path is .unnamed")
            }
            if bytes.contains(0) {
                throw .invalidArgument("the path of a Unix socket has a NUL in it, where the system would cut it")
            }
            storage = .path(Array(bytes))
        }

        /// Creates the address of an abstract name.
        ///
        /// - Parameter name: The name without the NUL that goes before it in C: 0 to ``maximumLength`` bytes of UTF-8.
        /// - Throws: `TransportError` of kind `.invalidArgument` if the name is too long. That the system has abstract
        ///   names is not checked here.
        public init(abstractName name: String) throws(TransportError) {
            try self.init(abstractName: name.utf8)
        }

        /// Creates the address of an abstract name of any bytes.
        ///
        /// - Parameter bytes: The name without the NUL that goes before it in C: 0 to ``maximumLength`` bytes, 0 and
        ///   255 included.
        /// - Throws: `TransportError` of kind `.invalidArgument` if the name is too long. That the system has abstract
        ///   names is not checked here.
        public init(abstractName bytes: some Collection<UInt8>) throws(TransportError) {
            try Self.checkLength(of: bytes, what: "abstract name of a Unix socket")
            storage = .abstract(Array(bytes))
        }

        /// Creates the address of a path that the kernel reported, which may be one byte longer than one to bind to.
        ///
        /// Linux binds to a path that fills all of `sun_path`, without a NUL. A peer that did so must have an address.
        ///
        /// - Parameter bytes: The bytes of `sun_path`, as many as the kernel said; they end at the first NUL.
        package init(reportedPathBytes bytes: some Collection<UInt8>) {
            let path = Array(bytes.prefix { $0 != 0 }.prefix(Self.capacity))
            storage = path.isEmpty ? .unnamed : .path(path)
        }

        /// What the address consists of.
        public var kind: Kind {
            switch storage {
            case .path: .path
            case .abstract: .abstract
            case .unnamed: .unnamed
            }
        }

        /// The path, or nil if the address is of another kind or the path is not UTF-8.
        public var path: String? {
            pathBytes.flatMap(UnixAddressText.decoded)
        }

        /// The bytes of the path, or nil if the address is of another kind.
        public var pathBytes: [UInt8]? {
            if case .path(let bytes) = storage { bytes } else { nil }
        }

        /// The bytes of the abstract name without the NUL before it, or nil if the address is of another kind.
        public var abstractName: [UInt8]? {
            if case .abstract(let bytes) = storage { bytes } else { nil }
        }

        private static func checkLength(of bytes: some Collection<UInt8>, what: String) throws(TransportError) {
            let count = bytes.count
            guard count <= maximumLength else {
                throw .invalidArgument("the \(what) has \(count) bytes; the system allows \(maximumLength)")
            }
        }
    }
}

extension Unix.SocketAddress: CustomStringConvertible {
    /// The path, "@" and the abstract name, or "unnamed", as `ss` and `netstat` show them.
    ///
    /// What is invisible or not UTF-8 is escaped, as in "\u{07}" or "\xFF". A path that would look like another kind
    /// gets "./" before it, which is the same path.
    public var description: String {
        switch storage {
        case .unnamed:
            return "unnamed"
        case .abstract(let bytes):
            return "@" + UnixAddressText.visible(bytes)
        case .path(let bytes):
            let text = UnixAddressText.visible(bytes)
            return text == "unnamed" || text.hasPrefix("@") ? "./" + text : text
        }
    }
}
