internal import CSockets
internal import TransportCore

/// What the platform's sockets have, and what this machine is set up for.
public enum SocketPlatform {
    /// Whether the platform knows IPv6, which does not say that this machine has it: see ``hasUsableIPv6()``. Python's
    /// `has_ipv6`.
    public static var hasIPv6: Bool { true }

    /// The longest queue of connections that wait to be accepted, as the headers have it (`SOMAXCONN`). Asking for a
    /// longer one is no error; the system caps it.
    public static var maximumBacklog: Int { Int(csockets_SOMAXCONN) }

    /// Whether this machine has IPv6 now, at least its loopback address. Tries it: a socket is opened, bound and closed.
    public static func hasUsableIPv6() -> Bool {
        probe { syscalls, descriptor in
            syscalls.bind(descriptor, IPv6.bytes(of: IPv6.SocketAddress(.loopback, port: 0))) >= 0
        }
    }

    /// Whether one IPv6 socket of this machine can take IPv4 connections too. Tries it: a socket is opened and closed.
    /// Python's `has_dualstack_ipv6`.
    public static func supportsDualStack() -> Bool {
        probe { syscalls, descriptor in
            let option = SocketOptionName.ipv6Only
            return withUnsafeBytes(of: Int32(0)) {
                syscalls.setOption(descriptor, option.level.rawValue, option.number, $0)
            } >= 0
        }
    }

    private static func probe(_ body: (Syscalls, Int32) -> Bool) -> Bool {
        let syscalls = Syscalls()
        let descriptor = syscalls.socket(SocketDomain.ipv6.rawValue, SocketType.stream.rawValue, 0, nonblocking: false)
        guard descriptor >= 0 else { return false }
        defer { syscalls.close(descriptor) }
        return body(syscalls, descriptor)
    }
}
