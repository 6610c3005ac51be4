internal import TransportCore

/// A connection as the server sees it, whatever its transport; of a datagram, the way back.
protocol ServedConnection: AnyObject, Sendable {
    /// Stays the same while the connection is idle.
    var activity: UInt16 { get }
    var isClosed: Bool { get }
    /// What it waits with.
    var source: any ReadinessSource { get }
    func close()
    func abort()
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
    /// When the connection's activity was seen to change; long ago when nobody has looked yet.
    var activeAt = Int64.min
    /// When its time is over.
    var endsAt: Int64 = .max
    /// What the activity was when it was last looked at.
    var activity: UInt16 = 0
    var ending: Ending?
}

/// A seat on its way through a task or a thread.
///
/// Sendable: the seat is touched only with the lock of its service held.
struct SeatHandle: @unchecked Sendable {
    let seat: Seat
}
