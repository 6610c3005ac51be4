public import TransportCore

/// The family of sockets between a virtual machine and its host (Linux, vsock(7)).
///
/// ```swift
/// let connection = try SocketBackend<VSock>().connect(to: VSock.SocketAddress(context: .host, port: 1024))
/// ```
///
/// It is added to the socket backend from outside, with nothing but what everybody can use: an example of how that is done.
public enum VSock: AddressFamily {
    /// A machine, by the number that its hypervisor knows it by.
    public struct Context: RawRepresentable, Hashable, Sendable {
        /// The number.
        public let rawValue: UInt32

        /// Makes a machine from its number; any number will do.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The hypervisor (`VMADDR_CID_HYPERVISOR`).
        public static var hypervisor: Self { Self(rawValue: 0) }
        /// This machine itself (`VMADDR_CID_LOCAL`).
        public static var local: Self { Self(rawValue: 1) }
        /// The host (`VMADDR_CID_HOST`).
        public static var host: Self { Self(rawValue: 2) }
        /// For binding: whoever calls (`VMADDR_CID_ANY`).
        public static var any: Self { Self(rawValue: .max) }
    }

    /// A machine and a port of it.
    public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
        /// The machine.
        public var context: Context

        /// The port.
        public var port: UInt32

        /// For binding: a port that the system chooses (`VMADDR_PORT_ANY`).
        public static var anyPort: UInt32 { .max }

        /// Makes an address.
        public init(context: Context, port: UInt32) {
            self.context = context
            self.port = port
        }

        /// The numbers, such as "vsock 2:1024".
        public var description: String { "vsock \(context.rawValue):\(port)" }
    }
}
