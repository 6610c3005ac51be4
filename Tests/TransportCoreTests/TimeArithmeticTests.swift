import TestSupport
import Testing
import TransportCore

@Suite("Instants and deadlines")
struct TimeArithmeticTests {
    private let first = Instant(nanoseconds: .min)
    private let last = Instant(nanoseconds: .max)

    @Test("DLN-12: instants saturate at the ends of their range")
    func saturation() {
        #expect(last.advanced(by: .nanoseconds(1)) == last)
        #expect(first.advanced(by: .nanoseconds(-1)) == first)
        #expect(last.advanced(by: .seconds(Int64.max)) == last)
        #expect(first.advanced(by: .seconds(Int64.min)) == first)
        #expect(Instant(nanoseconds: 0).advanced(by: .seconds(Int64.max)) == last)
        #expect(last.advanced(by: .seconds(Int64.min)) == first)
        #expect(first.advanced(by: .seconds(Int64.max)) == last)
        #expect(last.advanced(by: .seconds(-18_446_744_073)).nanoseconds == -9_223_372_036_145_224_193)
        #expect(first - .seconds(Int64.min) == last)
        #expect(last + .seconds(Int64.min) == first)
        #expect(Instant(nanoseconds: 5).advanced(by: .seconds(-1)).nanoseconds == -999_999_995)
    }

    @Test("DLN-12: durations between instants saturate")
    func durations() {
        #expect(first.duration(to: last) == .nanoseconds(Int64.max))
        #expect(last.duration(to: first) == .nanoseconds(Int64.min))
        #expect(Instant(nanoseconds: 3).duration(to: Instant(nanoseconds: 1)) == .nanoseconds(-2))
    }

    @Test("DLN-12: plus and minus are there as for other clocks, and saturate")
    func operators() {
        let start = Instant(nanoseconds: 100)
        #expect(start + .nanoseconds(5) == Instant(nanoseconds: 105))
        #expect(start - .nanoseconds(5) == Instant(nanoseconds: 95))
        #expect(Instant(nanoseconds: 105) - start == .nanoseconds(5))
        #expect(start - Instant(nanoseconds: 105) == .nanoseconds(-5))
        var moved = start
        moved += .nanoseconds(7)
        #expect(moved - start == .nanoseconds(7))
        moved -= .nanoseconds(8)
        #expect(moved - start == .nanoseconds(-1))
        #expect(last - first == .nanoseconds(Int64.max))
        #expect(first - last == .nanoseconds(Int64.min))
        #expect(first - .nanoseconds(1) == first)
        #expect(last - .nanoseconds(-1) == last)
        #expect(last + .nanoseconds(1) == last)
        #expect(later(start, .seconds(1)) == start + .seconds(1), "it goes where any clock's instant goes")
    }

    private func later<I: InstantProtocol>(_ instant: I, _ duration: I.Duration) -> I { instant.advanced(by: duration) }

    @Test("DLN-12: never comes last, and has never passed")
    func never() {
        #expect(Deadline.passed < .at(first) || Deadline.passed == .at(first))
        #expect(Deadline.at(Instant(nanoseconds: .max - 1)) < .never)
        #expect(!Deadline.never.hasPassed(at: last))
        #expect(Deadline.never.instant == nil)
        #expect(Deadline.never.remaining(at: first) == nil)
    }

    @Test("DLN-05: a deadline has passed at its own instant, and not one nanosecond before")
    func exact() {
        let deadline = Deadline.at(Instant(nanoseconds: 100))
        #expect(!deadline.hasPassed(at: Instant(nanoseconds: 99)))
        #expect(deadline.hasPassed(at: Instant(nanoseconds: 100)))
        #expect(deadline.remaining(at: Instant(nanoseconds: 99)) == .nanoseconds(1))
        #expect(deadline.remaining(at: Instant(nanoseconds: 100)) == .zero)
        #expect(deadline.remaining(at: Instant(nanoseconds: 101)) == .zero)
        #expect(Deadline.passed.hasPassed(at: first))
    }

    @Test("DLN-13: a clock makes a deadline of a timeout, rounded up, and refuses a bad one")
    func fromTimeout() throws {
        let clock = VirtualClock(startingAt: Instant(nanoseconds: 1000))
        #expect(try clock.deadline(after: .nanoseconds(5)) == .at(Instant(nanoseconds: 1005)))
        #expect(try clock.deadline(after: .zero).hasPassed(at: clock.now))
        let half = Duration(secondsComponent: 0, attosecondsComponent: 500_000_000)
        #expect(try clock.deadline(after: half) == .at(Instant(nanoseconds: 1001)))
        #expect(try clock.deadline(after: .nanoseconds(Int64.max)) == .never)
        #expect(caught { try clock.deadline(after: .nanoseconds(-1)) }?.kind == .invalidArgument)
        #expect(caught { try clock.deadline(after: .seconds(Int64.max)) }?.kind == .invalidArgument)
    }

    @Test("DLN-12: a duration of more than 2^63 seconds is refused as a timeout and does not trap")
    func hugeTimeout() async {
        await #expect(processExitsWith: .success) {
            let huge = Duration.seconds(Int64.max) + .seconds(Int64.max)
            let error = caught { try IOMode.timeout(huge) }
            precondition(error?.kind == .invalidArgument)
        }
    }

    @Test("DLN-12: a duration of less than -2^63 seconds is refused as a timeout and does not trap")
    func hugeNegativeTimeout() async {
        await #expect(processExitsWith: .success) {
            let huge = Duration.seconds(Int64.min) + .seconds(Int64.min)
            let error = caught { try Connection(ScriptedTransport()).receive(atMost: 1, timeout: huge) }
            precondition(error?.kind == .invalidArgument)
        }
    }

    @Test("DLN-12: an instant saturates for a duration of more than 2^63 seconds and does not trap")
    func hugeAdvance() async {
        await #expect(processExitsWith: .success) {
            let huge = Duration.seconds(Int64.max) + .seconds(Int64.max)
            precondition(Instant(nanoseconds: 0).advanced(by: huge) == Instant(nanoseconds: .max))
            precondition(Instant(nanoseconds: 0) + huge == Instant(nanoseconds: .max))
            precondition(Instant(nanoseconds: 0) - huge == Instant(nanoseconds: .min))
            let least = Duration(attoseconds: .min)
            precondition(Instant(nanoseconds: 0) - least == Instant(nanoseconds: .max))
            precondition(Instant(nanoseconds: 0) + least == Instant(nanoseconds: .min))
        }
    }
}
