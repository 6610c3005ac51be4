internal import CSockets

/// The name of a socket option, as the system has it: a level and a number.
///
/// For raw options; the typed ones are ``/TransportCore/TransportOption``. The set is open: an option that is not named here is
/// `SocketOptionName(level: …, number: …)`.
public struct SocketOptionName: Hashable, Sendable {
    /// What the option belongs to.
    public let level: OptionLevel

    /// The system's number of the option, which means something at its level only.
    public let number: Int32

    /// Makes a name from the system's numbers; any numbers will do.
    public init(level: OptionLevel, number: Int32) {
        self.level = level
        self.number = number
    }

    /// The name for a constant of the headers, or nil where the platform lacks it.
    init?(_ level: OptionLevel, platform constant: Int32) {
        guard constant != csockets_absent else { return nil }
        self.init(level: level, number: constant)
    }
}
