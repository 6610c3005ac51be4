/// What is wrong with a text that should be an address, and where.
///
/// The parsers throw this small value; it becomes a `TransportError` with a message only when somebody is going to read
/// it. Most hosts that are tried as a literal are names, and those must not pay for a message.
struct AddressSyntaxError: Error, Equatable {
    enum Reason: Equatable {
        case empty
        case unexpected(UInt8)

        // IPv4: numbers count from 1.
        case numberCount(found: Int)
        case numberMissing(number: Int)
        case numberTooLarge(number: Int, limit: UInt32)
        case leadingZero(number: Int)
        case tooManyLegacyNumbers
        case trailingText

        // IPv6
        case loneColon
        case threeColons
        case secondGap
        case gapWithoutRoom
        case groupTooLong
        case groupCount(found: Int)
        case tooManyGroups
        case misplacedIPv4
        case zoneInAddress
        case zoneMissing
        case zoneTooLarge
        case zoneLeadingZero
        case symbolicZone

        // Socket addresses
        case addressMissing
        case portMissing
        case portTooLarge
        case portLeadingZero
        case bracketsMissing
        case closingBracketMissing
        case colonAfterBracketMissing
    }

    let reason: Reason

    /// The place as a count of UTF-8 bytes before it.
    let offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// Whether the text begins like the name of a host.
    var suggestsName: Bool {
        guard offset == 0, case .unexpected(let byte) = reason else { return false }
        return UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    /// Returns the same error for a text in which the parsed part starts at `start`.
    func moved(by start: Int) -> AddressSyntaxError {
        AddressSyntaxError(reason, at: offset + start)
    }
}

extension AddressSyntaxError: CustomStringConvertible {
    var description: String {
        switch reason {
        case .empty:
            "it is empty"
        case .unexpected(let byte):
            "unexpected \(Self.name(of: byte)) at offset \(offset)"
        case .numberCount(let found):
            "expected four decimal numbers from 0 to 255 separated by dots, found \(found)"
        case .numberMissing(let number):
            "number \(number) is missing at offset \(offset)"
        case .numberTooLarge(let number, let limit):
            "number \(number) at offset \(offset) is greater than \(limit)"
        case .leadingZero(let number):
            """
            number \(number) at offset \(offset) has a leading zero, \
            which some programs read as octal; write it without the zero
            """
        case .tooManyLegacyNumbers:
            "expected one to four numbers separated by dots, found another dot at offset \(offset)"
        case .trailingText:
            "only white space may follow the address, found text at offset \(offset)"
        case .loneColon:
            "a single colon at offset \(offset) has no group beside it; write :: for a run of zero groups"
        case .threeColons:
            "three colons in a row at offset \(offset)"
        case .secondGap:
            "a second :: at offset \(offset); only one is allowed"
        case .gapWithoutRoom:
            ":: at offset \(offset) stands for no group, as there are already eight"
        case .groupTooLong:
            "the group at offset \(offset) has more than four hexadecimal digits"
        case .groupCount(let found):
            "expected eight groups of hexadecimal digits separated by colons, or fewer with ::, found \(found)"
        case .tooManyGroups:
            "more than eight groups, the ninth at offset \(offset)"
        case .misplacedIPv4:
            "the IPv4 address at offset \(offset) does not stand for the last two of eight groups"
        case .zoneInAddress:
            "a zone (the % at offset \(offset)) belongs to a socket address, not to an address"
        case .zoneMissing:
            "the zone after % is missing at offset \(offset); expected an interface index such as %3"
        case .zoneTooLarge:
            "the zone at offset \(offset) is greater than 4294967295"
        case .zoneLeadingZero:
            "the zone at offset \(offset) has a leading zero"
        case .symbolicZone:
            """
            the zone at offset \(offset) is not a number; only the system knows the index of a named interface, \
            so pass this text to the resolver, or write the index, such as %3
            """
        case .addressMissing:
            "the address is missing at offset \(offset)"
        case .portMissing:
            "expected a colon and a port from 0 to 65535 at offset \(offset)"
        case .portTooLarge:
            "the port at offset \(offset) is greater than 65535"
        case .portLeadingZero:
            "the port at offset \(offset) has a leading zero"
        case .bracketsMissing:
            "an IPv6 address with a port needs brackets, as in [::1]:80"
        case .closingBracketMissing:
            "the closing bracket of the IPv6 address is missing"
        case .colonAfterBracketMissing:
            "expected a colon and a port after the bracket at offset \(offset)"
        }
    }

    private static func name(of byte: UInt8) -> String {
        if byte > 0x20, byte < 0x7F { return "\"\(Unicode.Scalar(byte))\"" }
        if byte == 0x20 { return "space" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "byte 0x" + (byte < 16 ? "0" : "") + digits
    }
}
