import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Options in memory")
struct OptionTests {
    @Test("a client that sets options runs unchanged, and its test can look at them")
    func kept() throws {
        let network = LoopbackNetwork()
        let listener = try network.backend().listen(
            on: .v4(.loopback(port: 1)), options: ListenerOptions(reusePort: true))
        #expect(try listener.option(.reusePort))
        let options = StreamOptions<IP>(noDelay: false, settings: [.set(.keepAlive, true)])
        let client = try network.backend().connect(to: .v4(.loopback(port: 1)), options: options)
        #expect(try !client.option(.noDelay))
        #expect(try client.option(.keepAlive))
        try client.setOption(.linger, to: .seconds(3))
        #expect(try client.option(.linger) == .seconds(3))
        #expect(try listener.accept().option(.noDelay))
    }

    @Test("an option that does not exist, or a value of another kind, is an error, also when connecting")
    func refused() throws {
        let network = LoopbackNetwork()
        let listener = try network.backend().listen(on: .v4(.loopback(port: 1)))
        let unknown = TransportOption<Bool>(name: "test.unknown")
        #expect(caught { try listener.setOption(unknown, to: true) }?.kind == .unsupported)
        #expect(caught { try listener.option(unknown) }?.kind == .unsupported)
        let wrong = OptionSetting(name: TransportOption<Bool>.noDelay.name, value: .count(3))
        #expect(caught { try listener.apply(wrong) }?.kind == .invalidArgument)
        for setting in [wrong, .set(unknown, true)] {
            let options = StreamOptions<IP>(settings: [setting])
            #expect(caught { try network.backend().connect(to: .v4(.loopback(port: 1)), options: options) } != nil)
        }
        #expect(caught { try listener.accept(timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("a value that sockets would not take is an error, and changes nothing")
    func outOfRange() throws {
        let client = try LoopbackNetwork().pair().0
        let longest = Duration.seconds(Int64(Int32.max) - 1)
        let settings: [OptionSetting] = [
            .set(.sendBufferSize, -1), .set(.receiveBufferSize, Int(Int32.max) + 1), .set(.keepAliveProbes, .min),
            .set(.keepAliveIdle, .zero), .set(.keepAliveIdle, .seconds(-1)), .set(.keepAliveInterval, longest * 2),
            .set(.linger, .nanoseconds(-1)), .set(.linger, .seconds(Int64.max)),
            OptionSetting(name: TransportOption<Duration>.keepAliveIdle.name, value: .duration(nil)),
        ]
        for setting in settings {
            #expect(caught { try client.apply(setting) }?.kind == .invalidArgument, "\(setting)")
        }
        #expect(try client.option(.sendBufferSize) == 65536)
        #expect(try client.option(.keepAliveIdle) == .seconds(7200))
        for time in [nil, .zero, longest] as [Duration?] {
            try client.setOption(.linger, to: time)
            #expect(try client.option(.linger) == time)
        }
    }
}
