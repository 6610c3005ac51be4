import Testing
import TransportCore

@Suite("Network byte order")
struct NetworkByteOrderTests {
    @Test(
        "F22: 32 bits change to the machine's order",
        arguments: [(0x0102_0304, [1, 2, 3, 4])] as [(UInt32, [UInt8])]
    )
    func fromNetwork32(value: UInt32, bytes: [UInt8]) {
        let onTheWire = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        #expect(NetworkByteOrder.fromNetwork(onTheWire) == value)
        #expect(NetworkByteOrder.toNetwork(value) == onTheWire)
    }

    @Test("F23: 16 bits change to the machine's order")
    func fromNetwork16() {
        #expect(NetworkByteOrder.fromNetwork(UInt16(1)) == (1 as UInt16).bigEndian)
        #if _endian(little)
        #expect(NetworkByteOrder.fromNetwork(UInt16(1)) == 256)
        #expect(NetworkByteOrder.fromNetwork(UInt32(0x0102_0304)) == 0x0403_0201)
        #endif
    }

    @Test("F24, A-01: 32 bits come back", arguments: [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] as [UInt32])
    func inverse32(value: UInt32) {
        #expect(NetworkByteOrder.toNetwork(NetworkByteOrder.fromNetwork(value)) == value)
        #expect(NetworkByteOrder.fromNetwork(NetworkByteOrder.toNetwork(value)) == value)
        #expect(NetworkByteOrder.toNetwork(NetworkByteOrder.toNetwork(value)) == value)
    }

    @Test("F25, A-01: 16 bits come back", arguments: [0, 1, 255, 256, 0x7FFF, 0xFFFF] as [UInt16])
    func inverse16(value: UInt16) {
        #expect(NetworkByteOrder.toNetwork(NetworkByteOrder.fromNetwork(value)) == value)
        #expect(NetworkByteOrder.fromNetwork(NetworkByteOrder.toNetwork(value)) == value)
        #expect(NetworkByteOrder.toNetwork(NetworkByteOrder.toNetwork(value)) == value)
    }

    @Test("A-01: all ones stay all ones")
    func allOnes() {
        #expect(NetworkByteOrder.toNetwork(UInt16.max) == .max)
        #expect(NetworkByteOrder.fromNetwork(UInt32.max) == .max)
    }

    @Test("A-02: numbers in range are converted")
    func checkedInRange() throws {
        #expect(try NetworkByteOrder.toNetwork(checking: 80, as: UInt16.self) == UInt16(80).bigEndian)
        #expect(try NetworkByteOrder.fromNetwork(checking: 65535, as: UInt16.self) == .max)
        #expect(try NetworkByteOrder.toNetwork(checking: Int64(4_294_967_295), as: UInt32.self) == .max)
    }

    @Test("A-02: numbers out of 16 bits are range errors", arguments: [-1, 65536, .min, .max])
    func outOf16(value: Int) {
        let message = "\(value) does not fit in 16 bits: expected a number from 0 to 65535"
        #expect(
            invalidArgumentMessage { () throws(TransportError) in
                try NetworkByteOrder.toNetwork(checking: value, as: UInt16.self)
            } == message
        )
        #expect(
            invalidArgumentMessage { () throws(TransportError) in
                try NetworkByteOrder.fromNetwork(checking: value, as: UInt16.self)
            } == message
        )
    }

    @Test("A-02: numbers out of 32 bits are range errors", arguments: [-1, 1 << 32, .min, .max] as [Int64])
    func outOf32(value: Int64) {
        let message = "\(value) does not fit in 32 bits: expected a number from 0 to 4294967295"
        #expect(
            invalidArgumentMessage { () throws(TransportError) in
                try NetworkByteOrder.toNetwork(checking: value, as: UInt32.self)
            } == message
        )
        #expect(
            invalidArgumentMessage { () throws(TransportError) in
                try NetworkByteOrder.fromNetwork(checking: value, as: UInt32.self)
            } == message
        )
    }
}
