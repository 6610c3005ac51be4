import TestSupport
import Testing
import TransportCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

// musl's functions accept and print differently in places (inet_pton takes "::" for no group), so it is no judge.
#if canImport(Glibc) || canImport(Darwin)

@Suite("Addresses compared with the C library")
struct AddressDifferentialTests {
    @Test("F28: strict IPv4 parsing agrees with inet_pton")
    func parseIPv4() {
        var generator = SeededGenerator(seed: 28)
        for _ in 0..<6000 {
            let address = IPv4.Address(rawValue: .random(in: 0 ... .max, using: &generator))
            for text in [address.description, generator.mutated(address.description, alphabet: "0123456789.xa: ")] {
                #expect(IPv4.Address(text)?.bytes == systemBytes(text, family: AF_INET, count: 4), "\(text)")
            }
        }
    }

    @Test("F26: legacy IPv4 parsing agrees with inet_aton")
    func parseLegacy() {
        var generator = SeededGenerator(seed: 26)
        for _ in 0..<6000 {
            let parts = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                // Mostly numbers of one byte, as only those may stand before a dot.
                let shift: UInt32 = [0, 8, 16, 24, 24, 24].randomElement(using: &generator) ?? 0
                let value = UInt32.random(in: 0 ... .max, using: &generator) >> shift
                switch UInt8.random(in: 0..<4, using: &generator) {
                case 0: return "0x" + String(value, radix: 16)
                case 1: return "0" + String(value, radix: 8)
                default: return String(value)
                }
            }
            let form = parts.joined(separator: ".")
            for text in [form, generator.mutated(form, alphabet: "0123456789.xX af")] {
                var system = in_addr()
                let accepted = inet_aton(text, &system) != 0
                let address = try? IPv4.Address(legacyText: text, allowingTrailingText: true)
                #expect(address?.rawValue == (accepted ? UInt32(bigEndian: system.s_addr) : nil), "\(text)")
            }
        }
    }

    @Test("F29: IPv6 parsing agrees with inet_pton")
    func parseIPv6() throws {
        var generator = SeededGenerator(seed: 29)
        for _ in 0..<6000 {
            let bytes = generator.ipv6Bytes()
            let address = try IPv6.Address(networkOrderBytes: bytes)
            let groups = address.groups.map { String($0, radix: 16) }
            let dotted = IPv4.Address(rawValue: UInt32(truncatingIfNeeded: address.low)).description
            let forms = [
                address.description, groups.joined(separator: ":"),
                groups.prefix(6).joined(separator: ":") + ":" + dotted, "::" + dotted,
                groups.prefix(Int.random(in: 1...8, using: &generator)).joined(separator: ":") + "::"
                    + groups.suffix(Int.random(in: 0...3, using: &generator)).joined(separator: ":"),
            ]
            for form in forms {
                for text in [form, generator.mutated(form, alphabet: "0123456789abcdefABCDEF:::..%gx ")] {
                    #expect(IPv6.Address(text)?.bytes == systemBytes(text, family: AF_INET6, count: 16), "\(text)")
                }
            }
        }
    }

    @Test("F30: printing agrees with inet_ntop, but for the deprecated addresses of ::/96")
    func printing() throws {
        var generator = SeededGenerator(seed: 30)
        for _ in 0..<6000 {
            let bytes = generator.ipv6Bytes()
            let address = try IPv6.Address(networkOrderBytes: bytes)
            let system = systemText(bytes, family: AF_INET6)
            let isCompatible = address.high == 0 && address.low >> 32 == 0
            #expect(isCompatible ? IPv6.Address(system) == address : system == address.description)

            let version4 = Array(bytes.suffix(4))
            #expect(try IPv4.Address(networkOrderBytes: version4).description == systemText(version4, family: AF_INET))
        }
    }

    private func systemBytes(_ text: String, family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private func systemText(_ bytes: [UInt8], family: Int32) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

#endif
