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
/// The error is small and making one without details allocates nothing, so that a nonblocking loop may see
/// thousands of ``Kind/wouldBlock`` errors for free.
public struct TransportError: Error, Sendable {
    /// What happened, in terms that hold for every backend.
    public let kind: Kind

    /// The operation that failed.
    public private(set) var operation: Operation

    /// The number that the system or a library gave for the failure, where there was one.
    public private(set) var code: Code?

    /// How many bytes the failed call had moved before it failed; 0 when none or when the call moves none.
    ///
    /// A failed `sendAll` reports here what this layer accepted, a failed `receiveExactly` what it received.
    public private(set) var bytesTransferred: Int = 0

    /// What the connection can still do after this failure.
    ///
    /// Follows from ``kind`` unless the backend knows better.
    public private(set) var aftermath: Aftermath

    /// What the thrower knows about repeating the call; nil leaves it to the rules.
    private(set) var knownRetrySafety: RetrySafety?

    fileprivate var details: Details?

    /// Makes an error of a kind, for an operation.
    ///
    /// - Parameters:
    ///   - kind: What happened.
    ///   - operation: What was being done.
    ///   - code: The system's number for it. The default is none.
    public init(_ kind: Kind, operation: Operation, code: Code? = nil) {
        self.kind = kind
        self.operation = operation
        self.code = code
        self.aftermath = kind.usualAftermath
    }

    /// What only some errors have; out of line, so that the common error is a few words.
    fileprivate final class Details: Sendable {
        let message: String?
        let address: String?
        let partialData: [UInt8]
        let attempts: [TransportError]
        let underlying: (any Error)?
        let advice: String?
        let ledger: [TimeSpent]

        init(
            message: String? = nil, address: String? = nil, partialData: [UInt8] = [],
            attempts: [TransportError] = [], underlying: (any Error)? = nil, advice: String? = nil,
            ledger: [TimeSpent] = []
        ) {
            self.message = message
            self.address = address
            self.partialData = partialData
            self.attempts = attempts
            self.underlying = underlying
            self.advice = advice
            self.ledger = ledger
        }
    }
}

// MARK: - Details

extension TransportError {
    /// What this error in particular has to say, in one sentence; the kind's own words when there is nothing special.
    public var message: String { details?.message ?? kind.summary }

    /// The address that the operation was about, as text, where there was one.
    public var address: String? { details?.address }

    /// What had been received when the call failed, where the call would otherwise have lost it.
    ///
    /// Set by the forms of `receiveExactly` that return a new array; the forms that fill the caller's buffer leave the
    /// bytes there.
    public var partialData: [UInt8] { details?.partialData ?? [] }

    /// The failures of the single attempts, in the order they were made, when the operation tried several addresses.
    public var attempts: [TransportError] { details?.attempts ?? [] }

    /// Where the time of the call went, in the order in which its parts began, when it had several. Parts that ran at the
    /// same time overlap.
    public var ledger: [TimeSpent] { details?.ledger ?? [] }

    /// The error below this one, where another layer or library reported it.
    public var underlying: (any Error)? { details?.underlying }

    /// What a person can try, where the thrower knows better than the kind's own advice.
    var particularAdvice: String? { details?.advice }

    /// The same error with what a person can try, in place of the usual advice for its kind.
    public func with(advice: String) -> TransportError {
        replacingDetails { Details(advice: advice, old: $0) }
    }

    /// The same error with a sentence that says what is special about it.
    public func with(message: String) -> TransportError {
        replacingDetails { Details(message: message, old: $0) }
    }

    /// The same error with the address that the operation was about.
    public func with(address: some CustomStringConvertible) -> TransportError {
        let text = address.description
        return replacingDetails { Details(address: text, old: $0) }
    }

    /// The same error with the bytes that would otherwise be lost.
    public func with(partialData: [UInt8]) -> TransportError {
        replacingDetails { Details(partialData: partialData, old: $0) }
    }

    /// The same error with the failures of the single attempts.
    public func with(attempts: [TransportError]) -> TransportError {
        replacingDetails { Details(attempts: attempts, old: $0) }
    }

    /// The same error with an account of where the time went.
    public func with(ledger: [TimeSpent]) -> TransportError {
        replacingDetails { Details(ledger: ledger, old: $0) }
    }

    /// The same error with the error that caused it.
    public func with(underlying: any Error) -> TransportError {
        replacingDetails { Details(underlying: underlying, old: $0) }
    }

    /// The same error with the number of bytes that were moved before the failure.
    public func with(bytesTransferred: Int) -> TransportError {
        var copy = self
        copy.bytesTransferred = bytesTransferred
        return copy
    }

    /// The same error as one of another operation, of which the one that failed was a part.
    public func with(operation: Operation) -> TransportError {
        var copy = self
        copy.operation = operation
        return copy
    }

    /// The error of an operation that a failed wait was a part of: nobody asked for the wait itself.
    func asPart(of operation: Operation) -> TransportError {
        self.operation == .wait ? with(operation: operation) : self
    }

    /// The same error with a statement whether doing the same again could do it twice.
    public func with(retrySafety: RetrySafety) -> TransportError {
        var copy = self
        copy.knownRetrySafety = retrySafety
        return copy
    }

    /// The same error with another statement of what the connection can still do.
    public func with(aftermath: Aftermath) -> TransportError {
        var copy = self
        copy.aftermath = aftermath
        return copy
    }

    private func replacingDetails(_ replacement: (Details?) -> Details) -> TransportError {
        var copy = self
        copy.details = replacement(details)
        return copy
    }
}

extension TransportError.Details {
    /// A copy of `old` in which what is given replaces what was there.
    fileprivate convenience init(
        message: String? = nil, address: String? = nil, partialData: [UInt8]? = nil,
        attempts: [TransportError]? = nil, underlying: (any Error)? = nil, advice: String? = nil,
        ledger: [TransportError.TimeSpent]? = nil, old: TransportError.Details?
    ) {
        self.init(
            message: message ?? old?.message, address: address ?? old?.address,
            partialData: partialData ?? old?.partialData ?? [], attempts: attempts ?? old?.attempts ?? [],
            underlying: underlying ?? old?.underlying, advice: advice ?? old?.advice,
            ledger: ledger ?? old?.ledger ?? []
        )
    }
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
    public static func closed(_ operation: Operation) -> TransportError {
        TransportError(.closed, operation: operation)
    }
}
