import Testing
import TransportCore

@Suite("Unix socket addresses")
struct UnixSocketAddressTests {
    private static let maximum = Unix.SocketAddress.maximumLength

    @Test("90: the longest path leaves room for C's NUL")
    func maximumLength() {
        #if canImport(Darwin)
        #expect(Self.maximum == 103)
        #else
        #expect(Self.maximum == 107)
        #endif
    }

    @Test("A01, A-15: a path reads back equal", arguments: ["/tmp/a", "a", "/tmp/søcket", "/tmp/with space"])
    func path(path: String) throws {
        let address = try Unix.SocketAddress(path: path)
        #expect(address.kind == .path)
        #expect(address.path == path)
        #expect(address.pathBytes == Array(path.utf8))
        #expect(address.abstractName == nil)
        #expect(address.description == path)
        #expect(try Unix.SocketAddress(pathBytes: Array(path.utf8)) == address)
    }

    @Test("A-15: a path that is not UTF-8 reads back as bytes")
    func pathBytes() throws {
        let bytes: [UInt8] = [0x2F, 0xFF, 0xFE, 0x61, 0x07]
        let address = try Unix.SocketAddress(pathBytes: bytes)
        #expect(address.path == nil)
        #expect(address.pathBytes == bytes)
        #expect(address.description == #"/\xFF\xFEa\u{07}"#)
    }

    @Test("90: a path of the greatest length is accepted, one byte more is an error and never cut")
    func pathLength() throws {
        let longest = String(repeating: "p", count: Self.maximum)
        #expect(try Unix.SocketAddress(path: longest).path == longest)
        for excess in [1, 2, 100_000] {
            let count = Self.maximum + excess
            let message = invalidArgumentMessage { () throws(TransportError) in
                try Unix.SocketAddress(path: String(repeating: "p", count: count))
            }
            #expect(message == "the path of a Unix socket has \(count) bytes; the system allows \(Self.maximum)")
        }
    }

    @Test("90: the length counts bytes, not characters")
    func lengthInBytes() {
        let text = String(repeating: "é", count: Self.maximum / 2 + 1)
        #expect(throws: TransportError.self) { try Unix.SocketAddress(path: text) }
    }

    @Test("90: a NUL in a path is an error", arguments: ["\0", "/tmp/a\0b", "/tmp/a\0"])
    func pathWithNUL(path: String) {
        let message = invalidArgumentMessage { () throws(TransportError) in try Unix.SocketAddress(path: path) }
        #expect(message.contains("NUL"))
    }

    @Test("A-14: an empty path is an error that names .unnamed")
    func emptyPath() {
        let message = invalidArgumentMessage { () throws(TransportError) in try Unix.SocketAddress(path: "") }
        #expect(message.contains(".unnamed"))
    }

    @Test(
        "A-12, 90: an abstract name may hold NUL and 0xFF",
        arguments: [[], [0], [0x61, 0, 0xFF, 0x62]] as [[UInt8]]
    )
    func abstractName(name: [UInt8]) throws {
        let address = try Unix.SocketAddress(abstractName: name)
        #expect(address.kind == .abstract)
        #expect(address.abstractName == name)
        #expect(address.path == nil)
        #expect(address.pathBytes == nil)
    }

    @Test("A-13: an abstract name of the greatest length is accepted, one more byte is an error")
    func abstractLength() throws {
        let longest = [UInt8](repeating: 0x61, count: Self.maximum)
        #expect(try Unix.SocketAddress(abstractName: longest).abstractName == longest)
        let message = invalidArgumentMessage { () throws(TransportError) in
            try Unix.SocketAddress(abstractName: longest + [0x61])
        }
        #expect(
            message
                == "the abstract name of a Unix socket has \(Self.maximum + 1) bytes; the system allows \(Self.maximum)"
        )
    }

    @Test("A01: a socket that was never bound is unnamed")
    func unnamed() {
        #expect(Unix.SocketAddress.unnamed.kind == .unnamed)
        #expect(Unix.SocketAddress.unnamed.path == nil)
        #expect(Unix.SocketAddress.unnamed.abstractName == nil)
        #expect(Unix.SocketAddress.unnamed.description == "unnamed")
    }

    @Test("addresses of different kinds differ, in value and in text")
    func kindsDiffer() throws {
        let addresses: [Unix.SocketAddress] = [
            .unnamed, try Unix.SocketAddress(abstractName: ""), try Unix.SocketAddress(abstractName: "unnamed"),
            try Unix.SocketAddress(path: "unnamed"), try Unix.SocketAddress(path: "@unnamed"),
            try Unix.SocketAddress(path: "@"), try Unix.SocketAddress(abstractName: "\0unnamed"),
        ]
        #expect(Set(addresses).count == addresses.count)
        #expect(Set(addresses.map(\.description)).count == addresses.count)
        #expect(addresses.map(\.description).prefix(5) == ["unnamed", "@", "@unnamed", "./unnamed", "./@unnamed"])
    }

    @Test("90: a path that the kernel reports may fill sun_path and ends at its NUL")
    func reportedPath() {
        let full = [UInt8](repeating: 0x70, count: Self.maximum + 1)
        #expect(Unix.SocketAddress(reportedPathBytes: full).pathBytes == full)
        #expect(Unix.SocketAddress(reportedPathBytes: full + [0x70]).pathBytes == full)
        #expect(Unix.SocketAddress(reportedPathBytes: [0x61, 0, 0x62]).pathBytes == [0x61])
        #expect(Unix.SocketAddress(reportedPathBytes: []) == .unnamed)
        #expect(Unix.SocketAddress(reportedPathBytes: [0, 0]) == .unnamed)
    }
}
