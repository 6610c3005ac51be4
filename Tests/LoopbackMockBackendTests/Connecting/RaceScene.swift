import LoopbackMockBackend
import TestSupport
import TransportCore

/// A host with some addresses on an in-memory network, a resolver that gives them when it is told to, and a record of every
/// attempt to reach them.
///
/// Addresses have names such as "6a" and "4b": the family, and which one. Each is on a machine of its own. Times are in
/// milliseconds since the call began.
struct RaceScene: Sendable {
    /// What the machine of an address does with whoever connects.
    enum Peer: Sendable {
        /// Answers after so long.
        case answers(Int)
        /// Refuses after so long.
        case refuses(Int)
        /// Says nothing.
        case silent
    }

    /// A part of the resolver's answer.
    enum Part: Sendable {
        case addresses([String], at: Int)
        case fails(TransportError.Kind, at: Int)
        /// Does not come, however long somebody waits.
        case never

        var time: Int? {
            switch self {
            case .addresses(_, let time), .fails(_, let time): time
            case .never: nil
            }
        }
    }

    let parts: [Part]
    var peers: [String: Peer] = [:]
    var strategy = ConnectStrategy.happyEyeballs
    var families = ResolverQuery.Families.any
    var timeout: Int?

    /// Connects on this thread. Returns what happened, a line each.
    func connect() throws -> [String] { try connect { resolver, _ in resolver } }

    /// Connects on this thread, with a resolver over that of the scene. Returns what happened, a line each.
    func connect<Names: Resolver>(
        through resolver: @escaping (PartwiseResolver, LoopbackBackend<IP>) -> Names
    ) throws -> [String] {
        let (network, backend, record) = try prepare(resolver)
        return try withExtendedLifetime(network.listeners) {
            do {
                let connection = try backend.connect(
                    host: "service", port: 80, families: families, strategy: strategy,
                    timeout: timeout.map { .milliseconds($0) }
                )
                record.connected(try connection.remoteAddress)
                connection.close()
            } catch let error as TransportError {
                record.failed(error)
            }
            return record.lines
        }
    }

    /// Connects in a task, which is cancelled after a while if that is said. Returns what happened, a line each.
    func connect(cancelledAt time: Int? = nil) async throws -> [String] {
        try await connect(cancelledAt: time) { resolver, _ in resolver }
    }

    /// Connects in a task, with a resolver over that of the scene. Returns what happened, a line each.
    func connect<Names: Resolver>(
        cancelledAt time: Int? = nil, through resolver: @escaping (PartwiseResolver, LoopbackBackend<IP>) -> Names
    ) async throws -> [String] {
        let (network, backend, record) = try prepare(resolver)
        try await network.network.run {
            let task = Task(executorPreference: network.network.executor) {
                do {
                    let connection = try await backend.connect(
                        host: "service", port: 80, families: families, strategy: strategy,
                        timeout: timeout.map { .milliseconds($0) }
                    )
                    record.connected(try connection.remoteAddress)
                    connection.close()
                } catch let error as TransportError {
                    record.failed(error)
                }
            }
            if let time {
                try await network.network.sleep(for: .milliseconds(time))
                task.cancel()
            }
            try await task.value
        }
        return record.lines
    }

    typealias SceneBackend<Names: Resolver> = WithResolver<WatchedBackend<LoopbackBackend<IP>>, Names>

    private func prepare<Names: Resolver>(
        _ wrap: (PartwiseResolver, LoopbackBackend<IP>) -> Names
    ) throws -> (SceneNetwork, SceneBackend<Names>, RaceRecord) {
        let network = LoopbackNetwork()
        let record = RaceRecord(network)
        var listeners: [Listener<LoopbackListener<IP>>] = []
        for (name, peer) in peers.sorted(by: { $0.key < $1.key }) {
            record.add(name, network.host(name))
            switch peer {
            case .answers(let delay):
                network.fault(.delay(.milliseconds(delay)), on: .connects.to(name))
                listeners.append(try network.backend(on: name).listen(port: 80))
            case .refuses(let delay): network.fault(.delay(.milliseconds(delay)), on: .connects.to(name))
            case .silent: network.fault(.blackHole, on: .connects.to(name))
            }
        }
        let backend = WatchedBackend(base: network.backend(on: "client"), record: record)
        let resolver = PartwiseResolver(parts: parts, record: record, backend: network.backend(on: "client"))
        let names = wrap(resolver, network.backend(on: "client"))
        return (SceneNetwork(network: network, listeners: listeners), backend.with(resolver: names), record)
    }

    struct SceneNetwork: Sendable {
        let network: LoopbackNetwork
        let listeners: [Listener<LoopbackListener<IP>>]
    }
}

/// What happened in a scene.
final class RaceRecord: Sendable {
    private struct State {
        var names: [IP.Address: String] = [:]
        var addresses: [String: IP.Address] = [:]
        var lines: [String] = []
    }

    private let state = Locked(State())
    private let network: LoopbackNetwork

    init(_ network: LoopbackNetwork) { self.network = network }

    var lines: [String] { state.withLock { $0.lines } }

    func add(_ name: String, _ host: LoopbackHost) {
        let address = name.hasPrefix("6") ? IP.Address.v6(host.ipv6) : IP.Address.v4(host.ipv4)
        state.withLock {
            $0.names[address] = name
            $0.addresses[name] = address
        }
    }

    func address(_ name: String, port: UInt16) -> IP.SocketAddress {
        IP.SocketAddress(state.withLock { $0.addresses[name] } ?? .v4(.any), port: port)
    }

