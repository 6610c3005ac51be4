/// Something that has options.
public protocol OptionHolder {
    /// Changes an option.
    ///
    /// - Throws: ``TransportError/Kind/unsupported`` when there is no such option here,
    ///   ``TransportError/Kind/invalidArgument`` when the value does not fit, or the system's error.
    func apply(_ setting: OptionSetting) throws(TransportError)

    /// The present value of the option with that name.
    ///
    /// - Throws: ``TransportError/Kind/unsupported`` when there is no such option here, or the system's error.
    func optionValue(named name: String) throws(TransportError) -> OptionValue
}

extension OptionHolder {
    /// Has no options.
    public func apply(_ setting: OptionSetting) throws(TransportError) {
        throw .unsupported("\(Self.self) has no option named \(setting.name)", operation: .setOption)
    }

    /// Has no options.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        throw .unsupported("\(Self.self) has no option named \(name)", operation: .getOption)
    }

    /// Changes an option.
    ///
    /// - Throws: ``TransportError/Kind/unsupported`` when there is no such option here,
    ///   ``TransportError/Kind/invalidArgument`` when the value does not fit, or the system's error.
    public func setOption<Value>(_ option: TransportOption<Value>, to value: Value) throws(TransportError) {
        try apply(.set(option, value))
    }

    /// The present value of an option.
    ///
    /// - Throws: ``TransportError/Kind/unsupported`` when there is no such option here, or the system's error.
    public func option<Value>(_ option: TransportOption<Value>) throws(TransportError) -> Value {
        guard let value = Value(try optionValue(named: option.name)) else {
            throw .unsupported("the option \(option.name) has another type here", operation: .getOption)
        }
        return value
    }
}
