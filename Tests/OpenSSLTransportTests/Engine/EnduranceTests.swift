#if canImport(Glibc)
import Glibc
import TestSupport
import Testing

@Suite("Thousands of handshakes")
struct EnduranceTests {
    @Test(
        "B-68 handshakes, half of them failing in many ways, leave neither memory nor descriptors behind",
        .enabled(if: !Sanitizer.isThere, "a sanitizer keeps memory that was given back")
    )
    func flat() throws {
        // 10,000 take some ten seconds.
        try expectFlat(getenv("CI") == nil ? 2_000 : 10_000)
    }

    @Test(
        "B-68 so do those of DTLS at one socket, half of them failing or abandoned",
        .enabled(if: !Sanitizer.isThere, "a sanitizer keeps memory that was given back")
    )
    func flatWithDatagrams() throws { try expectFlat(getenv("CI") == nil ? 2_000 : 6_000, "datagrams") }

    private func expectFlat(_ count: Int, _ form: String...) throws {
        let program = try ChildProcess(builtProgram("HandshakeEndurance"), form + ["\(count)"])
        func holdings() throws -> (memory: Int, descriptors: Int) {
            let numbers = try program.readLine().split(separator: " ").compactMap { Int($0) }
            try #require(numbers.count == 2)
            return (numbers[0], numbers[1])
        }
        let (early, late) = (try holdings(), try holdings())
        #expect(try program.readLine() == "\(count) handshakes, 0 with another outcome than expected")
        #expect(try program.waitForExit() == 0)
        #expect(late.descriptors == early.descriptors)
        // KiB. One forgotten certificate each time would be three times as much, one SSL ten times.
        #expect(late.memory - early.memory < (count == 2_000 ? 1500 : 3000))
    }

    @Test(
        "B-67 after a fork, one side has the connections of before, both have the configurations, and random numbers differ"
    )
    func fork() throws {
        let program = try ChildProcess(builtProgram("HandshakeEndurance"), ["fork"])
        let lines = try program.readToEnd().split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(try program.waitForExit() == 0)
        try #require(lines.count == 3)
        #expect(lines[0].prefix(4) == ["child", "child", "ticket", "key"])
        #expect(lines[1].prefix(4) == ["parent", "parent", "ticket", "key"])
        #expect(lines[0].last != lines[1].last)
        #expect(lines[2] == ["still", "here"])
    }

    @Test("B-65 the environment is not asked for a key log")
    func keyLogOfTheEnvironment() throws {
        let directory = try TemporaryDirectory()
        let program = try ChildProcess(
            "env", ["SSLKEYLOGFILE=\(directory.path)/keys", builtProgram("HandshakeEndurance"), "20"])
        #expect(try program.readToEnd().contains("20 handshakes, 0 with another outcome"))
        #expect(try program.waitForExit() == 0)
        #expect(access(directory.path + "/keys", F_OK) != 0)
    }
}
#endif
