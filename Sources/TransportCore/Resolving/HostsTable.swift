/// Names and their addresses, as `/etc/hosts` has them.
///
/// Upper and lower case of ASCII letters are the same in names, and a dot at the end is nothing.
public struct HostsTable: Sendable {
    private var entries: [String: [IP.Address]] = [:]

    /// Makes an empty table.
    public init() {}

    /// Makes a table of names and their addresses, which are in the order in which they should be tried.
    public init(_ names: [String: [IP.Address]]) {
        for (name, addresses) in names { entries[Self.key(name), default: []] += addresses }
    }

    /// Reads a table in the format of `/etc/hosts`: lines with an address and its names, and comments after `#`.
    ///
    /// A name on several lines has all their addresses, in order. Lines that cannot be read are passed over, as systems
    /// do.
    public init(hostsText text: some StringProtocol) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard let first = words.first,
                let address = IP.SocketAddress(numericHost: String(first), port: 0)?.address
            else { continue }
            for name in words.dropFirst() { add(address, to: String(name)) }
        }
    }

    /// Adds an address to a name, behind those that it has; the same one is not added twice.
    public mutating func add(_ address: IP.Address, to name: String) {
        let key = Self.key(name)
        guard entries[key]?.contains(address) != true else { return }
        entries[key, default: []].append(address)
    }

    /// The addresses of a name, in order; nil when the table does not have the name.
    public func addresses(of name: String) -> [IP.Address]? { entries[Self.key(name)] }

    static func key(_ name: String) -> String {
        let bytes = name.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return String(decoding: bytes.count > 1 && bytes.last == 0x2E ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }
}
