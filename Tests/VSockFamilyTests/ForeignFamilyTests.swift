import BSDSocketBackend
import Testing
import TransportCore

/// The kernel's cryptography as a family: an address is an algorithm. Nobody but this file knows it.
private enum Cryptography: AddressFamily {
    struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
        var type: String
        var name: String
        var description: String { "\(type) \(name)" }
    }
}

extension Cryptography: SocketFamily {
    static var number: Int32 { SocketDomain.kernelCryptography?.rawValue ?? -1 }
    static func domain(for address: SocketAddress) -> Int32 { number }

    // struct sockaddr_alg: family, 14 bytes of type, feature, mask, 64 bytes of name.
    static func encode(_ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer) -> Int {
        bytes.storeBytes(of: UInt16(truncatingIfNeeded: number), as: UInt16.self)
        UnsafeMutableRawBufferPointer(rebasing: bytes[2..<15]).copyBytes(from: address.type.utf8.prefix(13))
        UnsafeMutableRawBufferPointer(rebasing: bytes[24..<87]).copyBytes(from: address.name.utf8.prefix(63))
        return 88
    }

    static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress {
        func text(_ range: Range<Int>) -> String {
            String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self)
        }
        guard bytes.count >= 88 else { throw TransportError(.familyNotSupported, operation: .getAddress) }
        return SocketAddress(type: text(2..<16), name: text(24..<88))
    }

    static var domainsWithoutAddress: [Int32] { [number] }
    static var streamsAreTCP: Bool { false }
}

@Suite("A family that a user adds")
struct ForeignFamilyTests {
    private static let sha256 = Cryptography.SocketAddress(type: "hash", name: "sha256")

    /// The kernel's hash, or nil where it has none to give.
    private static func makeHash() -> SocketDescriptor? {
        guard let domain = SocketDomain.kernelCryptography,
            let socket = try? SocketDescriptor(domain, .sequencedPacket),
            (try? socket.bind(to: RawSocketAddress(sha256, in: Cryptography.self))) != nil
        else { return nil }
        return socket
    }

    @Test("Its addresses go to the system's form and back, and print through its own description in errors")
    func addresses() throws {
        let raw = RawSocketAddress(Self.sha256, in: Cryptography.self)
        #expect(try raw.address(in: Cryptography.self) == Self.sha256)
        #expect(raw.description.hasPrefix("family "))
    }

    @Test(
        "A05, C-09: the kernel hashes for a family that the package does not know",
        .enabled(if: makeHash() != nil, "needs a kernel with AF_ALG"))
    func hashing() throws {
        let socket = try #require(Self.makeHash())
        // An accepted socket is an operation.
        let operation = try socket.accept().socket
        try operation.send(Array("abc".utf8))
        let digest = try operation.receive(atMost: 64)
        #expect(digest.count == 32)
        #expect(digest.prefix(4) == [0xba, 0x78, 0x16, 0xbf])
    }

    @Test("A05: a family that the system does not have is an error, by number and by address")
    func unknown() throws {
        #expect(throws: TransportError.self) { try SocketDescriptor(SocketDomain(rawValue: 999), .stream) }
        do throws(TransportError) {
            _ = try SocketDescriptor(SocketDomain(rawValue: 999), .stream)
        } catch {
            #expect(error.kind == .familyNotSupported)
            #expect(error.code?.value == 97)
        }
        let address = try RawSocketAddress(domain: SocketDomain(rawValue: 254), data: [1, 2, 3, 4])
        #expect(address.description == "family 254, 6 bytes: fe0001020304")
        do throws(TransportError) {
            _ = try SocketBackend<AnyFamily>().connect(to: address)
        } catch {
            #expect(error.kind == .familyNotSupported)
        }
    }
}
