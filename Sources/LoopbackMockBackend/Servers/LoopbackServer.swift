public import TransportCore

/// A server that a test has made of a closure. Comes from
/// `LoopbackNetwork.serveConnections(on:port:fileID:line:_:)`.
public final class LoopbackServer<Family: LoopbackFamily>: Sendable {
    /// Where it is reached.
    public let address: Family.SocketAddress

    private let network: LoopbackNetwork
    private let place: BoundPlace<Family.Space>

    // Touched only with the network's lock held, which makes them safe to share.
    private nonisolated(unsafe) let taker: ConnectionTaker<Family.Space>
    private nonisolated(unsafe) let progress: ServerProgress

    init(
        network: LoopbackNetwork, address: Family.SocketAddress, place: BoundPlace<Family.Space>,
        taker: ConnectionTaker<Family.Space>, progress: ServerProgress
    ) {
        self.network = network
        self.address = address
        self.place = place
        self.taker = taker
        self.progress = progress
    }

    private var engine: NetworkEngine { network.engine }

    /// How many connections there have been.
    public var connectionCount: Int { engine.locked { progress.begun } }

    /// Refuses everyone from now on, and gives the address back. Those who are connected go on.
    public func stop() { engine.locked { place.unbind(taker) } }

    /// Waits until the server is done with every connection; the network's time goes on meanwhile.
    ///
    /// To be called when the client is done, and has closed its connections.
    ///
    /// - Throws: The first error that the closure threw, and ``TransportCore/TransportError/Kind/deadlock`` when it
    ///   waits for something that will never come.
    public func verify() throws {
        do throws(TransportError) {
            _ = try engine.wait(of: progress, until: .never)
        } catch {
            throw engine.locked { progress.firstError } ?? error
        }
        if let error = engine.locked({ progress.firstError }) { throw error }
    }

    /// Waits until the server is done with every connection, without blocking a thread. Otherwise like the form that
    /// blocks.
    public func verify() async throws {
        do throws(TransportError) {
            _ = try await engine.ready(of: progress, until: .never)
        } catch {
            throw engine.locked { progress.firstError } ?? error
        }
        if let error = engine.locked({ progress.firstError }) { throw error }
    }
}

extension LoopbackServer where Family == IP {
    /// The port at which it is reached.
    public var port: UInt16 { address.port }
}

/// How far a server has come with its connections. Used with the network's lock held.
final class ServerProgress: Waitable {
    private(set) var begun = 0
    private var ended = 0
    private(set) var firstError: (any Error)?
    var waiters: [Waiter] = []

    func begin() { begun += 1 }

    func end(_ error: (any Error)?) {
        ended += 1
        firstError = firstError ?? error
    }

    func isReady(_ wish: Wish) -> Bool { ended == begun }
    func describe(_ wish: Wish) -> String { "the end of \(begun - ended) of \(begun) connections of a server" }
}
