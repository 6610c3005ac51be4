import LoopbackMockBackend
import RedisClient
import TestSupport
import Testing
import TransportCore

@Suite("Connecting again")
struct ReconnectTests {
    /// When attempts are made that all fail at once, as far as the back-off and the network's seed say.
    private func attemptTimes(_ count: Int, seed: UInt64, _ backoff: Backoff = Backoff()) -> [Duration] {
        let twin = LoopbackNetwork(seed: seed).backend()
        var times = [Duration.zero]
        for failures in 1..<count {
            let delay = backoff.delay(afterFailures: failures, random: twin.randomNumber())
            times.append((times.last ?? .zero) + delay)
        }
        return times
    }

    @Test("Refused, then accepted: attempts are made at exactly the times of the back-off", arguments: 0..<5)
    func refusedThenAccepted(_ seed: UInt64) throws {
        let network = LoopbackNetwork(seed: seed)
        let resolver = RecordingResolver(network: network)
        let cache = network.backend(on: "cache")
        let server = try network.spawn {
            try cache.sleep(for: .seconds(1))
            let connection = try cache.listen(port: 6379).accept()
            let request = try connection.receive(atMost: 100)
            try connection.sendAll(":1\r\n")
            return request
        }
        let client = RedisClient(host: "cache", via: network.backend().with(resolver: resolver))
        // A write, too: nothing of it was sent before.
        #expect(try client.incr("a") == 1)
        #expect(try server.join() == wire("INCR", "a").bytes)

        let times = resolver.times.withLock { $0 }
        #expect(times == attemptTimes(times.count, seed: seed))
        #expect(times.filter { $0 >= .seconds(1) }.count == 1)
        #expect(network.elapsed == times.last)
    }

    @Test("A connection that only looks readable, as with what TLS says to itself, is used again")
    func spuriouslyReadable() throws {
        let address = IP.SocketAddress.v4(.loopback(port: 6379))
        let replies: [ReceiveAction] = [.text("+PONG\r\n"), .wouldBlock(.readable), .text("+PONG\r\n")]
        let backend = ScriptedBackend(scripts: [address: TransportScript(receiving: replies)])
        let client = RedisClient(address: address, via: backend)
        for _ in 0..<2 { try client.ping() }
        #expect(backend.opened.count == 1)
    }

    @Test("A call gives up when the next attempt would come too late, and says why the last one failed")
    func noTimeLeft() throws {
        let network = LoopbackNetwork(seed: 7)
        let resolver = RecordingResolver(network: network)
        _ = network.host("cache")
        let client = RedisClient(host: "cache", via: network.backend().with(resolver: resolver))
        let error = failure { try client.ping(timeout: .seconds(1)) }
        #expect(error?.networkKind == .connectionRefused)
        #expect(error?.progress?.inDoubtCount == 0)

        let expected = attemptTimes(20, seed: 7)
        let count = expected.prefix { $0 < .seconds(1) }.count
        #expect(resolver.times.withLock { $0 } == Array(expected[..<count]))
        #expect(error?.progress?.attempts == count)
        #expect(network.elapsed == expected[count - 1])
        #expect(error?.explanation.hasSuffix("\(count) connections were tried") == true)

        // The wait outlasts the call: who calls again at once does not get around it.
        let again = failure { try client.ping(timeout: .nanoseconds(1)) }
        #expect(again?.networkKind == .connectionRefused)
        #expect(again?.progress?.attempts == 0)
        #expect(resolver.times.withLock { $0.count } == count)
        // It is made then, where the time is long enough.
        _ = failure { try client.ping(timeout: .seconds(3)) }
        #expect(resolver.times.withLock { $0[count] } == expected[count])
    }

    @Test("A call tries as many connections as it may", arguments: [1, 2, 5])
    func attempts(_ count: Int) throws {
        let network = LoopbackNetwork()
        _ = network.host("cache")
        let error = failure { try network.client { $0.attempts = count }.ping() }
        #expect(error?.networkKind == .connectionRefused)
        #expect(error?.progress?.attempts == count)
    }

