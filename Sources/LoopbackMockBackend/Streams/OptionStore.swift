internal import TransportCore

/// The options of an object in the network: kept and given back, without effect on an in-memory stream.
///
/// A client that sets options must run unchanged; what it has set can be looked at in its test.
final class OptionStore: Sendable {
    private let values: Locked<[String: OptionValue]>

    /// What the options are before anybody sets one, by name.
    private static let initial: [String: OptionValue] = [
        TransportOption<Bool>.noDelay.name: .flag(true),
        TransportOption<Bool>.keepAlive.name: .flag(false),
        TransportOption<Bool>.reuseAddress.name: .flag(false),
        TransportOption<Bool>.reusePort.name: .flag(false),
        TransportOption<Bool>.v6Only.name: .flag(true),
        TransportOption<Bool>.broadcast.name: .flag(false),
        TransportOption<Int>.receiveBufferSize.name: .count(65536),
        TransportOption<Int>.sendBufferSize.name: .count(65536),
        TransportOption<Int>.keepAliveProbes.name: .count(9),
        TransportOption<Duration>.keepAliveIdle.name: .duration(.seconds(7200)),
        TransportOption<Duration>.keepAliveInterval.name: .duration(.seconds(75)),
        TransportOption<Duration?>.linger.name: .duration(nil),
    ]

    /// The options of an object that was made with some settings.
    init(_ settings: [OptionSetting] = []) throws(TransportError) {
        values = Locked(Self.initial)
        for setting in settings { try apply(setting) }
    }

    /// The options of an object that nobody has set any for.
    init(noDelay: Bool) {
        values = Locked(Self.initial.merging([TransportOption<Bool>.noDelay.name: .flag(noDelay)]) { $1 })
    }

    func apply(_ setting: OptionSetting) throws(TransportError) {
        try values.withLock { (values) throws(TransportError) in
            guard let old = values[setting.name] else {
                throw .unsupported("the in-memory network has no option named \(setting.name)", operation: .setOption)
            }
            guard old.hasForm(of: setting.value), setting.isInRange else {
                throw .invalidArgument(
                    "\(setting.name) does not take the value \(setting.value)", operation: .setOption)
            }
            values[setting.name] = setting.value
        }
    }

    func value(named name: String) throws(TransportError) -> OptionValue {
        guard let value = values.withLock({ $0[name] }) else {
            throw .unsupported("the in-memory network has no option named \(name)", operation: .getOption)
        }
        return value
    }
}

extension OptionValue {
    /// Whether another value is of the same form.
    fileprivate func hasForm(of other: OptionValue) -> Bool {
        switch (self, other) {
        case (.flag, .flag), (.count, .count), (.duration, .duration): true
        default: false
        }
    }
}

extension OptionSetting {
    /// Whether sockets would take a value of the right form.
    fileprivate var isInRange: Bool {
        let isLinger = name == TransportOption<Duration?>.linger.name
        let longest = Duration.seconds(Int64(Int32.max) - 1)
        return switch value {
        case .count(let count): (0...Int(Int32.max)).contains(count)
        case .duration(let time?): time >= .zero && time <= longest && (isLinger || time > .zero)
        case .duration(nil): isLinger
        default: true
        }
    }
}
