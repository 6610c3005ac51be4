import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// Against Python's socket module.
@Suite("Against Python", .ownThread, .enabled(if: access("/usr/bin/python3", X_OK) == 0))
struct PythonInteropTests {
    /// Says where it listens, then echoes one client to its end.
    private let echoServer = """
        import socket, sys
        family = {"4": socket.AF_INET, "6": socket.AF_INET6, "u": socket.AF_UNIX}[sys.argv[1]]
        s = socket.socket(family)
        s.bind({"4": ("127.0.0.1", 0), "6": ("::1", 0), "u": "\\0" + sys.argv[2]}[sys.argv[1]])
        s.listen(1)
        print(s.getsockname()[1] if family != socket.AF_UNIX else 0)
        c, _ = s.accept()
        while data := c.recv(4096): c.sendall(data)
        c.sendall(b"end")
        c.close()
        """

    /// Sends what it is told, ends its direction, and prints what comes back.
    private let client = """
        import socket, sys
        family = {"4": socket.AF_INET, "6": socket.AF_INET6, "u": socket.AF_UNIX}[sys.argv[1]]
        s = socket.socket(family)
        s.connect("\\0" + sys.argv[2] if family == socket.AF_UNIX else (sys.argv[2], int(sys.argv[3])))
        s.sendall(b"Hello, world" * 1000)
        s.shutdown(socket.SHUT_WR)
        total = b""
        while data := s.recv(4096): total += data
        print(len(total), total == b"Hello, world" * 1000)
        """

    private func exchange(_ connection: Connection<SocketTransport<some SocketFamily>>) throws {
        let bytes = patternBytes(300_000)
        let sender = Worker {
            try connection.sendAll(bytes, timeout: patience)
            try connection.shutdownWrite()
        }
        var answer: [UInt8] = []
        while let part = try connection.receive(atMost: 65536, timeout: patience) { answer += part }
        try sender.value()
        #expect(answer == bytes + "end".bytes)
    }

    @Test("X1: its echo server, over IPv4, IPv6 and Unix, to the end and back", arguments: ["4", "6", "u"])
    func itsServer(_ family: String) throws {
        let name = uniqueName()
        let child = try ChildProcess.python(echoServer, family, name)
        let port = try #require(UInt16(child.readLine()))
        switch family {
        case "4": try exchange(SocketBackend<IPv4>().connect(to: .loopback(port: port), timeout: patience))
        case "6": try exchange(SocketBackend<IPv6>().connect(to: .loopback(port: port), timeout: patience))
        default:
            let address = try Unix.SocketAddress(abstractName: name)
            try exchange(SocketBackend<Unix>().connect(to: address, timeout: patience))
        }
        #expect(try child.waitForExit() == 0)
    }

    @Test("X2, M32: its client, with a half-close", arguments: ["4", "6", "u"])
    func itsClient(_ family: String) throws {
        func serve(_ listener: Listener<SocketListener<some SocketFamily>>, _ child: ChildProcess) throws {
            let connection = try listener.accept(timeout: patience)
            var request: [UInt8] = []
            while let part = try connection.receive(atMost: 65536, timeout: patience) { request += part }
            try connection.sendAll(request, timeout: patience)
            connection.close()
            #expect(try child.readLine() == "12000 True")
            #expect(try child.waitForExit() == 0)
        }
        switch family {
        case "4":
            let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
            try serve(listener, .python(client, family, "127.0.0.1", "\(listener.localAddress.port)"))
        case "6":
            let listener = try SocketBackend<IPv6>().listen(on: .loopback(port: 0))
            try serve(listener, .python(client, family, "::1", "\(listener.localAddress.port)"))
        default:
            let name = uniqueName()
            let listener = try SocketBackend<Unix>().listen(on: Unix.SocketAddress(abstractName: name))
            try serve(listener, .python(client, family, name))
        }
    }

    @Test("E-01: its datagrams, both ways", arguments: ["127.0.0.1", "::1"])
    func itsDatagrams(_ host: String) throws {
        let child = try ChildProcess.python(
            """
            import socket, sys
            s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((sys.argv[1], 0))
            print(s.getsockname()[1])
            while True:
                data, sender = s.recvfrom(100)
                s.sendto(data[::-1], sender)
                if not data: break
            """, host)
        let port = try #require(UInt16(child.readLine()))
        let address = try #require(IP.SocketAddress(numericHost: host, port: port))
        let socket = try timedBackend().datagramSocket()
        for text in ["abc", "", "unreached"].prefix(2) {
            try socket.send(text.utf8, to: address)
            let (bytes, info) = try socket.receive(atMost: 1500)
            #expect(bytes == text.utf8.reversed())
            #expect(info.sender == address)
        }
        #expect(try child.waitForExit() == 0)
    }

    @Test("83, M05: its reset is a reset here, and this end's abort is one there")
    func resets() throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let child = try ChildProcess.python(
            """
            import socket, struct, sys
            s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
            s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            s.sendall(b"ready")
            try: print(s.recv(1))
            except ConnectionResetError: print("reset")
            """, "\(listener.localAddress.port)")
        let first = try listener.accept(timeout: patience)
        #expect(failure { try first.receive(atMost: 9, timeout: patience) }?.kind == .connectionReset)
        let second = try listener.accept(timeout: patience)
        #expect(try second.receiveExactly(5, timeout: patience) == "ready".bytes)
        second.abort()
        #expect(try child.readLine() == "reset")
        #expect(try child.waitForExit() == 0)
    }

    @Test("complaint 29: it sees the end when this end's process closes, and its own death is an end here")
    func death() throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let child = try ChildProcess.python(
            """
            import socket, sys
            s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            s.sendall(b"x")
            sys.stdin.read()
            """, "\(listener.localAddress.port)")
        let connection = try listener.accept(timeout: patience)
        #expect(try connection.receive(atMost: 9, timeout: patience) == "x".bytes)
        kill(child.id, SIGKILL)
        #expect(try connection.receive(atMost: 9, timeout: patience) == nil)
        #expect(try child.waitForExit() == -SIGKILL)
    }
}
