/// What the system knows about a host: its name, the names that stand for it, and its addresses.
public struct HostEntry: Hashable, Sendable {
    /// The canonical name.
    public let name: String
    /// Other names that stand for it.
    public let aliases: [String]
    /// Its addresses, of one family.
    public let addresses: [IP.Address]

    /// Makes an entry.
    public init(name: String, aliases: [String] = [], addresses: [IP.Address] = []) {
        self.name = name
        self.aliases = aliases
        self.addresses = addresses
    }

    /// The first of name and aliases that has a dot in it, which is what a complete name has; the name where none has.
    public var fullyQualifiedName: String {
        ([name] + aliases).first { $0.utf8.contains(UInt8(ascii: ".")) } ?? name
    }
}
