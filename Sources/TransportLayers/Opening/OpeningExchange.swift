public import TransportCore

/// What two programs say to each other on a stream before it belongs to whoever uses it: a header, a talk with a proxy.
///
/// An exchange does no input and output of its own. ``OpeningLayer`` asks it what comes next, does that over any transport
/// and in every mode, and asks again. An exchange can therefore be tested with arrays of bytes.
public protocol OpeningExchange: Sendable {
    /// The family of the addresses of the stream.
    associatedtype Family: AddressFamily

    /// What the exchange is, in a word or two, for the ``/TransportCore/Described/stack`` of its stream. The default is
    /// the name of the type.
    static var kind: String { get }

    /// Says what comes next. Called at the beginning, and again after each step that it asked for.
    ///
    /// - Parameter input: What was received and not taken yet. The exchange removes what it has understood; what is left
    ///   when it is done belongs to the stream.
    /// - Throws: What ends the connection.
    mutating func advance(_ input: inout [UInt8]) throws(TransportError) -> OpeningStep

    /// Is told that the peer has ended the stream in the middle of the exchange.
    ///
    /// - Throws: The error that this is. When it throws none, the exchange is done, and `input` belongs to the stream.
    mutating func endedEarly(after input: [UInt8]) throws(TransportError)

    /// Is told that the time for the exchange is over.
    ///
    /// - Throws: The error that this is. When it throws none, the exchange is done, and `input` belongs to the stream.
    mutating func overdue(after input: [UInt8]) throws(TransportError)

    /// Gives the error for a stream that could not be established before the exchange began. The default is the same.
    func failedBelow(_ error: TransportError) -> TransportError

    /// Gives the error for an exchange that was interrupted: the stream below was cut, the time of whoever opens it is over,
    /// or the task was cancelled. The default is the same.
    func interrupted(by error: TransportError) -> TransportError

    /// Whether the exchange may find out other addresses than those of the transport below. The default is false.
    var decidesAddresses: Bool { get }

    /// The address of this end that the exchange found out; nil, the default, for that of the transport below.
    var localAddress: Family.SocketAddress? { get }

    /// The address of the peer that the exchange found out; nil, the default, for that of the transport below.
    var remoteAddress: Family.SocketAddress? { get }

    /// Answers a question, or nil. The default has no answers.
    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value?
}

/// What comes next in an exchange.
public enum OpeningStep: Hashable, Sendable {
    /// Send these bytes, all of them.
    case send([UInt8])
    /// Receive some bytes, at most so many. An exchange that asks for no more than it is sure to be sent leaves every byte
    /// behind it where it is.
    case receive(atMost: Int)
    /// Nothing: the stream belongs to its user.
    case done
}

extension OpeningExchange {
    /// The name of the type, without what it is generic over.
    public static var kind: String { plainName(of: Self.self) }

    /// The same.
    public func failedBelow(_ error: TransportError) -> TransportError { error }

    /// The same.
    public func interrupted(by error: TransportError) -> TransportError { error }

    /// Whoever opens the stream has a deadline of its own.
    public mutating func overdue(after input: [UInt8]) throws(TransportError) {
        throw TransportError(.peerUnresponsive, operation: .connect)
    }

    /// False.
    public var decidesAddresses: Bool { false }

    /// That of the transport below.
    public var localAddress: Family.SocketAddress? { nil }

    /// That of the transport below.
    public var remoteAddress: Family.SocketAddress? { nil }

    /// Has no answers.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { nil }
}
