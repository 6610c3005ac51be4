/// What is bound at the addresses of a machine, for streams or for datagrams. Used with the network's lock held.
///
/// Every look-up takes the same time, however much is bound.
struct BindingTable {
    /// With whom an owner shares its address: with those that have an option in common with it.
    struct Sharing: OptionSet {
        let rawValue: UInt8
        /// `SO_REUSEADDR`, which shares an address of datagrams.
        static let address = Sharing(rawValue: 1)
        /// `SO_REUSEPORT`.
        static let port = Sharing(rawValue: 2)
    }

    struct Binding {
        let owner: AnyObject
        let sharing: Sharing
    }

    private struct Slot {
        /// Who is bound exactly here, in the order in which they came.
        var bound: [Binding] = []
        /// Who is bound here or at a more particular address, and is in the way of whoever wants this one.
        var covered: [Binding] = []
        /// Whose turn it is among those who share the address.
        var turn = 0
    }

    private var slots: [AnyHashable: Slot] = [:]

    /// Whether somebody is in the way of binding an address.
    func isTaken<Space: LoopbackAddressSpace>(
        _ address: Space.SocketAddress, in space: Space.Type, sharing: Sharing
    ) -> Bool {
        let isInTheWay = { (other: Binding) in other.sharing.isDisjoint(with: sharing) }
        return slots[AnyHashable(address)]?.covered.contains(where: isInTheWay) == true
            || Space.bindings(reachedAt: address).contains {
                slots[AnyHashable($0)]?.bound.contains(where: isInTheWay) == true
            }
    }

    /// Binds an address, which is not taken.
    mutating func bind<Space: LoopbackAddressSpace>(
        _ owner: AnyObject, at address: Space.SocketAddress, in space: Space.Type, sharing: Sharing
    ) {
        let binding = Binding(owner: owner, sharing: sharing)
        slots[AnyHashable(address), default: Slot()].bound.append(binding)
        for key in Space.bindings(reachedAt: address) {
            slots[AnyHashable(key), default: Slot()].covered.append(binding)
        }
    }

    /// Gives an address of an owner back.
    mutating func unbind<Space: LoopbackAddressSpace>(
        _ owner: AnyObject, from address: Space.SocketAddress, in space: Space.Type
    ) {
        slots[AnyHashable(address)]?.bound.removeAll { $0.owner === owner }
        for key in Space.bindings(reachedAt: address) {
            let key = AnyHashable(key)
            guard let index = slots[key]?.covered.firstIndex(where: { $0.owner === owner }) else { continue }
            slots[key]?.covered.remove(at: index)
            if slots[key]?.covered.isEmpty == true, slots[key]?.bound.isEmpty == true { slots[key] = nil }
        }
    }

    /// Nobody is reached at exactly this address any more.
    mutating func clear<Space: LoopbackAddressSpace>(_ address: Space.SocketAddress, in space: Space.Type) {
        for binding in slots[AnyHashable(address)]?.bound ?? [] { unbind(binding.owner, from: address, in: space) }
    }

    /// Those who are reached at an address: everyone bound at the most particular address, then the others.
    func bindings<Space: LoopbackAddressSpace>(
        reachedAt address: Space.SocketAddress, in space: Space.Type
    ) -> [[Binding]] {
        Space.bindings(reachedAt: address).compactMap { slots[AnyHashable($0)]?.bound }.filter { !$0.isEmpty }
    }

    /// The one who is reached at an address; those who share one take turns.
    mutating func next<Space: LoopbackAddressSpace>(
        reachedAt address: Space.SocketAddress, in space: Space.Type
    ) -> AnyObject? {
        for key in Space.bindings(reachedAt: address) {
            guard let index = slots.index(forKey: AnyHashable(key)) else { continue }
            let slot = slots.values[index]
            guard !slot.bound.isEmpty else { continue }
            slots.values[index].turn = (slot.turn + 1) % slot.bound.count
            return slot.bound[slot.turn % slot.bound.count].owner
        }
        return nil
    }
}
