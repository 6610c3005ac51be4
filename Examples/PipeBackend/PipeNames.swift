internal import TransportCore

/// Where somebody listens, and who waits there. A listener and its backend share it.
struct PipeNames: Sendable {
    /// Who waits at one name to be accepted, and whether more may come.
    struct Queue: Sendable {
        var waiting: [PipeTransport] = []
        let capacity: Int
        var isStopped = false
        var isClosed = false
    }

    /// The queues of those who listen.
    var queues: [Pipe.SocketAddress: Watched<Queue>] = [:]

    /// How many ends had no name of their own.
    var count: UInt64 = 0
}
