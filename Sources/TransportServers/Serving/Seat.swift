internal import TransportCore

/// A connection as the server sees it, whatever its transport; of a datagram, the way back.
protocol ServedConnection: AnyObject, Sendable {
    /// Changes with every byte.
    var activity: UInt16 { get }
    /// Whether its handler waits for it now; otherwise it does something else.
    var isAwaited: Bool { get }
    var isClosed: Bool { get }
    /// What has taken its place in the handler, such as the same connection over TLS.
    var movedTo: AnyObject? { get }
    /// What it waits with.
    var source: any ReadinessSource { get }
    func close()
    func abort()
}

extension ServedConnection {
    /// The connection that the handler uses now.
    var present: any ServedConnection { movedTo as? any ServedConnection ?? self }

    /// Closes or cuts the connection, also when it is moving just now.
    func end(_ body: (any ServedConnection) -> Void) {
        var next = present
        while true {
            let here = next
            body(here)
            next = here.present
            if next === here { return }
        }
    }
}

extension Connection: ServedConnection {
    var source: any ReadinessSource { transport }
}

/// What a service knows about one connection, or one datagram, that is in work. Used again for others.
///
/// Touched only with the lock of its service held.
final class Seat: TimerNode {
    /// Why the server has ended a connection.
    enum Ending {
        case idle, overtime, stopped
    }

    var place = TimerPlace()
    var connection: (any ServedConnection)?
    /// Where it is among those in work.
    var index = 0
    /// When the connection was seen not to be idle; long ago when nobody has looked yet.
    var activeAt = Int64.min
    /// When its time is over.
    var endsAt: Int64 = .max
    /// What the connection's activity was when it was last looked at; nil when its handler did something else.
    var activity: UInt16?
    var ending: Ending?

    /// Takes note that the connection is not idle.
    func setActive(_ connection: any ServedConnection, at now: Int64) {
        activity = connection.isAwaited ? connection.activity : nil
        activeAt = now
    }

    /// Looks whether the connection is idle: its handler has waited for it since the last look, and no byte has come or gone.
    func look(at connection: any ServedConnection, _ now: Int64) {
        if connection.isAwaited, connection.activity == activity { return }
        setActive(connection, at: now)
    }
}

/// A seat on its way through a task or a thread.
///
/// Sendable: the seat is touched only with the lock of its service held.
struct SeatHandle: @unchecked Sendable {
    let seat: Seat
}
