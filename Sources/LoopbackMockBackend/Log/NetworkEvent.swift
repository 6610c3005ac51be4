public import TransportCore

/// Something that happened in a ``LoopbackNetwork``.
public struct NetworkEvent: Hashable, Sendable {
    /// When, in the network's time.
    public let time: Instant
    /// What.
    public let kind: Kind
    /// Which stream, the network's first being 1; nil when it concerns none.
    public let stream: Int?
    /// Which end of the stream did it, or noticed it.
    public let side: Side
    /// How many bytes were moved; for ``Kind/timeJump``, how many nanoseconds time went on.
    public let count: Int
    /// The first bytes that were moved, 32 at most.
    public let preview: [UInt8]
    /// What else there is to say, in words.
    public let note: String?

    /// An end of a stream.
    public enum Side: Hashable, Sendable {
        /// The end that connected.
        case client
        /// The end that was connected to.
        case server
    }

    /// What happened.
    public struct Kind: Hashable, Sendable, CustomStringConvertible {
        enum Code: UInt8 {
            case listen, stopListening, connect, refuse, accept, send, receive, seeEnd, shutdownWrite, close, abort,
                fail
            case timeJump, step, fault
        }

        let code: Code

        /// A listener or a scripted peer began to listen.
        public static let listen = Kind(code: .listen)
        /// A listener stopped.
        public static let stopListening = Kind(code: .stopListening)
        /// A client began to connect.
        public static let connect = Kind(code: .connect)
        /// A connection was refused, or there was no way to the address.
        public static let refuse = Kind(code: .refuse)
        /// A server accepted a connection.
        public static let accept = Kind(code: .accept)
        /// Bytes were sent.
        public static let send = Kind(code: .send)
        /// Bytes were received.
        public static let receive = Kind(code: .receive)
        /// The end of the peer's stream was seen.
        public static let seeEnd = Kind(code: .seeEnd)
        /// The sending direction was ended.
        public static let shutdownWrite = Kind(code: .shutdownWrite)
        /// An end was closed.
        public static let close = Kind(code: .close)
        /// An end was cut.
        public static let abort = Kind(code: .abort)
        /// An operation failed, for example since a reset was seen.
        public static let fail = Kind(code: .fail)
        /// Time went on.
        public static let timeJump = Kind(code: .timeJump)
        /// A scripted peer did a step.
        public static let step = Kind(code: .step)
        /// A fault was injected.
        public static let fault = Kind(code: .fault)

        /// The name of the kind.
        public var description: String { "\(code)" }
    }
}
