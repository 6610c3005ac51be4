/// The addresses that are still to be tried, in the order in which they are.
struct CandidateQueue {
    /// In the resolver's order.
    private var waiting: [IP.SocketAddress] = []
    /// Everything that ever was in, so that no address is tried twice.
    private var known: Set<IP.SocketAddress> = []
    /// Whether IPv6 is the first family, and how many addresses of it came so far; which family was the last one.
    private var first: Bool?
    private var firstCount = 0
    private var last: Bool?

    private let firstFamilyCount: Int
    private let interleaves: Bool

    init(_ strategy: ConnectStrategy) {
        firstFamilyCount = max(1, strategy.firstFamilyCount)
        interleaves = strategy.isConcurrent
    }

    var isEmpty: Bool { waiting.isEmpty }

    /// The family that comes first when its answer has come in time.
    private var preference = AddressPreference.v6
    /// Whether there are addresses of that family.
    var hasPreferred: Bool { waiting.contains(where: preference.families.contain) }

    mutating func add(
        _ addresses: [IP.SocketAddress], isLast: Bool = true, preference: AddressPreference = .v6
    ) {
        // The usual case: one address, which allocates nothing.
        if isLast, known.isEmpty, addresses.count <= 1 { return waiting = addresses }
        let isLater = !known.isEmpty
        self.preference = preference
        for address in addresses where known.insert(address).inserted { waiting.append(address) }
        // The order in which the families' answers come says nothing about which is to be preferred.
        if isLater, last == nil, hasPreferred { first = preference == .v6 }
    }

    /// Takes the next address out: after the first ones of the first family, the families alternate (RFC 8305,
    /// section 4).
    mutating func popNext() -> IP.SocketAddress? {
        guard let front = waiting.first else { return nil }
        var index = 0
        if interleaves, let first, let last, last != first || firstCount >= firstFamilyCount {
            index = waiting.firstIndex { ($0.ipv6 != nil) != last } ?? 0
        } else if interleaves, let first {
            index = waiting.firstIndex { ($0.ipv6 != nil) == first } ?? 0
        }
        let next = waiting.remove(at: index)
        let isIPv6 = next.ipv6 != nil
        first = first ?? (front.ipv6 != nil)
        last = isIPv6
        if isIPv6 == first { firstCount += 1 }
        return next
    }
}
