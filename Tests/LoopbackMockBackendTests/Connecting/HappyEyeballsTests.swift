import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// A scene, and what must happen in it: in a thread and in a task alike.
struct RaceCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let scene: RaceScene
    let expected: [String]

    init(_ name: String, _ scene: RaceScene, _ expected: [String]) {
        testDescription = name
        self.scene = scene
        self.expected = expected
    }
}

/// RFC 8305 to the millisecond, in the network's time.
@Suite("Happy Eyeballs", .unlessHung)
struct HappyEyeballsTests {
    @Test("CNT-05 CNT-06 CNT-07 CNT-08: in a thread", arguments: cases)
    func blocking(_ race: RaceCase) throws {
        #expect(try race.scene.connect() == race.expected)
    }

    @Test("CNT-05 CNT-06 CNT-07 CNT-08: in a task", arguments: cases)
    func suspending(_ race: RaceCase) async throws {
        #expect(try await race.scene.connect(cancelledAt: nil) == race.expected)
    }

    static let cases: [RaceCase] = resolving + racing + limits

    // MARK: Resolving

    static let resolving: [RaceCase] = [
        RaceCase(
            "one IPv4 address",
            RaceScene(parts: [.addresses(["4a"], at: 0)], peers: ["4a": .answers(30)]),
            ["0 open 4a", "30 connected 4a"]
        ),
        RaceCase(
            "one IPv6 address",
            RaceScene(parts: [.addresses(["6a"], at: 20)], peers: ["6a": .answers(30)]),
            ["20 open 6a", "50 connected 6a"]
        ),
        RaceCase(
            "AAAA comes first: it is used at once, and A is not waited for",
            RaceScene(
                parts: [.addresses(["6a"], at: 10), .addresses(["4a"], at: 400)], peers: ["6a": .answers(50)]
            ),
            ["10 open 6a", "60 connected 6a"]
        ),
        RaceCase(
            "A comes first: AAAA comes within the resolution delay and is tried first",
            RaceScene(
                parts: [.addresses(["4a"], at: 10), .addresses(["6a"], at: 59)],
                peers: ["6a": .answers(5), "4a": .answers(5)]
            ),
            ["59 open 6a", "64 connected 6a"]
        ),
        RaceCase(
            "A comes first: after the resolution delay it is tried",
            RaceScene(
                parts: [.addresses(["4a"], at: 10), .addresses(["6a"], at: 500)],
                peers: ["6a": .answers(5), "4a": .answers(5)]
            ),
            ["60 open 4a", "65 connected 4a"]
        ),
        RaceCase(
            "the resolution delay can be another one",
            RaceScene(
                parts: [.addresses(["4a"], at: 10), .addresses(["6a"], at: 500)], peers: ["4a": .answers(5)],
                strategy: .happyEyeballs(resolutionDelay: .milliseconds(200))
            ),
            ["210 open 4a", "215 connected 4a"]
        ),
        RaceCase(
            "AAAA comes after the resolution delay: its addresses are next",
            RaceScene(
                parts: [.addresses(["4a", "4b"], at: 0), .addresses(["6a"], at: 100)],
                peers: ["4a": .silent, "4b": .silent, "6a": .answers(5)]
            ),
            ["50 open 4a", "300 open 6a", "305 close 4a", "305 connected 6a"]
        ),
        RaceCase(
            "A fails, AAAA comes later",
            RaceScene(
                parts: [.fails(.noAddressForName, at: 10), .addresses(["6a"], at: 300)], peers: ["6a": .answers(5)]
            ),
            ["300 open 6a", "305 connected 6a"]
        ),
        RaceCase(
            "AAAA fails: A is not kept waiting",
            RaceScene(
                parts: [.addresses(["4a"], at: 10), .fails(.noAddressForName, at: 20)], peers: ["4a": .answers(5)]
            ),
            ["20 open 4a", "25 connected 4a"]
        ),
        RaceCase(
            "AAAA is empty: A is not kept waiting",
            RaceScene(
                parts: [.addresses([], at: 10), .addresses(["4a"], at: 20)], peers: ["4a": .answers(5)]
            ),
            ["20 open 4a", "25 connected 4a"]
        ),
        RaceCase(
            "both fail: the first failure is thrown",
            RaceScene(parts: [.fails(.nameServiceUnavailable, at: 10), .fails(.noSuchName, at: 20)]),
            ["20 resolve nameServiceUnavailable"]
        ),
        RaceCase(
            "both are empty",
            RaceScene(parts: [.addresses([], at: 10), .addresses([], at: 20)]),
            ["20 resolve noAddressForName"]
        ),
        RaceCase(
            "all attempts fail before A comes: it is waited for, and tried at once",
            RaceScene(
                parts: [.addresses(["6a"], at: 0), .addresses(["4a"], at: 900)],
                peers: ["6a": .refuses(10), "4a": .answers(5)]
            ),
            ["0 open 6a", "10 close 6a", "900 open 4a", "905 connected 4a"]
        ),
        RaceCase(
            "A comes while the only attempt hangs: it is tried within some ten milliseconds",
            RaceScene(
                parts: [.addresses(["6a"], at: 0), .addresses(["4a"], at: 695)],
                peers: ["6a": .silent, "4a": .answers(5)]
            ),
            ["0 open 6a", "702 open 4a", "707 close 6a", "707 connected 4a"]
        ),
    ]

