/// A family of addresses: one of TransportCore's, or one that is scaffolded, too.
struct Family {
    let name: String

    var isNew: Bool { !Self.known.contains(name) }

    static let known = ["IP", "IPv4", "IPv6", "Unix"]

    /// An address that nobody uses, in Swift, where `number` counts them.
    var freshAddress: String {
        switch name {
        case "IP": ".v4(.loopback(port: UInt16(truncatingIfNeeded: 20_000 + number)))"
        case "IPv4", "IPv6": ".loopback(port: UInt16(truncatingIfNeeded: 20_000 + number))"
        case "Unix": #"try Unix.SocketAddress(path: "/test/\(number)")"#
        default: #"\#(name).SocketAddress("test-\(number)")"#
        }
    }
}
