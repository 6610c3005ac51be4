/// A value that an option can have, in the form in which backends see it.
public enum OptionValue: Hashable, Sendable {
    /// On or off.
    case flag(Bool)
    /// A number.
    case count(Int)
    /// A time, or none.
    case duration(Duration?)
}

/// A type whose values options can have.
public protocol OptionValueConvertible: Hashable, Sendable {
    /// The value in the form in which backends see it.
    var optionValue: OptionValue { get }
    /// The value from that form, or nil when the form is not this type's.
    init?(_ value: OptionValue)
}

extension Bool: OptionValueConvertible {
    /// A flag.
    public var optionValue: OptionValue { .flag(self) }
    /// The flag's value.
    public init?(_ value: OptionValue) {
        guard case .flag(let flag) = value else { return nil }
        self = flag
    }
}

extension Int: OptionValueConvertible {
    /// A count.
    public var optionValue: OptionValue { .count(self) }
    /// The count.
    public init?(_ value: OptionValue) {
        guard case .count(let count) = value else { return nil }
        self = count
    }
}

extension Duration: OptionValueConvertible {
    /// A duration.
    public var optionValue: OptionValue { .duration(self) }
    /// The duration, where there is one.
    public init?(_ value: OptionValue) {
        guard case .duration(let duration?) = value else { return nil }
        self = duration
    }
}

extension Optional: OptionValueConvertible where Wrapped == Duration {
    /// A duration or none.
    public var optionValue: OptionValue { .duration(self) }
    /// The duration or none.
    public init?(_ value: OptionValue) {
        guard case .duration(let duration) = value else { return nil }
        self = duration
    }
}

/// An option together with the value it is to have, for tables of options of different types.
public struct OptionSetting: Hashable, Sendable {
    /// The name of the option.
    public let name: String
    /// The value.
    public let value: OptionValue

    /// A setting of an option: `.set(.noDelay, true)`.
    public static func set<Value>(_ option: TransportOption<Value>, _ value: Value) -> OptionSetting {
        OptionSetting(name: option.name, value: value.optionValue)
    }

    /// Makes a setting from a name and a value.
    public init(name: String, value: OptionValue) {
        self.name = name
        self.value = value
    }
}
