/// What went wrong in a transport, where, how far it got, and what can be done about it.
///
/// Every throwing call of the library throws this one type. Test its ``kind``, print it for a person, and read
/// ``bytesTransferred`` and ``retrySafety`` before you try again:
///
/// ```swift
/// do {
///     try connection.sendAll(request, timeout: .seconds(2))
/// } catch {
///     switch error.kind {
///     case .timedOut: print("sent \(error.bytesTransferred) bytes, then the peer stopped reading")
///     case .connectionReset: reconnect()
///     default: print(error.explanation)
///     }
/// }
/// ```
///
/// The error is one word, so that a call which may fail costs no more than one which may not: what it says is out of line. A
/// nonblocking loop may still see thousands of ``Kind/wouldBlock`` errors for free.
public struct TransportError: Error, Sendable {
    private let contents: Contents

    /// Makes an error of a kind, for an operation.
    ///
    /// - Parameters:
    ///   - kind: What happened.
    ///   - operation: What was being done.
    ///   - code: The system's number for it. The default is none.
    public init(_ kind: Kind, operation: Operation, code: Code? = nil) {
        contents = Contents(kind, operation, code)
    }

    private init(_ contents: Contents) { self.contents = contents }

    /// What an error says. Changed only while it is made, before anybody else can have it.
    private final class Contents: @unchecked Sendable {
        // Sendable: `changing` changes a new copy that nobody else has yet; afterwards it stays as it is.
        let kind: Kind
        var operation: Operation
        var code: Code?
        var bytesTransferred = 0
        var bytesRequested: Int?
        var aftermath: Aftermath?
        var knownRetrySafety: RetrySafety?
        var message: String?
        var address: String?
        var partialData: [UInt8] = []
        var attempts: [TransportError] = []
        var attemptsLeftOut = 0..<0
        var underlying: (any Error)?
        var advice: String?
        var ledger: [TimeSpent] = []

        init(_ kind: Kind, _ operation: Operation, _ code: Code?) {
            self.kind = kind
            self.operation = operation
            self.code = code
        }

        init(_ other: Contents) {
            kind = other.kind
            operation = other.operation
            code = other.code
            bytesTransferred = other.bytesTransferred
            bytesRequested = other.bytesRequested
            aftermath = other.aftermath
            knownRetrySafety = other.knownRetrySafety
            message = other.message
            address = other.address
            partialData = other.partialData
            attempts = other.attempts
            attemptsLeftOut = other.attemptsLeftOut
            underlying = other.underlying
            advice = other.advice
            ledger = other.ledger
        }
    }

    private func changing(_ change: (Contents) -> Void) -> TransportError {
        let copy = Contents(contents)
        change(copy)
        return TransportError(copy)
    }
}

// MARK: - What it says

extension TransportError {
    /// What happened, in terms that hold for every backend.
    public var kind: Kind { contents.kind }

    /// The operation that failed.
    public var operation: Operation { contents.operation }

    /// The number that the system or a library gave for the failure, where there was one.
    public var code: Code? { contents.code }

    /// How many bytes the failed call had moved before it failed; 0 when none or when the call moves none.
    ///
    /// A failed `sendAll` reports here what this layer accepted, a failed `receiveExactly` what it received.
    public var bytesTransferred: Int { contents.bytesTransferred }

    /// How many bytes the failed call was to move in all; nil when that is not known, or when some would have been enough.
    public var bytesRequested: Int? { contents.bytesRequested }

    /// What the connection can still do after this failure.
    ///
    /// Follows from ``kind`` unless the backend knows better.
    public var aftermath: Aftermath { contents.aftermath ?? kind.usualAftermath }

    /// What the thrower knows about repeating the call; nil leaves it to the rules.
    var knownRetrySafety: RetrySafety? { contents.knownRetrySafety }
}

// MARK: - Details

extension TransportError {
    /// What this error in particular has to say, in one sentence; the kind's own words when there is nothing special. What
    /// other properties say is not in it: ``description`` puts all of it together.
    public var message: String { contents.message ?? kind.summary }

    /// The address that the operation was about, as text, where there was one.
    public var address: String? { contents.address }

    /// What had been received when the call failed, where the call would otherwise have lost it.
    ///
    /// Set by the forms of `receiveExactly` that return a new array; the forms that fill the caller's buffer leave the
    /// bytes there.
    public var partialData: [UInt8] { contents.partialData }

    /// The failures of the single attempts, in the order they were made, when the operation tried several addresses, or
    /// again and again. Of very many, those in the middle are left out.
    public var attempts: [TransportError] { contents.attempts }

