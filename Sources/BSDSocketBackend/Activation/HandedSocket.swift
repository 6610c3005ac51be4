public import TransportCore

/// A listener of this process that is to be given to a ``Successor``, with the name by which it finds it.
public struct HandedSocket: Sendable {
    /// The name, as ``InheritedSocket/name`` has it there.
    public let name: String
    let handle: SocketHandle

    /// Names a listener, whatever layers it has.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/unsupported`` when there is no socket below it,
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` when the name has a colon or the end of a line in it,
    ///   and for a listener that was adopted as one that nobody else has.
    public init<L: TransportListener>(_ listener: Listener<L>, named name: String) throws(TransportError) {
        guard let handle = listener.query(SocketHandleKey.self) else {
            throw .unsupported("\(L.self) has no socket below it that could be handed over", operation: .open)
        }
        guard !name.isEmpty, !name.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 < 0x20 }) else {
            throw .invalidArgument(
                "\(QuotedInput(name)) cannot be the name of a socket: no colon, no control", operation: .open)
        }
        // Both have it from then on; without a pipe, only shutting it down could wake those who wait here.
        guard !handle.mayBlockInCalls else {
            throw .invalidArgument(
                "a listener that was adopted can be handed over when it was adopted as a shared one "
                    + "(SocketDescriptor(adopting:isShared:))", operation: .open)
        }
        self.name = name
        self.handle = handle
    }
}
