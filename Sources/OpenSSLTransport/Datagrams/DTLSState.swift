public import TransportCore

// What is @usableFromInline here and beside it is for steps that are specialised where they are used: code for any endpoint
// below looks up the types of addresses, and of what has addresses in it, some forty times for a datagram there and back.

/// One peer of an endpoint. Only touched with the endpoint's lock held, which is check enough for exclusive access.
@usableFromInline
final class DTLSPeer {
    /// The association, or the handshake of the first one.
    @usableFromInline @exclusivity(unchecked) var engine: TLSEngine
    /// The handshake of an association that is to take the place of the one that there is: the peer has begun anew.
    @usableFromInline @exclusivity(unchecked) var successor: TLSEngine?
    /// The random number with which a client began, to tell its repetitions from another beginning.
    @usableFromInline @exclusivity(unchecked) var clientRandom: [UInt8]?
    /// Its address without the port; nil where addresses do not tell peers apart.
    let key: PeerKey?
    /// How many peers there were before it: the order of peers must not depend on a table's.
    let number: Int
    /// When the handshake began.
    var begun: Instant
    /// When the peer was heard last.
    @usableFromInline @exclusivity(unchecked) var heard: Instant
    /// How long encrypted records are at least; found out when the handshake is done.
    @usableFromInline @exclusivity(unchecked) var leastRecord = 24
    /// Why the association is no more, for those who want to send.
    @usableFromInline @exclusivity(unchecked) var failure: TransportError?

    init(engine: TLSEngine, clientRandom: [UInt8]?, key: PeerKey?, number: Int, at now: Instant) {
        self.engine = engine
        self.key = key
        self.number = number
        self.clientRandom = clientRandom
        begun = now
        heard = now
    }

    /// The engine whose handshake goes on; nil when none does.
    @inlinable
    var handshaking: TLSEngine? { successor ?? (engine.isEstablished || failure != nil ? nil : engine) }
}

/// What an endpoint of DTLS keeps under its lock.
@usableFromInline
struct DTLSState<Address: Hashable & Sendable> {
    @usableFromInline let port: DatagramPort
    @usableFromInline private(set) var peers: [Address: DTLSPeer] = [:]
    /// How many of them have the same address without the port.
    private(set) var counts: [PeerKey: Int] = [:]
    /// How many there have been.
    private var peerCount = 0
    /// The peer of a connected endpoint.
    @usableFromInline var connected: Address?
    /// The peers whose handshakes go on, in the order in which they began.
    var handshaking: [Address] = []
    /// When a handshake has something to do at the earliest.
    @usableFromInline var nextTimer: Instant?
    /// What looks at the first datagrams of clients.
    var greeter: TLSEngine?
    /// Peers that have datagrams in libssl.
    @usableFromInline var unread = FirstInFirstOut<Address>()
    /// Datagrams that somebody has received who was waiting for a handshake.
    @usableFromInline var backlog = FirstInFirstOut<(bytes: [UInt8], address: Address)>()
    /// Who waits below to receive.
    @usableFromInline var turn = Turn()
    /// Memory for a datagram as it came, and for its bytes, while a step has some.
    @usableFromInline var memory: DatagramMemory?

    /// More datagrams than these are not kept for a reader that does not come.
    @inlinable static var mostBacklog: Int { 64 }

    init(port: DatagramPort) { self.port = port }

    /// Sees to it that something is done at an instant.
    mutating func arm(_ due: Instant?) {
        guard let due else { return }
        nextTimer = min(nextTimer ?? due, due)
    }

    /// Takes a peer in whose handshake begins.
    mutating func add(_ address: Address, _ engine: TLSEngine, clientRandom: [UInt8]?) -> DTLSPeer {
        remove(address)
        let peer = DTLSPeer(
            engine: engine, clientRandom: clientRandom, key: PeerKey(address), number: peerCount, at: port.now)
        peerCount += 1
        peers[address] = peer
        if let key = peer.key { counts[key, default: 0] += 1 }
        handshaking.append(address)
        return peer
    }

    /// The addresses of the peers, in the order in which they came.
    var addresses: [Address] { peers.sorted { $0.value.number < $1.value.number }.map(\.key) }

    /// Forgets a peer.
    mutating func remove(_ address: Address) {
        guard let peer = peers.removeValue(forKey: address) else { return }
        if let key = peer.key, let count = counts[key] { counts[key] = count > 1 ? count - 1 : nil }
        handshaking.removeAll { $0 == address }
    }
}

/// Memory for the largest datagram and for what it says: two pieces of a pool, for the time of a step.
@usableFromInline
struct DatagramMemory {
    /// The datagram as it came.
    @usableFromInline let cipher: UnsafeMutableRawBufferPointer
    /// What it says.
    @usableFromInline let plain: UnsafeMutableRawBufferPointer

    /// Takes the memory, which must be given back.
    @usableFromInline
    init(from pool: BufferPool) {
        cipher = UnsafeMutableRawBufferPointer(start: pool.take(), count: 65_535)
        plain = UnsafeMutableRawBufferPointer(start: pool.take(), count: 16_384)
    }

    @usableFromInline
    func giveBack(to pool: BufferPool) {
        if let piece = plain.baseAddress { pool.giveBack(piece) }
        if let piece = cipher.baseAddress { pool.giveBack(piece) }
    }
}