    /// Which attempts are not in ``attempts``, counted from 0: the range begins with the number of those that are there from
    /// before. Empty when all of them are.
    public var attemptsLeftOut: Range<Int> { contents.attemptsLeftOut }

    /// Where the time of the call went, in the order in which its parts began, when it had several. Parts that ran at the
    /// same time overlap.
    public var ledger: [TimeSpent] { contents.ledger }

    /// The error below this one, where another layer or library reported it.
    public var underlying: (any Error)? { contents.underlying }

    /// What a person can try, where the thrower knows better than the kind's own advice.
    var particularAdvice: String? { contents.advice }

    /// The same error with what a person can try, in place of the usual advice for its kind.
    public func with(advice: String) -> TransportError { changing { $0.advice = advice } }

    /// The same error with a sentence that says what is special about it.
    public func with(message: String) -> TransportError { changing { $0.message = message } }

    /// The same error with the address that the operation was about.
    public func with(address: some CustomStringConvertible) -> TransportError {
        let text = address.description
        return changing { $0.address = text }
    }

    /// The same error with the bytes that would otherwise be lost.
    public func with(partialData: [UInt8]) -> TransportError { changing { $0.partialData = partialData } }

    /// The same error with the failures of the single attempts.
    ///
    /// - Parameters:
    ///   - attempts: The failures, in the order they were made.
    ///   - leftOut: The numbers, counted from 0, of those that are not among them. The default is none.
    public func with(attempts: [TransportError], leavingOut leftOut: Range<Int> = 0..<0) -> TransportError {
        changing {
            $0.attempts = attempts
            $0.attemptsLeftOut = leftOut
        }
    }

    /// The same error with an account of where the time went.
    public func with(ledger: [TimeSpent]) -> TransportError { changing { $0.ledger = ledger } }

    /// The same error with the error that caused it.
    public func with(underlying: any Error) -> TransportError { changing { $0.underlying = underlying } }

    /// The same error with the number of bytes that were moved before the failure.
    ///
    /// - Parameters:
    ///   - bytesTransferred: How many there were.
    ///   - requested: How many there were to be in all. The default, nil, is that this is not known.
    public func with(bytesTransferred: Int, of requested: Int? = nil) -> TransportError {
        if bytesTransferred == self.bytesTransferred, requested == bytesRequested { return self }
        return changing {
            $0.bytesTransferred = bytesTransferred
            $0.bytesRequested = requested
        }
    }

    /// The error of a call that was to move a number of bytes and moved fewer.
    ///
    /// One that would block at once stays as it is: loops that poll see it again and again, and it costs them nothing.
    @usableFromInline
    func after(_ count: Int, of total: Int?) -> TransportError {
        count == 0 && kind == .wouldBlock ? self : with(bytesTransferred: count, of: total)
    }

    /// The same error as one of another operation, of which the one that failed was a part.
    public func with(operation: Operation) -> TransportError { changing { $0.operation = operation } }

    /// The error of an operation that a failed wait was a part of: nobody asked for the wait itself.
    func asPart(of operation: Operation) -> TransportError {
        self.operation == .wait ? with(operation: operation) : self
    }

    /// The same error with a statement whether doing the same again could do it twice.
    public func with(retrySafety: RetrySafety) -> TransportError { changing { $0.knownRetrySafety = retrySafety } }

    /// The same error with another statement of what the connection can still do.
    public func with(aftermath: Aftermath) -> TransportError { changing { $0.aftermath = aftermath } }
}

// MARK: - Common errors

extension TransportError {
    /// The error for an argument that cannot be used, found before any I/O was done.
    ///
    /// - Parameters:
    ///   - message: Which argument, what was wrong with it and what is accepted.
    ///   - operation: What was being done.
    public static func invalidArgument(_ message: String, operation: Operation = .parseAddress) -> TransportError {
        TransportError(.invalidArgument, operation: operation).with(message: message)
    }

    /// The error for something that this transport, backend or platform does not have.
    ///
    /// - Parameters:
    ///   - message: What is missing, and what can be used in its place.
    ///   - operation: What was being done.
    public static func unsupported(_ message: String, operation: Operation) -> TransportError {
        TransportError(.unsupported, operation: operation).with(message: message)
    }

    /// The error of an operation on something that was closed.
    @inline(never)  // what makes errors is not to be on the way of what makes none
    public static func closed(_ operation: Operation) -> TransportError {
        TransportError(.closed, operation: operation)
    }

    /// The error of an operation of a task that was cancelled.
    @usableFromInline @inline(never)
    package static func cancelled(_ operation: Operation) -> TransportError {
        TransportError(.cancelled, operation: operation)
    }
}
