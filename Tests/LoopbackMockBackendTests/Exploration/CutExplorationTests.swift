import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("What a client receives is cut anywhere")
struct CutExplorationTests {
    @Test("A client that does everything right passes")
    func correct() throws {
        let report = try exploreCuts { network in try network.count() }
        // 32 bytes of answers are cut at 31 places, byte by byte, 8 times at random, and come together.
        #expect(report.runCount == 1 + 31 + 1 + 8 + 1)
    }

    @Test("A client that takes one receive for one line is found at each place where that matters")
    func oneReceiveIsOneLine() throws {
        let report = try #require(
            findings { try exploreCuts { network in try network.count(.oneReceiveIsOneLine) } })
        #expect(report.findings.contains { $0.fault == "cut after byte 3" })
        #expect(!report.findings.contains { $0.fault == "cut after byte 8" })
        #expect(report.findings.contains { $0.fault == "byte by byte" })
    }

    @Test("A client that takes all that comes for one line is found when two lines come together")
    func coalesced() throws {
        func read(_ network: LoopbackNetwork, _ isRight: Bool) throws -> [String] {
            let listener = try network.backend(on: "news").listen(port: 1)
            try network.spawn {
                let connection = try listener.accept()
                try connection.sendAll("one\n")
                // The client has its turn in between.
                try network.spawn {
                    try connection.sendAll("two\n")
                    connection.close()
                }
            }
            let connection = try network.backend().connect(host: "news", port: 1)
            defer { connection.close() }
            if isRight {
                return try connection.receiveAll().split(separator: UInt8(ascii: "\n")).map { String(Array($0)) }
            }
            var lines: [String] = []
            while let bytes = try connection.receive(atMost: 100) { lines.append(String(bytes.dropLast())) }
            return lines
        }
        try exploreCuts { network in try read(network, true) }
        let report = try #require(findings { try exploreCuts(positions: 1) { network in try read(network, false) } })
        #expect(report.findings.contains { $0.fault == "everything at once" })
    }

    @Test("Where there are more positions than may be tried, they are spread over all of them")
    func positions() throws {
        let report = try exploreCuts(positions: 3, randomRuns: 0) { network in try network.count() }
        #expect(report.runCount == 1 + 3 + 1 + 1)
    }

    @Test("A client in tasks passes, and is found, like one in threads")
    func tasks() async throws {
        try await exploreCuts { network in try await network.greet(isRight: true) }
        let report = await findings { try await exploreCuts { network in try await network.greet(isRight: false) } }
        #expect(report?.findings.isEmpty == false)
    }
}
