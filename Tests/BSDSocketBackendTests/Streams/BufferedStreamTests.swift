import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// Readers and writers over real sockets, and against Python's.
@Suite("Buffered streams over sockets", .ownThread)
struct BufferedStreamTests {
    @Test("M16, H-01: a long stream of lines arrives line by line, both ways at once", arguments: streamKinds)
    func lines(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let lines = (0..<20_000).map { String(repeating: "x", count: $0 % 97) + "\($0)" }
            let echo = Worker {
                let reader = pair.server.reader()
                let writer = pair.server.writer()
                while let line = try reader.readLineBytes(keepingEnding: true) { try writer.write(line) }
                try writer.close()
                try pair.server.shutdownWrite()
            }
            let writing = Worker {
                let writer = pair.client.writer()
                for line in lines { try writer.write(line + "\n") }
                try writer.close()
                try pair.client.shutdownWrite()
            }
            let reader = pair.client.reader()
            var number = 0
            while let line = try reader.readLine() {
                guard line == lines[number] else { return #expect(line == lines[number]) }
                number += 1
            }
            #expect(number == lines.count)
            try writing.value()
            try echo.value()
        }
        try run(kind)
    }

    @Test("H-03, M16: closing the owner's side is felt by the peer when reader and writer are closed, too")
    func shares() throws {
        let (left, right) = try SocketBackend<Unix>().connectedPair()
        let reader = left.reader()
        let writer = left.writer()
        left.release()
        try right.sendAll("question\n")
        #expect(try reader.readLine(timeout: patience) == "question")
        try writer.write("answer\n")
        try writer.close()
        #expect(try right.receive(atMost: 99, timeout: patience) == "answer\n".bytes)
        #expect(failure { try right.receive(atMost: 9, timeout: .zero) }?.kind == .wouldBlock)
        reader.close()
        #expect(try right.receive(atMost: 9, timeout: patience) == nil)
    }

    @Test("M16, M17: Python's makefile at the other end", .enabled(if: access("/usr/bin/python3", X_OK) == 0))
    func python() throws {
        let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
        let script = """
            import socket, sys
            s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            f = s.makefile("rw", newline="")
            s.close()
            for line in f:
                f.write(line.strip().upper() + "\\r\\n")
                f.flush()
            f.close()
            print("done")
            """
        let python = try ChildProcess.python(script, "\(listener.localAddress.port)")
        let connection = try listener.accept(timeout: patience)
        let reader = connection.reader(lineEnding: .carriageReturnLineFeed, timeout: patience)
        let writer = connection.writer(buffering: .line, timeout: patience)
        for word in ["hello", "lines", "ünïcode"] {
            try writer.write("\(word)\n")
            #expect(try reader.readLine() == word.uppercased())
        }
        try connection.shutdownWrite()
        #expect(try reader.readLine() == nil)
        #expect(try python.readLine() == "done")
        #expect(try python.waitForExit() == 0)
    }
}