    @Test("A name that does not exist is not looked up again")
    func noSuchName() {
        let network = LoopbackNetwork()
        let error = failure { try network.client().ping() }
        #expect(error?.networkKind == .noSuchName)
        #expect(error?.progress?.attempts == 1)
        #expect(network.elapsed == .zero)
    }

    @Test("A server that accepts and closes at once is asked again with the same waits")
    func crashLoop() throws {
        let network = LoopbackNetwork(seed: 3)
        let cache = try network.serve(
            on: "cache", port: 6379, { $0.expect(wire("GET", "a")) }, { $0.expect(wire("GET", "a")) },
            { $0.expect(wire("GET", "a")) })
        let error = failure { try network.client { $0.attempts = 3 }.get("a") }
        #expect(error?.progress?.attempts == 3)
        #expect(cache.connectionCount == 3)
        #expect(network.elapsed == attemptTimes(3, seed: 3).last)
    }

    @Test("After a success the waits begin anew")
    func success() throws {
        let network = LoopbackNetwork(seed: 9)
        let twin = LoopbackNetwork(seed: 9).backend()
        let cache = try network.serve(
            on: "cache", port: 6379, { $0.expect(wire("GET", "a")) }, { $0.expect(wire("GET", "a")) },
            { peer in
                peer.expect(wire("GET", "a"))
                peer.send(":1\r\n")
                peer.expect(wire("GET", "b"))
            },
            { $0.expect(wire("GET", "b")) },
            { peer in
                peer.expect(wire("GET", "b"))
                peer.send(":2\r\n")
            })
        let client = network.client()
        #expect(try client.send(.get("a")) == .integer(1))
        #expect(try client.send(.get("b")) == .integer(2))
        // Two waits before the first reply; the connection that worked is replaced at once; the fourth was none.
        let delays = [1, 2, 1].map { Backoff().delay(afterFailures: $0, random: twin.randomNumber()) }
        #expect(network.elapsed == delays.reduce(.zero, +))
        try cache.verify()
    }

    @Test("An attempt that hangs is given up in time for others, and the whole call at its own limit")
    func hangingConnect() throws {
        let network = LoopbackNetwork(seed: 1)
        let listener = try network.backend(on: "cache").listen(port: 6379, options: ListenerOptions(backlog: 0))
        let other = try network.backend().connect(host: "cache", port: 6379)
        let error = failure { try network.client().incr("a", timeout: .seconds(10)) }
        #expect(error?.networkKind == .timedOut)
        #expect(error?.progress?.inDoubtCount == 0)
        #expect(error?.progress?.attempts == 4)
        #expect(network.elapsed == .seconds(10))
        #expect(!listener.isClosed && !other.isClosed)
    }

    @Test("The waits double up to their limit, and half of each is chance")
    func delays() {
        let backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(1))
        let wholes = [1: 100, 2: 200, 3: 400, 4: 800, 5: 1000, 6: 1000, 1000: 1000, Int.max: 1000]
        for (failures, whole) in wholes {
            let least = backoff.delay(afterFailures: failures, random: 0)
            let most = backoff.delay(afterFailures: failures, random: .max)
            #expect(least == .milliseconds(whole / 2))
            #expect(most == .milliseconds(whole))
        }
        #expect(backoff.delay(afterFailures: 0, random: .max) == .zero)
        #expect(backoff.delay(afterFailures: .min, random: .max) == .zero)
    }

    @Test("A back-off of any times is usable")
    func anyDelays() {
        let huge = Backoff(initial: .seconds(Int64.max), maximum: .seconds(Int64.max))
        #expect(huge.delay(afterFailures: 9, random: .max) == .seconds(86_400))
        #expect(Backoff(initial: .seconds(-1)).delay(afterFailures: 9, random: .max) == .zero)
        #expect(Backoff(initial: .seconds(1), maximum: .seconds(-1)).delay(afterFailures: 9, random: .max) == .zero)
        #expect(Backoff(initial: .nanoseconds(1)).delay(afterFailures: 1, random: .max) == .nanoseconds(1))
    }
}
