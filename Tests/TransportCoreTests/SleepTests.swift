import TestSupport
import Testing
import TransportCore

@Suite("Sleeping in a backend's time")
struct SleepTests {
    @Test("A sleep takes the backend's time, also through a backend with another resolver")
    func sleeps() throws {
        let backend = ScriptedBackend()
        try backend.sleep(for: .seconds(30))
        #expect(backend.clock.elapsed == .seconds(30))
        try backend.with(resolver: StubResolver([:], clock: backend.clock, delay: .zero)).sleep(for: .milliseconds(1))
        #expect(backend.clock.elapsed == .milliseconds(30_001))
    }

    @Test("Nothing is slept for zero, or until an instant that has come")
    func nothing() throws {
        let backend = ScriptedBackend()
        try backend.sleep(for: .zero)
        backend.sleep(until: Instant(nanoseconds: .min))
        #expect(backend.clock.elapsed == .zero)
    }

    @Test("A negative or overlong sleep is refused", arguments: [Duration.nanoseconds(-1), .seconds(Int64.max)])
    func refused(_ duration: Duration) {
        let backend = ScriptedBackend()
        let error = caught { try backend.sleep(for: duration) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.operation == .wait)
        #expect(backend.clock.elapsed == .zero)
    }
}
