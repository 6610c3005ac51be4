public import TransportCore

/// Pipes by name, within one process: a backend that is as small as one can be.
///
/// ```swift
/// let backend = PipeBackend()
/// let listener = try backend.listen(on: Pipe.SocketAddress("echo"))
/// let client = try backend.connect(to: Pipe.SocketAddress("echo"))
/// let server = try listener.accept()
/// ```
///
/// Two backends know nothing of each other's names.
public struct PipeBackend: Backend {
    /// Pipes have names for addresses.
    public typealias Family = Pipe
    /// Its streams are pipes.
    public typealias Stream = PipeTransport
    /// Its listeners have names.
    public typealias StreamListener = PipeListener

    private let names = Watched(PipeNames())

    /// The settings of what this backend makes.
    public let defaults: BackendDefaults

    /// Makes a backend where nobody listens.
    ///
    /// - Parameter defaults: The settings of what it makes. The default is blocking mode and no observer.
    public init(defaults: BackendDefaults = BackendDefaults()) { self.defaults = defaults }

    /// Connects to a name. A pipe has nothing to wait for: it is established at once, or refused.
    public func beginOpen(
        to address: Pipe.SocketAddress, options: StreamOptions<Pipe>
    ) throws(TransportError) -> PipeTransport {
        let (queue, number) = try names.change { (names) throws(TransportError) in
            names.count += 1
            return (names.queues[address], names.count)
        }
        let local = options.localAddress ?? Pipe.SocketAddress(number: number, of: address.name)
        let (client, server) = PipeTransport.connectedPair(local, address)
        let isQueued = try queue?.change { (queue) throws(TransportError) -> Bool in
            guard !queue.isStopped, queue.waiting.count < queue.capacity else { return false }
            queue.waiting.append(server)
            return true
        }
        guard isQueued == true else {
            throw TransportError(.connectionRefused, operation: .connect).with(address: address)
        }
        return client
    }

    /// Listens at a name.
    public func beginListening(
        on address: Pipe.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> PipeListener {
        let queue = Watched(PipeNames.Queue(capacity: max(1, options.backlog ?? 128)))
        try names.change { (names) throws(TransportError) in
            guard names.queues[address] == nil else {
                throw TransportError(.addressInUse, operation: .listen).with(address: address)
            }
            names.queues[address] = queue
        }
        return PipeListener(at: address, queue, in: names)
    }

    /// Blocks this thread until an instant.
    public func sleep(until instant: Instant) throws(TransportError) {
        _ = try Watched(()).wait(until: .at(instant)) { _ throws(TransportError) in false }
    }

    /// A random number of the system's.
    public func randomNumber() -> UInt64 { .random(in: 0 ... .max) }

    /// The present instant.
    public var now: Instant { presentInstant }
}
