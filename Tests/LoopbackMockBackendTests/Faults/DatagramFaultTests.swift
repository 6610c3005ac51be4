import TestSupport
import Testing
import TransportCore

@testable import LoopbackMockBackend

@Suite("Faults happen to datagrams")
struct DatagramFaultTests {
    private let network = LoopbackNetwork(seed: 5)

    @Test("Without a fault a datagram arrives at once, as it is")
    func untouched() throws {
        let log = try Log(network, sending: ["a", "b"])
        #expect(log.entries == ["0: a", "0: b"])
    }

    @Test("A lost datagram and one in a black hole never arrive, and others do")
    func loss() throws {
        for verdict in [FaultVerdict.loss, .blackHole] {
            let network = LoopbackNetwork()
            let fault = network.fault(verdict, on: .datagrams.from("one").to("two").port(53).nth(2))
            #expect(try Log(network, sending: ["a", "b", "c"]).entries == ["0: a", "0: c"])
            #expect(fault.firstHit == "datagram of 1 byte to two:53")
        }
    }

    @Test("A datagram arrives several times")
    func duplicates() throws {
        network.fault(.duplicate(), on: .datagrams.nth(1))
        network.fault(.duplicate(copies: 2), on: .datagrams)
        #expect(try Log(network, sending: ["a", "b"]).entries == ["0: a", "0: a", "0: b", "0: b", "0: b"])
    }

    @Test("A delay keeps the order, a jitter and reordering need not")
    func delays() throws {
        let texts = (10..<30).map(String.init)
        let delay = network.fault(.delay(.milliseconds(40)))
        #expect(try Log(network, sending: texts).entries == texts.map { "40: \($0)" })
        delay.remove()
        for verdict in [FaultVerdict.delay(.zero, jitter: .milliseconds(50)), .reorder(within: .milliseconds(50))] {
            let network = LoopbackNetwork(seed: 1)
            network.fault(verdict, on: .datagrams)
            let log = try Log(network, sending: texts)
            #expect(log.texts != texts)
            #expect(log.texts.sorted() == texts)
            #expect(log.times.allSatisfy { (0...50).contains($0) })
        }
    }

    @Test("A slow line carries one datagram after the other")
    func bandwidth() throws {
        network.fault(.bandwidth(bytesPerSecond: 1000, delay: .milliseconds(5)), on: .datagrams)
        let log = try Log(network, sending: ["0123456789", "01234"])
        #expect(log.entries == ["15: 0123456789", "20: 01234"])
    }

    @Test("As many bits are changed as the fault says", arguments: [1, 3, 16, 99])
    func corruption(_ bits: Int) throws {
        network.fault(.corrupt(bits: bits), on: .datagrams)
        let changed = try #require(try Log(network, sending: ["ab"]).bytes.first)
        let difference = zip(changed, "ab".utf8).map { ($0 ^ $1).nonzeroBitCount }.reduce(0, +)
        #expect(difference == min(bits, 16))
        #expect(try Log(network, sending: [""]).bytes == [[]])
    }

    @Test("SIM-04: datagrams that are held arrive in order when they are released")
    func hold() throws {
        let hold = network.fault(.hold, on: .datagrams)
        let log = try Log(network, sending: ["a", "b"])
        #expect(log.entries.isEmpty)
        hold.release()
        #expect(log.texts == ["a", "b"])
        try log.send("c")
        #expect(log.texts == ["a", "b"])
        hold.remove()
        #expect(log.texts == ["a", "b", "c"])
    }

    @Test("A partition loses datagrams for good")
    func partition() throws {
        let partition = network.partition("two", from: "one")
        let log = try Log(network, sending: ["a"])
        partition.heal()
        try log.send("b")
        #expect(log.texts == ["b"])
    }

    @Test("A network goes away with all that faults hold in it")
    func abandoned() throws {
        weak var engine: NetworkEngine?
        do {
            let network = LoopbackNetwork()
            engine = network.engine
            _ = try network.serve(on: "server", port: 80) { $0.expectLine() }
            let backend = network.backend(on: "client")
            let connection = try backend.connect(host: "server", port: 80)
            network.fault(.hold, on: .everything.between("client", "server"))
            network.fault(.hold, on: .datagrams)
            network.fault(.delay(.seconds(9)))
            try connection.sendAll("held")
            #expect(caught { try backend.connect(host: "server", port: 80, timeout: .seconds(1)) }?.kind == .timedOut)
            #expect(try Log(network, sending: ["a"]).entries.isEmpty)
        }
        #expect(engine == nil)
    }

    @Test("Sending a datagram fails")
    func error() throws {
        network.fault(.error(.outOfResources), on: .datagrams)
        #expect(caught { try Log(network, sending: ["a"]) }?.kind == .outOfResources)
    }
}

/// What has arrived of some datagrams, and when.
private final class Log: Sendable {
    private let network: LoopbackNetwork
    private let arrivals = Locked<[(time: Int64, bytes: [UInt8])]>([])

    init(_ network: LoopbackNetwork, sending texts: [String]) throws {
        self.network = network
        for text in texts { try send(text) }
        try network.sleep(for: .seconds(1))
    }

    func send(_ text: String) throws {
        let route = Route(source: "one", destination: "two", port: 53)
        let arrivals = arrivals
        try network.engine.locked { () throws(TransportError) in
            try network.engine.carry(Array(text.utf8), along: route) { bytes, engine in
                arrivals.withLock { $0.append((engine.currentTime / 1_000_000, bytes)) }
            }
        }
    }

    var bytes: [[UInt8]] { arrivals.withLock { $0.map(\.bytes) } }
    var times: [Int64] { arrivals.withLock { $0.map(\.time) } }
    var texts: [String] { bytes.map { String($0) } }
    var entries: [String] { arrivals.withLock { $0.map { "\($0.time): \(String($0.bytes))" } } }
}
