extension TransportError {
    /// What a connection can still do after a failure.
    public struct Aftermath: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// Bit 0: receiving still works. Bit 1: sending still works.
        public let rawValue: UInt8

        /// Makes a statement from its bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Both directions still work: the failure was of this call alone.
        public static let usable = Self(rawValue: 0b11)
        /// What the peer has sent can still be received; nothing can be sent any more.
        public static let receiveOnly = Self(rawValue: 0b01)
        /// Bytes can still be sent; nothing more will be received.
        public static let sendOnly = Self(rawValue: 0b10)
        /// Neither direction works any more.
        public static let dead = Self(rawValue: 0)

        /// Whether receiving still works.
        public var canReceive: Bool { rawValue & Self.receiveOnly.rawValue != 0 }
        /// Whether sending still works.
        public var canSend: Bool { rawValue & Self.sendOnly.rawValue != 0 }

        /// What still works, in words.
        public var description: String {
            switch (canReceive, canSend) {
            case (true, true): "usable"
            case (true, false): "receive only"
            case (false, true): "send only"
            case (false, false): "dead"
            }
        }
    }

    /// Whether doing the same again could do it twice.
    public enum RetrySafety: Hashable, Sendable {
        /// Nothing reached the peer: the operation may be done again.
        case nothingSent
        /// Part of it reached the peer or may have: go on after ``TransportError/bytesTransferred``, do not begin again.
        case someSent
        /// It cannot be known what the peer got: only an operation that may be done twice may be done again.
        case unknown
    }

    /// Whether doing the same again could do it twice.
    ///
    /// What was handed to the system may or may not have reached the peer, so a failure that ends the connection
    /// after bytes were sent is ``RetrySafety/unknown``.
    public var retrySafety: RetrySafety {
        if let knownRetrySafety { return knownRetrySafety }
        guard operation == .send || operation == .flush else { return .nothingSent }
        if aftermath.canSend { return bytesTransferred == 0 ? .nothingSent : .someSent }
        return bytesTransferred == 0 && kind.happensBeforeSending ? .nothingSent : .unknown
    }
}

extension TransportError.Kind {
    /// What a connection can usually still do after an error of this kind.
    var usualAftermath: TransportError.Aftermath {
        switch self {
        case .connectionReset, .connectionAborted, .peerUnresponsive, .closed: .dead
        case .brokenPipe: .receiveOnly
        case .truncated, .unexpectedEnd: .sendOnly
        default: .usable
        }
    }

    /// Whether this kind is found before any byte of the call is handed over.
    fileprivate var happensBeforeSending: Bool {
        switch self {
        case .closed, .brokenPipe, .busy, .invalidArgument, .invalidState, .unsupported, .notConnected: true
        default: false
        }
    }
}