    // MARK: Attempts

    private static func race(
        _ order: [String], _ peers: [String: RaceScene.Peer], _ strategy: ConnectStrategy = .happyEyeballs,
        timeout: Int? = nil
    ) -> RaceScene {
        RaceScene(parts: [.addresses(order, at: 0)], peers: peers, strategy: strategy, timeout: timeout)
    }

    static let racing: [RaceCase] = [
        RaceCase(
            "an attempt that answers within the attempt delay is the only one",
            race(["6a", "4a"], ["6a": .answers(249), "4a": .answers(0)]),
            ["0 open 6a", "249 connected 6a"]
        ),
        RaceCase(
            "after the attempt delay the next address is tried besides; the loser is closed",
            race(["6a", "4a"], ["6a": .silent, "4a": .answers(10)]),
            ["0 open 6a", "250 open 4a", "260 close 6a", "260 connected 4a"]
        ),
        RaceCase(
            "a late winner: the first attempt answers after the second has begun",
            race(["6a", "4a"], ["6a": .answers(300), "4a": .answers(100)]),
            ["0 open 6a", "250 open 4a", "300 close 4a", "300 connected 6a"]
        ),
        RaceCase(
            "two answer at the same time: the one that was begun first wins",
            race(["6a", "4a"], ["6a": .answers(300), "4a": .answers(50)]),
            ["0 open 6a", "250 open 4a", "300 close 4a", "300 connected 6a"]
        ),
        RaceCase(
            "an attempt that fails has the next one begin at once",
            race(["6a", "4a"], ["6a": .refuses(40), "4a": .answers(10)]),
            ["0 open 6a", "40 close 6a", "40 open 4a", "50 connected 4a"]
        ),
        RaceCase(
            "an older attempt that fails has the next one begin at once, and the delay begins anew",
            race(["6a", "4a", "6b", "4b"], ["6a": .refuses(300), "4a": .silent, "6b": .silent, "4b": .answers(5)]),
            [
                "0 open 6a", "250 open 4a", "300 close 6a", "300 open 6b", "550 open 4b", "555 close 4a",
                "555 close 6b", "555 connected 4b",
            ]
        ),
        RaceCase(
            "every delay is waited for when nobody answers",
            race(
                ["6a", "4a", "6b", "4b"], ["6a": .silent, "4a": .silent, "6b": .silent, "4b": .answers(10)]
            ),
            [
                "0 open 6a", "250 open 4a", "500 open 6b", "750 open 4b", "760 close 6a", "760 close 4a",
                "760 close 6b", "760 connected 4b",
            ]
        ),
        RaceCase(
            "the families alternate, in the resolver's order within each",
            race(
                ["6a", "6b", "6c", "4a", "4b"],
                ["6a": .silent, "6b": .silent, "6c": .silent, "4a": .silent, "4b": .silent], timeout: 1100
            ),
            [
                "0 open 6a", "250 open 4a", "500 open 6b", "750 open 4b", "1000 open 6c", "1100 close 6a",
                "1100 close 4a", "1100 close 6b", "1100 close 4b", "1100 close 6c",
                "1100 connect timedOut: timedOut timedOut timedOut timedOut timedOut",
            ]
        ),
        RaceCase(
            "the resolver's first address decides which family is first",
            race(["4a", "4b", "6a"], ["4a": .silent, "4b": .answers(1), "6a": .silent]),
            ["0 open 4a", "250 open 6a", "500 open 4b", "501 close 4a", "501 close 6a", "501 connected 4b"]
        ),
        RaceCase(
            "more of the first family can come first",
            race(
                ["6a", "6b", "6c", "4a"], ["6a": .silent, "6b": .silent, "6c": .silent, "4a": .answers(1)],
                .happyEyeballs(firstFamilyCount: 2)
            ),
            ["0 open 6a", "250 open 6b", "500 open 4a", "501 close 6a", "501 close 6b", "501 connected 4a"]
        ),
        RaceCase(
            "the attempt delay can be another one",
            race(
                ["6a", "4a"], ["6a": .silent, "4a": .answers(1)],
                .happyEyeballs(attemptDelay: .milliseconds(100))
            ),
            ["0 open 6a", "100 open 4a", "101 close 6a", "101 connected 4a"]
        ),
        RaceCase(
            "an attempt delay below 10 ms is 10 ms",
            race(["6a", "4a"], ["6a": .silent, "4a": .answers(1)], .happyEyeballs(attemptDelay: .zero)),
            ["0 open 6a", "10 open 4a", "11 close 6a", "11 connected 4a"]
        ),
        RaceCase(
            "an attempt delay above 2 s is 2 s",
            race(["6a", "4a"], ["6a": .silent, "4a": .answers(1)], .happyEyeballs(attemptDelay: .seconds(60))),
            ["0 open 6a", "2000 open 4a", "2001 close 6a", "2001 connected 4a"]
        ),
        RaceCase(
            "all refuse at once: each is tried, and the error lists them",
            race(["6a", "4a", "6b"], ["6a": .refuses(0), "4a": .refuses(0), "6b": .refuses(0)]),
            [
                "0 open 6a", "0 close 6a", "0 open 4a", "0 close 4a", "0 open 6b", "0 close 6b",
                "0 connect connectionRefused: connectionRefused connectionRefused connectionRefused",
            ]
        ),
        RaceCase(
            "the last attempts fail in another order than they began; the list is in that of their beginnings",
            race(["6a", "4a"], ["6a": .refuses(900), "4a": .refuses(100)]),
            [
                "0 open 6a", "250 open 4a", "350 close 4a", "900 close 6a",
                "900 connect connectionRefused: connectionRefused connectionRefused",
            ]
        ),
        RaceCase(
            "one after the other: a silent one is not overtaken",
            race(["6a", "4a"], ["6a": .refuses(5000), "4a": .answers(10)], .sequential),
            ["0 open 6a", "5000 close 6a", "5000 open 4a", "5010 connected 4a"]
        ),
        RaceCase(
            "one after the other is the resolver's order",
            race(
                ["6a", "6b", "4a"], ["6a": .refuses(1), "6b": .refuses(1), "4a": .answers(1)], .sequential
            ),
            ["0 open 6a", "1 close 6a", "1 open 6b", "2 close 6b", "2 open 4a", "3 connected 4a"]
        ),
        RaceCase(
            "an address that comes twice is tried once",
            race(["4a", "4a"], ["4a": .refuses(1)]),
            ["0 open 4a", "1 close 4a", "1 connect connectionRefused: connectionRefused"]
        ),
    ]

