import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// Unix addresses that go through the system.
@Suite("Unix addresses of sockets", .ownThread)
struct UnixAddressTests {
    private func roundTrip(_ address: Unix.SocketAddress) throws {
        let listener = try SocketBackend<Unix>().listen(on: address)
        #expect(try listener.localAddress == address)
        let client = try SocketBackend<Unix>().connect(to: address, timeout: patience)
        let server = try listener.accept(timeout: patience)
        #expect(try client.remoteAddress == address)
        #expect(try server.localAddress == address)
        #expect(try server.remoteAddress == .unnamed)
        #expect(try client.localAddress == .unnamed)
    }

    @Test("A01, A-15: a path goes there and back, whatever its encoding; an unbound end has no name")
    func paths() throws {
        for suffix in [[], "-é".bytes, [0x2D, 0xFF, 0xFE]] {
            let path = uniquePath().bytes + suffix
            let text = path.map { CChar(bitPattern: $0) } + [0]
            defer { unlink(text) }
            try roundTrip(Unix.SocketAddress(pathBytes: path))
            #expect(access(text, F_OK) == 0)
        }
    }

    @Test("A-13, 90: a path of 107 bytes is taken whole, and a longer one is refused, never cut")
    func longestPath() throws {
        let path = uniquePath()
        let longest = path + String(repeating: "x", count: 107 - path.utf8.count)
        defer { unlink(longest) }
        try roundTrip(Unix.SocketAddress(path: longest))
        #expect(access(longest, F_OK) == 0)
        for count in [108, 109, 200] {
            let text = "/tmp/" + String(repeating: "y", count: count - 5)
            #expect(failure { try Unix.SocketAddress(path: text) }?.kind == .invalidArgument)
        }
    }

    @Test("A-12, A-13, 90: abstract names keep NULs, 255s and all 107 bytes, and leave no file")
    func abstractNames() throws {
        let name = uniqueName().bytes
        try roundTrip(Unix.SocketAddress(abstractName: name))
        try roundTrip(Unix.SocketAddress(abstractName: name + [0, 0xFF, 0, 0]))
        try roundTrip(Unix.SocketAddress(abstractName: [0] + name))
        let longest = name + [UInt8](repeating: 0, count: 107 - name.count)
        try roundTrip(Unix.SocketAddress(abstractName: longest))
        #expect(failure { try Unix.SocketAddress(abstractName: longest + [0]) }?.kind == .invalidArgument)
    }

    @Test("A-14: the abstract name without a byte is a name, and no address is none")
    func emptyName() throws {
        let empty = try Unix.SocketAddress(abstractName: "")
        let raw = RawSocketAddress(empty)
        #expect(try raw.bytes.count == 3 && raw.address(in: Unix.self) == empty)
        #expect(try RawSocketAddress(bytes: Array(raw.bytes.prefix(2))).address(in: Unix.self) == .unnamed)
    }

    @Test("90: names that differ in their length alone are different names")
    func trailingNULs() throws {
        let name = uniqueName().bytes
        let listener = try SocketBackend<Unix>().listen(on: Unix.SocketAddress(abstractName: name))
        let longer = try Unix.SocketAddress(abstractName: name + [0])
        #expect(failure { try SocketBackend<Unix>().connect(to: longer) }?.kind == .connectionRefused)
        _ = listener
    }

    @Test("A-14: binding to no name has Linux choose one, another one for each")
    func autobind() throws {
        let first = try SocketBackend<Unix>().listen(on: .unnamed)
        let second = try SocketBackend<Unix>().listen(on: .unnamed)
        let name = try #require(try first.localAddress.abstractName)
        #expect(name.count == 5)
        #expect(try first.localAddress != second.localAddress)
        _ = try SocketBackend<Unix>().connect(to: first.localAddress, timeout: patience)
    }

    @Test("A-16, complaint 52: the file stays after closing; then it is in use for a listener and refused for a client")
    func staleFile() throws {
        let path = uniquePath()
        defer { unlink(path) }
        let address = try Unix.SocketAddress(path: path)
        let listener = try SocketBackend<Unix>().listen(on: address)
        listener.close()
        #expect(access(path, F_OK) == 0)
        let refused = failure { try SocketBackend<Unix>().connect(to: address) }
        #expect(refused?.kind == .connectionRefused)
        let inUse = failure { try SocketBackend<Unix>().listen(on: address) }
        #expect(inUse?.kind == .addressInUse)
        #expect(inUse?.errno == EADDRINUSE)
        unlink(path)
        _ = try SocketBackend<Unix>().listen(on: address)
    }

    @Test("A01: a client that is bound to a path is known by it")
    func namedClient() throws {
        let path = uniquePath()
        defer { unlink(path) }
        let kind = UnixStreams()
        let listener = try kind.listener()
        let own = try Unix.SocketAddress(path: path)
        let client = try kind.backend().connect(to: listener.localAddress, options: StreamOptions(localAddress: own))
        #expect(try client.localAddress == own)
        #expect(try listener.accept().remoteAddress == own)
    }

    @Test("90: a peer that fills all 108 bytes of the structure has an address")
    func fullStructure() throws {
        let name = uniqueName()
        let path = "/tmp/" + name + String(repeating: "z", count: 108 - 5 - name.utf8.count)
        defer { unlink(path) }
        let listener = try UnixStreams().listener()
        let name2 = try #require(try listener.localAddress.abstractName)
        let child = try ChildProcess.python(
            """
            import socket, sys, ctypes
            s = socket.socket(socket.AF_UNIX)
            address = b"\\x01\\x00" + sys.argv[1].encode()
            assert ctypes.CDLL(None).bind(s.fileno(), address, len(address)) == 0
            s.connect("\\0" + sys.argv[2])
            s.recv(1)
            """, path, String(decoding: name2, as: UTF8.self))
        let server = try listener.accept()
        #expect(try server.remoteAddress.path == path)
        server.close()
        #expect(try child.waitForExit() == 0)
    }
}
