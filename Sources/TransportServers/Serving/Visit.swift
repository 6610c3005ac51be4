internal import TransportCore

/// What one connection goes through at a server, besides its handler: its peer is counted, and what went wrong is told.
struct Visit {
    typealias Failure = (kind: ServerReport.Kind, error: any Error)

    private let peers: PeerCounts
    private var peer: PeerKey?
    private var wasRefused = false
    var isEstablished = false

    init(_ peers: PeerCounts) { self.peers = peers }

    /// Lets a connection in, if its peer may have one more.
    mutating func begin<T: Transport>(_ connection: Connection<T>) throws(TransportError) {
        guard peers.isLimited, let peer = Self.peer(of: connection) else { return }
        try count(peer)
    }

    /// Lets a connection go on that is established now: its peer may be another one, whom a proxy has named.
    mutating func goOn<T: Transport>(_ connection: Connection<T>) throws(TransportError) {
        guard peers.isLimited, let peer = Self.peer(of: connection), peer != self.peer else { return }
        if let former = self.peer { peers.leave(former) }
        self.peer = nil
        try count(peer)
    }

    private mutating func count(_ peer: PeerKey) throws(TransportError) {
        guard peers.enter(peer) else {
            wasRefused = true
            throw TransportError(.outOfResources, operation: .accept)
                .with(message: "the peer has as many connections as it may")
        }
        self.peer = peer
    }

    private static func peer<T: Transport>(of connection: Connection<T>) -> PeerKey? {
        (try? connection.remoteAddress).flatMap { PeerKey($0) }
    }

    /// What to tell of an error.
    func failure(_ error: any Error) -> Failure {
        (wasRefused ? .peerRefused : isEstablished ? .handlerFailed : .establishingFailed, error)
    }

    /// Ends a connection, if its handler has not done so.
    mutating func end<T: Transport>(_ connection: Connection<T>) {
        if wasRefused { connection.abort() } else { connection.close() }
        if let peer { peers.leave(peer) }
        peer = nil
    }
}

extension Connection {
    /// The peer's address in words.
    var peerText: String? { (try? remoteAddress).map { "\($0)" } }
}