    // MARK: Limits

    static let limits: [RaceCase] = [
        RaceCase(
            "the time is up while resolving",
            RaceScene(parts: [.addresses(["4a"], at: 900)], peers: ["4a": .answers(0)], timeout: 500),
            ["500 resolve timedOut"]
        ),
        RaceCase(
            "the time is up during the resolution delay: what is known is tried",
            RaceScene(
                parts: [.addresses(["4a"], at: 90), .addresses(["6a"], at: 900)], peers: ["4a": .silent], timeout: 100
            ),
            ["100 open 4a", "100 close 4a", "100 connect timedOut: timedOut"]
        ),
        RaceCase(
            "the time is up during the attempt delay: nothing else is begun, nothing stays open",
            race(["6a", "4a"], ["6a": .silent, "4a": .answers(0)], timeout: 200),
            ["0 open 6a", "200 close 6a", "200 connect timedOut: timedOut"]
        ),
        RaceCase(
            "the time is up with two attempts under way: both are closed",
            race(["6a", "4a"], ["6a": .silent, "4a": .silent], timeout: 5000),
            [
                "0 open 6a", "250 open 4a", "5000 close 6a", "5000 close 4a",
                "5000 connect timedOut: timedOut timedOut",
            ]
        ),
        RaceCase(
            "an attempt that has had its time gives way to the next one",
            race(
                ["6a", "4a"], ["6a": .silent, "4a": .answers(10)], .happyEyeballs(attemptTimeout: .milliseconds(100))
            ),
            ["0 open 6a", "100 close 6a", "100 open 4a", "110 connected 4a"]
        ),
        RaceCase(
            "an attempt's time is its own: a later one has as much",
            race(
                ["6a", "4a"], ["6a": .silent, "4a": .silent], .happyEyeballs(attemptTimeout: .milliseconds(400))
            ),
            [
                "0 open 6a", "250 open 4a", "400 close 6a", "650 close 4a",
                "650 connect timedOut: timedOut timedOut",
            ]
        ),
        RaceCase(
            "one after the other, each with its time",
            race(
                ["6a", "4a"], ["6a": .silent, "4a": .answers(10)], .sequential(attemptTimeout: .seconds(1))
            ),
            ["0 open 6a", "1000 close 6a", "1000 open 4a", "1010 connected 4a"]
        ),
    ]

    // MARK: Cancellation

    @Test(
        "CAN-11 CNT-06: cancelling ends everything at once, whatever it is at",
        arguments: [
            (5, ["5 resolve cancelled"]),
            (30, ["30 resolve cancelled"]),
            (100, ["60 open 4a", "100 close 4a", "100 connect cancelled: cancelled"]),
            (
                400,
                [
                    "60 open 4a", "310 open 6a", "400 close 4a", "400 close 6a",
                    "400 connect cancelled: cancelled cancelled",
                ]
            ),
        ]
    )
    func cancelling(time: Int, expected: [String]) async throws {
        let scene = RaceScene(
            parts: [.addresses(["4a"], at: 10), .addresses(["6a"], at: 200)], peers: ["4a": .silent, "6a": .silent]
        )
        #expect(try await scene.connect(cancelledAt: time) == expected)
    }
}