    func opens(_ address: IP.SocketAddress) { note("open \(name(address))") }
    func closes(_ address: IP.SocketAddress) { note("close \(name(address))") }
    func connected(_ address: IP.SocketAddress) { note("connected \(name(address))") }

    func failed(_ error: TransportError) {
        let attempts = error.attempts.map { " \($0.kind)" }.joined()
        note("\(error.operation) \(error.kind)" + (attempts.isEmpty ? "" : ":\(attempts)"))
    }

    private func name(_ address: IP.SocketAddress) -> String {
        state.withLock { $0.names[address.address] } ?? "\(address)"
    }

    private func note(_ text: String) {
        let time = network.now.nanoseconds / 1_000_000
        state.withLock { $0.lines.append("\(time) \(text)") }
    }
}

/// A resolver whose answers come in parts, each at its time.
struct PartwiseResolver: Resolver {
    let parts: [RaceScene.Part]
    let record: RaceRecord
    let backend: LoopbackBackend<IP>

    func lookUp(_ query: ResolverQuery) -> PartwiseLookUp { PartwiseLookUp(self, query) }

    func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        throw .unsupported("only in parts", operation: .resolve)
    }

    func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        throw .unsupported("only in parts", operation: .resolve)
    }
}

/// A look-up of a ``PartwiseResolver``.
final class PartwiseLookUp: ResolverLookUp {
    private let resolver: PartwiseResolver
    private let query: ResolverQuery
    private let rest: Locked<ArraySlice<RaceScene.Part>>

    init(_ resolver: PartwiseResolver, _ query: ResolverQuery) {
        self.resolver = resolver
        self.query = query
        rest = Locked(resolver.parts[...])
    }

    func next(until deadline: Deadline) throws(TransportError) -> ResolverAnswerPart? {
        guard let (end, isThere) = try end(deadline) else {
            let socket = try mute()
            defer { socket.close() }
            _ = try socket.transport.wait(for: .readable, until: deadline)
            return nil
        }
        try resolver.backend.sleep(until: end)
        return isThere ? take() : nil
    }

    func next(until deadline: Deadline) async throws(TransportError) -> ResolverAnswerPart? {
        guard let (end, isThere) = try end(deadline) else {
            let socket = try mute()
            defer { socket.close() }
            _ = try await socket.transport.ready(for: .readable, until: deadline)
            return nil
        }
        try await resolver.backend.sleep(until: end)
        return isThere ? take() : nil
    }

    /// Something that nothing comes of.
    private func mute() throws(TransportError) -> DatagramSocket<LoopbackDatagrams<IP>> {
        try resolver.backend.datagramSocket(boundTo: .v4(.any(port: 0)))
    }

    /// When waiting for the next part ends, and whether the part is there then; nil when it never comes.
    private func end(_ deadline: Deadline) throws(TransportError) -> (Instant, Bool)? {
        guard let next = rest.withLock({ $0.first }) else { throw TransportError(.noSuchName, operation: .resolve) }
        guard let milliseconds = next.time else { return nil }
        let time = Instant(nanoseconds: Int64(milliseconds) * 1_000_000)
        if .at(time) <= deadline || time <= resolver.backend.now { return (time, true) }
        return (deadline.instant ?? time, false)
    }

    private func take() -> ResolverAnswerPart? {
        let (part, isLast) = rest.withLock { ($0.popFirst(), $0.isEmpty) }
        guard case .port(let port) = query.service, let part else { return nil }
        switch part {
        case .addresses(let names, _):
            return ResolverAnswerPart(names.map { resolver.record.address($0, port: port) }, isLast: isLast)
        case .never: return nil
        case .fails(let kind, _):
            return ResolverAnswerPart([], failure: TransportError(kind, operation: .resolve), isLast: isLast)
        }
    }
}

/// A backend that notes every attempt and every end of one.
struct WatchedBackend<Base: ResolvingBackend>: BackendLayer, ResolvingBackend {
    typealias Family = IP
    typealias Stream = WatchedStream<Base.Stream>
    typealias StreamListener = LayeredListener<Base.StreamListener, Stream>

    let base: Base
    let record: RaceRecord

    func beginOpen(
        to address: IP.SocketAddress, options: StreamOptions<IP>
    ) throws(TransportError) -> WatchedStream<Base.Stream> {
        record.opens(address)
        return WatchedStream(lower: try base.beginOpen(to: address, options: options), address, record)
    }

    func listener(over lower: Base.StreamListener) -> StreamListener {
        let record = record
        return LayeredListener(over: lower) { (stream) throws(TransportError) in
            WatchedStream(lower: stream, try stream.remoteAddress, record)
        }
    }
}

/// A stream that notes its end while it is being established, and a layer at the same time.
final class WatchedStream<Lower: Transport>: TransportLayer where Lower.Family == IP {
    let lower: Lower
    private let address: IP.SocketAddress
    private let record: RaceRecord
    private let isEstablished = Locked(false)

    init(lower: Lower, _ address: IP.SocketAddress, _ record: RaceRecord) {
        self.lower = lower
        self.address = address
        self.record = record
    }

    func tryEstablish() throws(TransportError) -> ProgressStep {
        let step = try lower.tryEstablish()
        if step == .done { isEstablished.withLock { $0 = true } }
        return step
    }

    func close() {
        if !isEstablished.withLock({ $0 }) { record.closes(address) }
        lower.close()
    }
}
