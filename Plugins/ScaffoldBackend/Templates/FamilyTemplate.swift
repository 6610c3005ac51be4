extension Scaffold {
    /// The family of the addresses, where it is a new one.
    var familyTemplate: String {
        #"""
        public import TransportCore

        /// The family of the addresses of \#(target).
        ///
        /// It is a name for the type system; there are no values of it.
        public enum \#(family.name): AddressFamily {
            /// Where an endpoint is reached. TODO: what that takes here, and checks of it in the initialiser.
            public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
                /// The name.
                public let name: String

                /// Makes an address of a name.
                public init(_ name: String) { self.name = name }

                /// The name.
                public var description: String { name }
            }
        }
        """#
    }
}
