import BSDSocketBackend
import Testing
import TransportCore

/// What holds for the bytes of every kind of stream.
@Suite("Stream transfer", .ownThread)
struct StreamTransferTests {
    @Test("D-01, A13, M18: a small message arrives whole, exactly as long as it was, both ways", arguments: streamKinds)
    func smallMessage(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            #expect(try pair.client.send("abc".utf8) == 3)
            #expect(try pair.server.receive(atMost: 1024) == "abc".bytes)
            try pair.server.sendAll("defg")
            #expect(try pair.client.receive(atMost: 3) == "def".bytes)
            #expect(try pair.client.receive(atMost: 0) == [], "which takes nothing")
            #expect(try pair.client.receive(atMost: 1024) == "g".bytes)
            pair.server.close()
            #expect(try pair.client.receive(atMost: 1024) == nil)
        }
        try run(kind)
    }

    @Test("D-03, M04: everything that was sent before closing arrives, then the end", arguments: streamKinds)
    func dataThenEnd(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let bytes = patternBytes(65536)
            try pair.client.sendAll(bytes)
            pair.client.close()
            #expect(try pair.server.receiveToEnd() == bytes)
            #expect(try pair.server.receive(atMost: 1) == nil, "the end stays the end")
        }
        try run(kind)
    }

    @Test("M23, F-13, 80: 8 MB pass a slow reader unharmed", arguments: streamKinds)
    func slowReader(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.narrowPair()
            let bytes = patternBytes(8 << 20)
            let sender = Worker {
                try pair.client.sendAll(bytes, timeout: .seconds(120))
                try pair.client.shutdownWrite()
            }
            var received: [UInt8] = []
            received.reserveCapacity(bytes.count)
            var size = 1
            while let part = try pair.server.receive(atMost: size, timeout: patience) {
                received += part
                size = size * 3 % 16381 + 1
            }
            try sender.value()
            #expect(received == bytes)
        }
        try run(kind)
    }

    @Test("M18: bytes that are received one at a time come in order", arguments: streamKinds)
    func singleBytes(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let bytes = patternBytes(2048)
            try pair.client.sendAll(bytes)
            pair.client.close()
            #expect(try pair.server.receiveToEnd(atMost: 1) == bytes)
        }
        try run(kind)
    }

    @Test("80: a system that moves one byte at a time loses none", arguments: streamKinds)
    func shortCounts(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let script = SyscallScript()
            let pair = try kind.pair(clientCalls: Syscalls(script: script))
            script.always(.send, .limit(1))
            script.always(.receive, .limit(1))
            let bytes = patternBytes(200)
            try pair.client.sendAll(bytes)
            #expect(script.count(of: .send) == 200)
            #expect(try pair.server.receiveExactly(200) == bytes)
            try pair.server.sendAll(bytes)
            #expect(try pair.client.receiveExactly(200) == bytes)
            #expect(script.count(of: .receive) == 200)
        }
        try run(kind)
    }

    @Test(
        "M07 of the kernel, 81: nothing to send or no room to receive is 0 at once, also without data",
        arguments: streamKinds)
    func nothing(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            #expect(try pair.client.send([]) == 0)
            try pair.client.sendAll([])
            #expect(try pair.server.receive(atMost: 0) == [])
            var none: [UInt8] = []
            #expect(try pair.server.receive(into: &none) == 0)
            #expect(try pair.server.receiveExactly(0) == [])
            try pair.client.sendAll("x")
            #expect(try pair.server.receive(atMost: 0) == [], "a receive of nothing takes nothing")
            #expect(try pair.server.receive(atMost: 9) == "x".bytes)
        }
        try run(kind)
    }

    @Test("M07 of the kernel: a scattering receive without room is 0 and not the end", arguments: streamKinds)
    func scatteringIntoNothing(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.sendAll("x")
            try pair.server.waitForInput()
            let table = [MutableByteSegment(UnsafeMutableRawBufferPointer(start: nil, count: 0))]
            #expect(try pair.server.transport.tryReceive(scatteringInto: table.span) == .received(0))
            var none: [[UInt8]] = [[], []]
            #expect(try pair.server.receive(scatteringInto: &none) == 0)
        }
        try run(kind)
    }

    @Test("D-04, M21: a receive into an array leaves the rest of the array alone", arguments: streamKinds)
    func intoArray(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.sendAll("abc")
            try pair.server.waitForInput()
            var array = [UInt8](repeating: 9, count: 6)
            #expect(try pair.server.receive(into: &array, count: 2) == 2)
            #expect(array == [97, 98, 9, 9, 9, 9])
            #expect(try pair.server.receive(into: &array) == 1)
            #expect(array == [99, 98, 9, 9, 9, 9])
        }
        try run(kind)
    }

    @Test("D-06, A15: a bad count is an argument error that loses nothing", arguments: streamKinds)
    func badCounts(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.sendAll("abc")
            #expect(failure { try pair.server.receive(atMost: -1) }?.kind == .invalidArgument)
            #expect(failure { try pair.server.receiveExactly(-1) }?.kind == .invalidArgument)
            var array = [UInt8](repeating: 0, count: 2)
            let tooMany = failure { try pair.server.receive(into: &array, count: 3) }
            #expect(tooMany?.kind == .invalidArgument)
            #expect(tooMany?.errno == nil, "no system call was made")
            #expect(try pair.server.receiveExactly(3) == "abc".bytes)
        }
        try run(kind)
    }

    @Test("D-10: gathered runs arrive as one stream, and scattered arrays fill in order", arguments: streamKinds)
    func vectors(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let runs = (0..<200).map { patternBytes($0 % 7) }  // more than one call takes, empty ones among them
            try pair.client.sendAll(gathering: runs)
            let all = runs.flatMap { $0 }
            #expect(try pair.server.receiveExactly(all.count) == all)
            try pair.client.sendAll("abcdefgh")
            try pair.server.waitForInput()
            var arrays: [[UInt8]] = [[0, 0, 0], [], [0, 0, 0, 0, 0, 0, 0]]
            #expect(try pair.server.receive(scatteringInto: &arrays) == 8)
            #expect(arrays == ["abc".bytes, [], "defgh".bytes + [0, 0]])
        }
        try run(kind)
    }

    @Test(
        "complaint 48: what was sent in parts is received exactly, and a short stream says how far it came",
        arguments: streamKinds)
    func exactly(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let reader = Worker { try pair.server.receiveExactly(6) }
            try pair.client.sendAll("abc")
            try reader.waitUntilBlocked()
            try pair.client.sendAll("defXY")
            #expect(try reader.value() == "abcdef".bytes)
            pair.client.close()
            let error = failure { try pair.server.receiveExactly(6) }
            #expect(error?.kind == .unexpectedEnd)
            #expect(error?.bytesTransferred == 2)
            #expect(error?.partialData == "XY".bytes)
        }
        try run(kind)
    }

    @Test("F19, D-19: the two ends of a pair that was made at once are connected, blocking and without names")
    func connectedPair() throws {
        let (first, second) = try SocketBackend<Unix>().connectedPair()
        #expect(first.mode == .blocking && second.mode == .blocking)
        try first.sendAll("to")
        try second.sendAll("fro")
        #expect(try second.receive(atMost: 9) == "to".bytes)
        #expect(try first.receive(atMost: 9) == "fro".bytes)
        #expect(try first.localAddress == .unnamed)
        #expect(try first.remoteAddress == .unnamed)
        #expect(try second.localAddress == .unnamed)
    }
}
