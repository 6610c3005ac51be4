import Foundation
import Testing
import TransportCore

@Suite("Coding of addresses")
struct AddressCodingTests {
    @Test("addresses encode as their text")
    func roundTrip() throws {
        let version4 = [IPv4.Address.loopback, .broadcast]
        let version6 = [IPv6.Address.loopback, IPv6.Address(mapping: .loopback)]
        let either = version4.map(IP.Address.v4) + version6.map(IP.Address.v6)
        #expect(try JSONEncoder().encode(version4) == Data(#"["127.0.0.1","255.255.255.255"]"#.utf8))
        #expect(try JSONEncoder().encode(version6) == Data(#"["::1","::ffff:127.0.0.1"]"#.utf8))
        #expect(try JSONDecoder().decode([IP.Address].self, from: JSONEncoder().encode(either)) == either)
        #expect(try JSONDecoder().decode([IPv4.Address].self, from: JSONEncoder().encode(version4)) == version4)
        #expect(try JSONDecoder().decode([IPv6.Address].self, from: JSONEncoder().encode(version6)) == version6)
    }

    @Test("text that is not an address is corrupted data that says why")
    func corrupted() {
        let data = Data(#"["127.1"]"#.utf8)
        #expect {
            try JSONDecoder().decode([IPv4.Address].self, from: data)
        } throws: { error in
            guard case DecodingError.dataCorrupted(let context)? = error as? DecodingError else { return false }
            return context.debugDescription.hasSuffix("found 2")
        }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([IPv6.Address].self, from: data) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([IP.Address].self, from: data) }
    }
}
