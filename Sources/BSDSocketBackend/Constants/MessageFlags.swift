internal import CSockets

/// How one message is sent or received, or what became of it (`MSG_*`).
///
/// Flags that not every platform has are optional: `nil` says that this one lacks it, and an empty set would not.
public struct MessageFlags: OptionSet, Hashable, Sendable {
    /// The system's bits.
    public let rawValue: Int32

    /// Makes flags from the system's bits; unknown ones survive.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension MessageFlags {
    /// Urgent data (`MSG_OOB`).
    public static var outOfBand: Self { Self(rawValue: csockets_MSG_OOB) }
    /// Gives what is there and leaves it there (`MSG_PEEK`).
    public static var peek: Self { Self(rawValue: csockets_MSG_PEEK) }
    /// Sends to machines of this link only (`MSG_DONTROUTE`).
    public static var dontRoute: Self { Self(rawValue: csockets_MSG_DONTROUTE) }
    /// Waits until the buffer is full (`MSG_WAITALL`). The end of the stream, and a signal that the thread handles, end that
    /// before.
    public static var waitAll: Self { Self(rawValue: csockets_MSG_WAITALL) }
    /// Does not wait, whatever the mode of the descriptor (`MSG_DONTWAIT`).
    public static var dontWait: Self { Self(rawValue: csockets_MSG_DONTWAIT) }
    /// The message was cut. Linux, on receiving: gives its real size (`MSG_TRUNC`).
    public static var truncated: Self { Self(rawValue: csockets_MSG_TRUNC) }
    /// The control messages were cut (`MSG_CTRUNC`).
    public static var controlTruncated: Self { Self(rawValue: csockets_MSG_CTRUNC) }
    /// The end of a record (`MSG_EOR`).
    public static var endOfRecord: Self { Self(rawValue: csockets_MSG_EOR) }
}

// MARK: - What not every platform has

extension MessageFlags {
    /// Raises no `SIGPIPE` (`MSG_NOSIGNAL`), or nil where the platform lacks it.
    public static var noSignal: Self? { Self(platform: csockets_MSG_NOSIGNAL) }
    /// More follows at once: does not send a small segment yet (`MSG_MORE`), or nil where the platform lacks it.
    public static var more: Self? { Self(platform: csockets_MSG_MORE) }
    /// The neighbour answered: its link address is right (`MSG_CONFIRM`), or nil where the platform lacks it.
    public static var confirm: Self? { Self(platform: csockets_MSG_CONFIRM) }
    /// Errors of earlier messages, and time stamps (`MSG_ERRQUEUE`), or nil where the platform lacks it.
    public static var errorQueue: Self? { Self(platform: csockets_MSG_ERRQUEUE) }
    /// Of several messages, waits for the first alone (`MSG_WAITFORONE`), or nil where the platform lacks it.
    public static var waitForOne: Self? { Self(platform: csockets_MSG_WAITFORONE) }
    /// Sends out of the caller's memory (`MSG_ZEROCOPY`), or nil where the platform lacks it.
    public static var zeroCopy: Self? { Self(platform: csockets_MSG_ZEROCOPY) }
    /// Sends with the first segment of a connection (`MSG_FASTOPEN`), or nil where the platform lacks it.
    public static var fastOpen: Self? { Self(platform: csockets_MSG_FASTOPEN) }
    /// Descriptors that come with the message are not inherited (`MSG_CMSG_CLOEXEC`), or nil where the platform lacks it.
    public static var closeOnExec: Self? { Self(platform: csockets_MSG_CMSG_CLOEXEC) }
    /// Ends the sending direction with this data (`MSG_EOF`), or nil where the platform lacks it.
    public static var endOfStream: Self? { Self(platform: csockets_MSG_EOF) }
}
