extension IPv6.Address {
    static func parse(_ bytes: Span<UInt8>) throws(AddressSyntaxError) -> IPv6.Address {
        guard bytes.count > 0 else { throw AddressSyntaxError(.empty, at: 0) }
        var groups = GroupAccumulator()
        var offset = 0
        if bytes[0] == AddressCharacter.colon {
            guard bytes.count > 1, bytes[1] == AddressCharacter.colon else {
                throw AddressSyntaxError(.loneColon, at: 0)
            }
            groups.openGap(at: 0)
            offset = 2
        }
        // Each turn reads one group and the colons after it; only "::" may end the text without a group.
        while offset < bytes.count {
            let start = offset
            let group = try hexadecimalGroup(in: bytes, at: &offset)
            if offset < bytes.count, bytes[offset] == AddressCharacter.dot, offset > start {
                try appendIPv4(bytes, from: start, to: &groups)
                break
            }
            guard offset > start else { throw unexpected(bytes, at: offset, gap: groups.gapOffset) }
            guard groups.count < 8 else { throw AddressSyntaxError(.tooManyGroups, at: start) }
            groups.append(group)
            guard offset < bytes.count else { break }
            guard bytes[offset] == AddressCharacter.colon else {
                throw unexpected(bytes, at: offset, gap: groups.gapOffset)
            }
            offset += 1
            guard offset < bytes.count else { throw AddressSyntaxError(.loneColon, at: offset - 1) }
            if bytes[offset] == AddressCharacter.colon {
                guard groups.gapOffset == nil else { throw AddressSyntaxError(.secondGap, at: offset - 1) }
                groups.openGap(at: offset - 1)
                offset += 1
            }
        }
        return try groups.address()
    }

    /// Reads up to four hexadecimal digits and moves `offset` behind them; it does not move if there is none.
    private static func hexadecimalGroup(
        in bytes: Span<UInt8>,
        at offset: inout Int
    ) throws(AddressSyntaxError) -> UInt16 {
        let start = offset
        var value: UInt16 = 0
        while offset < bytes.count, let digit = AddressCharacter.hexadecimalDigit(bytes[offset]) {
            guard offset - start < 4 else { throw AddressSyntaxError(.groupTooLong, at: start) }
            value = value << 4 | UInt16(digit)
            offset += 1
        }
        return value
    }

    /// Reads the IPv4 address that `bytes` end with; it stands for two groups.
    private static func appendIPv4(
        _ bytes: Span<UInt8>,
        from start: Int,
        to groups: inout GroupAccumulator
    ) throws(AddressSyntaxError) {
        let address: IPv4.Address
        do throws(AddressSyntaxError) {
            address = try IPv4.Address.parse(bytes.extracting(start..<bytes.count))
        } catch {
            throw error.moved(by: start)
        }
        let fits = groups.gapOffset == nil ? groups.count == 6 : groups.count < 6
        guard fits else { throw AddressSyntaxError(.misplacedIPv4, at: start) }
        groups.append(UInt16(truncatingIfNeeded: address.rawValue >> 16))
        groups.append(UInt16(truncatingIfNeeded: address.rawValue))
    }

    private static func unexpected(_ bytes: Span<UInt8>, at offset: Int, gap: Int?) -> AddressSyntaxError {
        let byte = bytes[offset]
        if byte == AddressCharacter.percent { return AddressSyntaxError(.zoneInAddress, at: offset) }
        if byte == AddressCharacter.colon, let gap, gap + 2 == offset {
            return AddressSyntaxError(.threeColons, at: gap)
        }
        return AddressSyntaxError(.unexpected(byte), at: offset)
    }
}

/// The groups of an address while it is read: those before "::" and those after it.
///
/// Two numbers of 128 bits that are shifted, instead of an array that is indexed: nothing can be out of range.
private struct GroupAccumulator {
    private(set) var count = 0
    private(set) var gapOffset: Int?
    private var countBeforeGap = 0
    private var head: (high: UInt64, low: UInt64) = (0, 0)
    private var tail: (high: UInt64, low: UInt64) = (0, 0)

    /// Remembers that "::" stands at `offset`; the groups that follow are those after it.
    mutating func openGap(at offset: Int) {
        gapOffset = offset
        countBeforeGap = count
    }

    mutating func append(_ group: UInt16) {
        if gapOffset == nil {
            head = Self.shifted(head, adding: group)
        } else {
            tail = Self.shifted(tail, adding: group)
        }
        count += 1
    }

    func address() throws(AddressSyntaxError) -> IPv6.Address {
        guard let gapOffset else {
            guard count == 8 else { throw AddressSyntaxError(.groupCount(found: count), at: 0) }
            return IPv6.Address(high: head.high, low: head.low)
        }
        guard count < 8 else { throw AddressSyntaxError(.gapWithoutRoom, at: gapOffset) }
        var start = head
        for _ in countBeforeGap..<8 { start = Self.shifted(start, adding: 0) }
        return IPv6.Address(high: start.high | tail.high, low: start.low | tail.low)
    }

    private static func shifted(_ half: (high: UInt64, low: UInt64), adding group: UInt16) -> (UInt64, UInt64) {
        (half.high << 16 | half.low >> 48, half.low << 16 | UInt64(group))
    }
}
