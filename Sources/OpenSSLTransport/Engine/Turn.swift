internal import TransportCore

/// Who receives for everyone: one call at a time waits for what the peer says, and the others for that call.
///
/// Both directions may be in the handshake at once. If one took the bytes that the other one waits for, that one would wait
/// for ever; so whoever finds somebody waiting leaves receiving to them. And where somebody is receiving, the bytes would
/// change their order.
@usableFromInline
struct Turn {
    /// Whether somebody waits below to receive.
    @usableFromInline private(set) var isTaken = false
    /// What those wait for who have left it to somebody else.
    private var end: WakeEvent?

    /// Takes the turn, which must be free.
    mutating func take() { isTaken = true }

    /// What is to be waited for until the turn is free again.
    mutating func awaited() -> WakeEvent {
        let event = end ?? WakeEvent()
        end = event
        return event
    }

    /// Gives the turn back.
    ///
    /// - Returns: The event of those who wait for that, to be set when the lock is free.
    mutating func giveBack() -> WakeEvent? {
        isTaken = false
        return takeEvent()
    }

    /// The event of those who wait, who then have to look again, although the turn may be taken.
    mutating func takeEvent() -> WakeEvent? {
        guard let event = end else { return nil }
        end = nil
        return event
    }
}
