import TestSupport
import Testing
import TransportCore

@Suite("Options")
struct OptionTests {
    @Test("A14: an option has one type of value, and comes back as it was set")
    func roundTrip() throws {
        let connection = Connection(ScriptedTransport())
        try connection.setOption(.noDelay, to: false)
        #expect(try connection.option(.noDelay) == false)
        try connection.setOption(.keepAliveProbes, to: 5)
        #expect(try connection.option(.keepAliveProbes) == 5)
        try connection.setOption(.keepAliveIdle, to: .seconds(60))
        #expect(try connection.option(.keepAliveIdle) == .seconds(60))
        try connection.setOption(.linger, to: .seconds(2))
        #expect(try connection.option(.linger) == .seconds(2))
        try connection.setOption(.linger, to: nil)
        #expect(try connection.option(.linger) == .some(nil))
    }

    @Test("A14: the set of options is open")
    func open() throws {
        let option = TransportOption<Int>(name: "acme.color")
        let connection = Connection(ScriptedTransport())
        try connection.setOption(option, to: 3)
        #expect(try connection.option(option) == 3)
        #expect(option == TransportOption<Int>(name: "acme.color"))
    }

    @Test("A14: a setting is a name and a value")
    func settings() {
        #expect(OptionSetting.set(.noDelay, true) == OptionSetting(name: "noDelay", value: .flag(true)))
        #expect(OptionSetting.set(.keepAliveProbes, 3).value == .count(3))
        #expect(OptionSetting.set(.linger, nil).value == .duration(nil))
        #expect(OptionSetting.set(.keepAliveIdle, .seconds(1)).value == .duration(.seconds(1)))
    }

    @Test("A14: a value is only taken for what it is")
    func forms() {
        #expect(Bool(OptionValue.count(1)) == nil)
        #expect(Int(OptionValue.flag(true)) == nil)
        #expect(Duration(OptionValue.duration(nil)) == nil)
        #expect(Optional<Duration>(OptionValue.flag(true)) == .none)
        #expect(Optional<Duration>(OptionValue.duration(nil)) == .some(nil))
    }
}
