public import TransportCore

/// One call that a scripted transport, listener or datagram endpoint has received, for comparing traces.
public enum ScriptedCall: Hashable, Sendable {
    /// `tryEstablish`.
    case tryEstablish
    /// `tryReceive`, with the free capacity.
    case tryReceive(Int)
    /// `tryReceive` into several segments, with their sizes.
    case tryReceiveScattering([Int])
    /// `trySend`, with the bytes offered.
    case trySend([UInt8])
    /// `trySend` of several segments, with their bytes.
    case trySendGathering([[UInt8]])
    /// `tryFlush`.
    case tryFlush
    /// `tryShutdownWrite`.
    case tryShutdownWrite
    /// `tryFinish`.
    case tryFinish
    /// `tryAccept`.
    case tryAccept
    /// `stopAccepting`.
    case stopAccepting
    /// `wait`, with the need and the deadline.
    case wait(Need, Deadline)
    /// `ready`, with the need and the deadline.
    case ready(Need, Deadline)
    /// `close`.
    case close
    /// `abort`.
    case abort
    /// `apply`, with the setting.
    case apply(OptionSetting)
    /// `optionValue`, with the name.
    case optionValue(String)

    /// Whether it is a wait of either kind.
    public var isWait: Bool {
        switch self {
        case .wait, .ready: true
        default: false
        }
    }
}
