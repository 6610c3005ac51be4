/// The ports that a machine gives to those who ask for any port, and the addresses that its connections go out from.
///
/// Choosing takes the same time however many are taken, as long as some are free. Used with the network's lock held.
struct EphemeralPorts {
    /// Those of RFC 6335, which macOS chooses from too; Linux begins at 32768.
    static let range: ClosedRange<UInt16> = 49152...65535

    /// What somebody wants a port for.
    struct Request: Hashable {
        enum Purpose: Hashable {
            case listening(dualStack: Bool)
            case datagrams(dualStack: Bool)
            /// Going out to an address.
            case connecting(to: AnyHashable)
        }

        let purpose: Purpose
        /// The address that was asked for, without a port; nil for any.
        let address: AnyHashable?
    }

    private var latest = range.upperBound
    /// The addresses that connections go out from, by where they go: no two may have both in common.
    private var outgoing: [AnyHashable: Set<AnyHashable>] = [:]
    /// What there was no port for, until something is given back: who asks again and again must not have all ports looked
    /// through again and again.
    private var exhausted: Set<Request> = []

    /// The next port to try.
    mutating func next() -> UInt16 {
        latest = latest == Self.range.upperBound ? Self.range.lowerBound : latest + 1
        return latest
    }

    /// Whether no port is left for a request.
    func isExhausted(_ request: Request) -> Bool { !exhausted.isEmpty && exhausted.contains(request) }

    /// Remembers that no port is left for a request.
    mutating func exhaust(_ request: Request) { exhausted.insert(request) }

    /// Something was given back.
    mutating func replenish() { if !exhausted.isEmpty { exhausted = [] } }

    // MARK: Going out

    /// Whether a connection goes from one address to the other.
    func isConnected(_ local: AnyHashable, to target: AnyHashable) -> Bool {
        outgoing[target]?.contains(local) ?? false
    }

    /// Takes an address for a connection.
    mutating func connect(_ local: AnyHashable, to target: AnyHashable) {
        outgoing[target, default: []].insert(local)
    }

    /// Gives the address of a connection back.
    mutating func disconnect(_ local: AnyHashable, from target: AnyHashable) {
        guard let index = outgoing.index(forKey: target) else { return }
        outgoing.values[index].remove(local)
        if outgoing.values[index].isEmpty { outgoing.remove(at: index) }
        replenish()
    }
}
