import TestSupport
import Testing
import TransportCore

@Suite("Modes")
struct ModeTests {
    @Test("N01 N02 F31: a mode is exactly one of three, and blocking unless said otherwise")
    func three() throws {
        let connection = Connection(ScriptedTransport())
        #expect(connection.mode == .blocking)
        #expect(IOMode.blocking != .nonblocking)
        #expect(try IOMode.timeout(.seconds(3)) != .blocking)
        #expect(try IOMode.timeout(.seconds(3)) == IOMode(timeoutInSeconds: 3))
        #expect(BackendDefaults().mode == .blocking)
        #expect(Listener(ScriptedListener()).mode == .blocking)
        #expect(DatagramSocket(ScriptedDatagrams()).mode == .blocking)
    }

    @Test("M26 M29: the last mode set is the one in force")
    func last() throws {
        let connection = Connection(ScriptedTransport())
        connection.mode = .nonblocking
        #expect(connection.mode.timeout == .zero)
        connection.mode = try .timeout(.milliseconds(1500))
        #expect(connection.mode.timeout == .milliseconds(1500))
        #expect(connection.mode != .nonblocking)
        connection.mode = .blocking
        #expect(connection.mode.timeout == nil)
        connection.mode = try IOMode(timeoutInSeconds: nil)
        #expect(connection.mode == .blocking)
    }

    @Test("M26 M28: a timeout of zero is nonblocking, also a negative zero")
    func zero() throws {
        #expect(try IOMode.timeout(.zero) == .nonblocking)
        #expect(try IOMode(timeoutInSeconds: 0) == .nonblocking)
        #expect(try IOMode(timeoutInSeconds: -0.0) == .nonblocking)
    }

    @Test("M28: a positive timeout never rounds down to nonblocking")
    func tiny() throws {
        #expect(try IOMode(timeoutInSeconds: 1e-12).timeout == .nanoseconds(1))
        #expect(try IOMode(timeoutInSeconds: .leastNonzeroMagnitude).timeout == .nanoseconds(1))
        let attosecond = Duration(secondsComponent: 0, attosecondsComponent: 1)
        #expect(try IOMode.timeout(attosecond).timeout == .nanoseconds(1))
        let more = Duration(secondsComponent: 0, attosecondsComponent: 1_000_000_001)
        #expect(try IOMode.timeout(more).timeout == .nanoseconds(2))
    }

    @Test(
        "M28 F32: a timeout that cannot be is refused",
        arguments: [-1, -1e-300, -.infinity, .nan, .infinity, 1e20, 9_223_372_037, .greatestFiniteMagnitude]
    )
    func refusedSeconds(seconds: Double) {
        let error = caught { try IOMode(timeoutInSeconds: seconds) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.operation == .setMode)
        #expect(error?.errno == nil)
        #expect(error?.message.contains("\(seconds)") == true)
    }

    @Test(
        "M28 DLN-12: a duration that cannot be a timeout is refused",
        arguments: [
            .seconds(-1), .nanoseconds(-1), Duration(secondsComponent: 0, attosecondsComponent: -1),
            .seconds(Int64.max), .seconds(Int64.min), .seconds(9_223_372_037),
            .nanoseconds(Int64.max) + .nanoseconds(1),
        ]
    )
    func refusedDurations(duration: Duration) {
        let error = caught { try IOMode.timeout(duration) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.operation == .setMode)
    }

    @Test("M28: the longest timeout is 2^63 - 1 nanoseconds, and waits as if for ever")
    func longest() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport, mode: try .timeout(.nanoseconds(Int64.max)))
        #expect(connection.mode.timeout == .nanoseconds(Int64.max))
        transport.feed(.text("x"))
        #expect(try connection.receive(atMost: 1) == [0x78])
    }

    @Test("M29: a mode says in words what it is")
    func words() throws {
        #expect(IOMode.blocking.description == "blocking")
        #expect(IOMode.nonblocking.description == "nonblocking")
        #expect(try IOMode.timeout(.milliseconds(2500)).description == "timeout 2.5 seconds")
    }

    @Test("F32 F-04: the default mode of a backend is that of what it makes, and only of that")
    func backendDefaults() throws {
        let timeout = try IOMode.timeout(.seconds(10))
        let backend = ScriptedBackend(defaults: BackendDefaults(mode: timeout))
        let before = Connection(ScriptedTransport())
        #expect(try backend.connect(to: .v4(.loopback(port: 9))).mode == timeout)
        #expect(try backend.connect(host: "127.0.0.1", port: 9).mode == timeout)
        #expect(try backend.connect(to: .v4(.loopback(port: 9)), mode: .blocking).mode == .blocking)
        #expect(try backend.listen(on: .v4(.loopback(port: 9))).mode == timeout)
        #expect(before.mode == .blocking)
    }

    @Test("N02: an accepted connection has the backend's mode, not the listener's")
    func accepted() throws {
        let listener = Listener(
            ScriptedListener([.accept(ScriptedTransport()), .accept(ScriptedTransport())]),
            mode: .nonblocking
        )
        #expect(try listener.accept().mode == .blocking)
        let timeout = try IOMode.timeout(.seconds(1))
        let other = Listener(
            ScriptedListener([.accept(ScriptedTransport())]),
            mode: .nonblocking,
            connectionMode: timeout
        )
        #expect(try other.accept().mode == timeout)
    }
}
