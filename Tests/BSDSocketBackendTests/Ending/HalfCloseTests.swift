import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Ending one direction alone, and clean ends.
@Suite("Half-close", .ownThread)
struct HalfCloseTests {
    @Test(
        "M32, 82: after the sending end, the peer reads the end and the other direction goes on", arguments: streamKinds
    )
    func requestAndResponse(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let server = Worker {
                let request = try pair.server.receiveToEnd()
                try pair.server.sendAll(request.reversed())
                pair.server.close()
            }
            let request = patternBytes(200_000)
            try pair.client.sendAll(request)
            try pair.client.shutdownWrite()
            #expect(try pair.client.receiveToEnd() == request.reversed())
            try server.value()
            #expect(pair.client.facts.contains(.halfClose))
        }
        try run(kind)
    }

    @Test("M32, M22: sending after the sending end is a broken pipe, and receiving still works", arguments: streamKinds)
    func sendAfterEnd(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.shutdownWrite()
            for _ in 0..<2 {
                let error = failure { try pair.client.send("x".utf8) }
                #expect(error?.kind == .brokenPipe)
                #expect(error?.aftermath == .receiveOnly)
                #expect(error?.retrySafety == .nothingSent)
            }
            #expect(failure { try pair.client.sendAll(gathering: [[1]]) }?.kind == .brokenPipe)
            try pair.server.sendAll("y")
            #expect(try pair.client.receive(atMost: 9) == "y".bytes)
        }
        try run(kind)
    }

    @Test(
        "M5 of the kernel: the sending direction may be ended again, also when the peer has gone",
        arguments: streamKinds)
    func repeated(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.shutdownWrite()
            try pair.client.shutdownWrite()
            pair.server.abort()
            try pair.client.waitForInput()
            try pair.client.shutdownWrite()
            let other = try kind.pair()
            other.server.abort()
            try other.client.waitForInput()
            try other.client.shutdownWrite()
        }
        try run(kind)
    }

    @Test("M33: ending the sending direction does not disturb this end's blocked receive", arguments: streamKinds)
    func blockedReceive(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.client.mode = .blocking
            let reader = Worker { try pair.client.receive(atMost: 9) }
            try reader.waitUntilBlocked()
            try pair.client.shutdownWrite()
            #expect(try pair.server.receive(atMost: 9) == nil)
            try pair.server.sendAll("still")
            #expect(try reader.value() == "still".bytes)
        }
        try run(kind)
    }

    @Test("busy: the sending direction is not ended in the middle of a send", arguments: streamKinds)
    func whileSending(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            _ = try pair.client.fill()
            let sender = Worker { try pair.client.sendAll(patternBytes(1 << 20)) }
            try sender.waitUntilBlocked()
            #expect(failure { try pair.client.shutdownWrite() }?.kind == .busy)
            #expect(failure { try pair.client.send("x".utf8) }?.kind == .busy)
            pair.client.close()
            #expect(try sender.failure().kind == .closed)
        }
        try run(kind)
    }

    @Test(
        "K-01, complaint 47: the peer's close is the end, which is neither an error nor a count", arguments: streamKinds
    )
    func end(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.client.close()
            pair.client.close()
            for _ in 0..<3 { #expect(try pair.server.receive(atMost: 9) == nil) }
            var array = [UInt8](repeating: 0, count: 4)
            #expect(try pair.server.receive(into: &array) == nil)
            #expect(try pair.server.receive(into: &array, timeout: .zero) == nil)
        }
        try run(kind)
    }

    @Test("M3 of the kernel: a Unix stream feels the peer's end with the first send, TCP later; both in the end")
    func sendAfterPeerClose() throws {
        for kind in streamKinds {
            func run(_ kind: some StreamKind) throws {
                let pair = try kind.pair()
                pair.server.close()
                try pair.client.waitForInput()
                let first = pair.client.facts.contains(.firstSendAfterPeerCloseFails)
                #expect(first == !kind.isTCP)
                if !first { #expect(try pair.client.send("x".utf8) == 1) }
                let error = try pair.client.sendUntilFailure()
                #expect(error.kind == .brokenPipe || error.kind == .connectionReset)
                #expect(try pair.client.sendUntilFailure().kind == error.kind, "it is latched")
            }
            try run(kind)
        }
    }

    @Test("M3 of the kernel, D-13: what the peer had sent before it went can still be received", arguments: streamKinds)
    func dataBeforePeerClose(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.server.sendAll("last words")
            pair.server.close()
            try pair.client.waitForInput()
            #expect(try pair.client.receiveToEnd() == "last words".bytes)
        }
        try run(kind)
    }
}
