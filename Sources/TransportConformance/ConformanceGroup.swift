/// What a number of cases are about. The name of a group begins the ids of its cases.
public struct ConformanceGroup: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name, three capital letters.
    public let rawValue: String

    /// Makes a group from its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Moving bytes.
    public static let basics = Self(rawValue: "BAS")
    /// Moving no bytes.
    public static let zeroLength = Self(rawValue: "ZER")
    /// The steps that never wait, and readiness.
    public static let nonblocking = Self(rawValue: "NBK")
    /// The end of a stream, and ending one direction.
    public static let endOfStream = Self(rawValue: "EOF")
    /// Closing and cutting.
    public static let closing = Self(rawValue: "CLO")
    /// Timeouts and deadlines.
    public static let deadlines = Self(rawValue: "DLN")
    /// Cancelling what a task waits for.
    public static let cancelling = Self(rawValue: "CAN")
    /// Several threads at one connection.
    public static let concurrency = Self(rawValue: "CON")
    /// Gathering and scattering.
    public static let vectored = Self(rawValue: "VEC")
    /// Addresses and other knowledge.
    public static let knowledge = Self(rawValue: "ADR")
    /// What a transport claims of itself, both ways.
    public static let facts = Self(rawValue: "FCT")
    /// Listening and accepting.
    public static let listening = Self(rawValue: "LIS")
    /// Connecting and names.
    public static let connecting = Self(rawValue: "CNT")
    /// Datagrams.
    public static let datagrams = Self(rawValue: "DGR")
    /// Layers over other transports.
    public static let layers = Self(rawValue: "WRP")
    /// Networks in virtual time.
    public static let simulation = Self(rawValue: "SIM")

    /// The name.
    public var description: String { rawValue }
}
