public import TransportCore

/// The keys of a server's tickets, the one in use and those that are still good.
///
/// By default a server has keys of its own, which change with time. Give it keys where several processes are to resume each
/// other's sessions, or where a configuration that is made anew (with a new certificate, say) is to resume those of the one
/// before:
///
/// ```swift
/// var settings = TLSSettings()
/// settings.ticketKeys = try TLSTicketKeys([TLSTicketKey(secret: secret)])
/// ```
///
/// A session is resumed only where clients are verified by the same rules: the same authorities, client authentication
/// and other settings about that. What closures decide is for the program to keep the same.
public final class TLSTicketKeys: Sendable {
    /// How long a key is in use before the next one is; nil for keys that were given.
    public let lifetime: Duration?

    private struct Contents {
        /// The one in use, and behind it those that are still good.
        var keys: [TLSTicketKey]
        /// When the one in use was made; nil before its first use.
        var madeAt: Instant?
    }

    private let contents: Locked<Contents>

    /// Makes keys that nobody else has: each is in use for a time, and good for as long again.
    ///
    /// A ticket that was encrypted with the one before is replaced by a new one when it is used. Time is that of the
    /// transports. OpenSSL's tickets are good for two hours, so that with the default no client comes too late for the key
    /// of its ticket, and no key is older than four.
    ///
    /// - Parameter lifetime: How long a key is in use, more than zero. The default is two hours.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument``, and
    ///   ``/TransportCore/TransportError/Kind/outOfResources`` when OpenSSL has no random numbers.
    public init(lifetime: Duration = .seconds(7200)) throws(TransportError) {
        guard lifetime > .zero, lifetime < .seconds(1 << 31) else {
            throw .invalidArgument(
                "a ticket key is in use for more than no time, and less than 68 years", operation: .open)
        }
        self.lifetime = lifetime
        contents = Locked(Contents(keys: [try .random()]))
    }

    /// Makes keys of those that are given. They stay until ``replace(with:)``.
    ///
    /// - Parameter keys: The one with which tickets are encrypted, and behind it those that are good, too: the former one, and
    ///   the next one that other processes may use already.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for none.
    public init(_ keys: [TLSTicketKey]) throws(TransportError) {
        try Self.check(keys)
        lifetime = nil
        contents = Locked(Contents(keys: keys))
    }

    /// Replaces the keys, for connections that come from now on.
    ///
    /// To change a key that several processes share, give all of them the new one at the second place, then at the first with
    /// the old one behind it, and after some hours without that.
    ///
    /// - Parameter keys: As for ``init(_:)``.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for none, and for keys that change by themselves.
    public func replace(with keys: [TLSTicketKey]) throws(TransportError) {
        try Self.check(keys)
        guard lifetime == nil else {
            throw .invalidArgument("these ticket keys change by themselves: make some of keys", operation: .open)
        }
        contents.withLock { $0.keys = keys }
    }

    private static func check(_ keys: [TLSTicketKey]) throws(TransportError) {
        guard keys.isEmpty else { return }
        throw .invalidArgument("tickets need a key: give one, or switch resumption off", operation: .open)
    }

    /// The key for a new ticket; nil when none can be made.
    func current(at now: Instant) -> TLSTicketKey? {
        contents.withLock { contents in
            rotate(&contents, at: now)
            return contents.keys.first
        }
    }

    /// The key of a ticket that a client shows, and whether it is the one in use; nil for a ticket that is not ours or too old.
    func key(named name: UnsafeBufferPointer<UInt8>, at now: Instant) -> (key: TLSTicketKey, isCurrent: Bool)? {
        contents.withLock { contents in
            rotate(&contents, at: now)
            guard let index = contents.keys.firstIndex(where: { $0.name.elementsEqual(name) }) else { return nil }
            return (contents.keys[index], index == 0)
        }
    }

    /// Makes a new key when it is time. The former one stays for as long again, and no longer.
    private func rotate(_ contents: inout Contents, at now: Instant) {
        guard let lifetime else { return }
        guard let madeAt = contents.madeAt, now >= madeAt else {
            contents.madeAt = now
            return
        }
        guard madeAt.advanced(by: lifetime) <= now else { return }
        let isRecent = now < madeAt.advanced(by: lifetime * 2)
        let former = isRecent ? contents.keys.prefix(1) : []
        // Without random numbers there is no key, and no ticket, rather than one that is too old.
        contents.keys = ((try? TLSTicketKey.random()).map { [$0] } ?? []) + former
        contents.madeAt = isRecent ? madeAt.advanced(by: lifetime) : now
    }
}
