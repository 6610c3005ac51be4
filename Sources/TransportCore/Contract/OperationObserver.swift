/// Someone who is told about every operation of the connections, listeners and datagram sockets of a backend.
///
/// Tracing, counting and hygiene reports hang here. An observer is called on the thread of the operation, before it
/// begins and after it has ended, and must be quick. Where there is none, operations do not pay for it.
public protocol OperationObserver: Sendable {
    /// An operation is about to begin.
    func operationWillBegin(_ operation: TransportError.Operation, on subject: ObservedSubject)

    /// An operation has ended.
    func operationDidEnd(
        _ operation: TransportError.Operation, on subject: ObservedSubject, outcome: OperationOutcome
    )

    /// An object went away that had not been closed; it is closed now.
    func droppedWithoutClosing(_ subject: ObservedSubject)
}

/// What an operation came to.
public enum OperationOutcome: Sendable {
    /// It moved so many bytes; 0 for an operation that moves none.
    case done(bytes: Int)
    /// It found the end of the stream.
    case endOfStream
    /// It failed.
    case failed(TransportError)
}

/// Which object an operation belongs to.
public struct ObservedSubject: Sendable, CustomStringConvertible {
    /// Tells objects that exist at the same time apart.
    public let identifier: ObjectIdentifier

    /// What kind of object it is: the type of its transport.
    public let layer: String

    /// Where in the program it was made.
    public let origin: SourceSite

    /// The layer and the place.
    public var description: String { "\(layer) made at \(origin)" }
}
