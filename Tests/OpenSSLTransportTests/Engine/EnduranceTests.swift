#if canImport(Glibc)
import Glibc
import TestSupport
import Testing

@Suite("Thousands of handshakes")
struct EnduranceTests {
    @Test("B-68 handshakes, half of them failing in many ways, leave neither memory nor descriptors behind")
    func flat() throws {
        // 10,000 take some ten seconds.
        let count = getenv("CI") == nil ? 2_000 : 10_000
        let program = try ChildProcess(builtProgram("HandshakeEndurance"), ["\(count)"])
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
}
#endif
