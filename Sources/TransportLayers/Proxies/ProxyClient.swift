public import TransportCore

/// A kind of proxy, with what is needed to use one: ``SOCKSProxy``, ``HTTPConnectProxy``, or one of your own.
public protocol ProxyClient: Sendable {
    /// What is said to the proxy.
    associatedtype Exchange: OpeningExchange where Exchange.Family == IP

    /// Where the proxy is.
    var address: IP.SocketAddress { get }

    /// Makes what is said to the proxy, for one connection.
    func exchange(for target: ProxyTarget) throws(TransportError) -> Exchange
}

/// A backend whose streams are made by a proxy, which the base connects to.
///
/// The base may be such a backend itself: the proxies are then a chain, of which the base's is the first. Listeners are the
/// base's; a proxy makes none.
///
/// Names are left to the proxy: see ``ProxiedNames``. To resolve them here, give the backend a resolver:
/// `SOCKSBackend(…).with(resolver: …)`.
///
/// The addresses of a connection are those of the connection to the proxy; `query(ProxiedTarget.self)` says where it leads.
public struct ProxiedBackend<Base: Backend, Proxy: ProxyClient>: BackendLayer, ResolvingBackend
where Base.Family == IP {
    /// The family of the addresses.
    public typealias Family = IP
    /// The type of the streams.
    public typealias Stream = OpeningLayer<Base.Stream, Proxy.Exchange>
    /// The type of the listeners.
    public typealias StreamListener = LayeredListener<Base.StreamListener, Stream>
    /// The type of the resolver.
    public typealias Names = ProxiedNames

    /// The backend that connects to the proxy.
    public let base: Base

    /// The proxy.
    public let proxy: Proxy

    /// Makes a backend.
    ///
    /// - Parameters:
    ///   - base: The backend that connects to the proxy.
    ///   - proxy: The proxy.
    public init(over base: Base, proxy: Proxy) {
        self.base = base
        self.proxy = proxy
    }

    /// Leaves names to the proxy.
    public var resolver: ProxiedNames { ProxiedNames() }

    /// Begins to open a stream through the proxy.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a name or credentials that cannot be sent,
    ///   and what the base throws.
    public func beginOpen(to address: IP.SocketAddress, options: StreamOptions<IP>) throws(TransportError) -> Stream {
        let target = try ProxyTarget(address, named: options.peerName)
        let exchange = try proxy.exchange(for: target)
        var below = options
        below.peerName = nil  // the base connects to the proxy, which the caller has not named
        do throws(TransportError) {
            return OpeningLayer(over: try base.beginOpen(to: proxy.address, options: below), exchange: exchange)
        } catch {
            throw exchange.failedBelow(error)
        }
    }

    /// Listens in the base's way.
    public func listener(over lower: Base.StreamListener) -> StreamListener {
        LayeredListener(over: lower) { (stream) throws(TransportError) in
            OpeningLayer(over: stream, exchange: nil)
        }
    }
}

/// A backend whose streams are made by a SOCKS 5 proxy.
public typealias SOCKSBackend<Base: Backend> = ProxiedBackend<Base, SOCKSProxy> where Base.Family == IP

/// A backend whose streams are made by an HTTP proxy with CONNECT.
public typealias HTTPConnectBackend<Base: Backend> = ProxiedBackend<Base, HTTPConnectProxy> where Base.Family == IP

extension TransportError {
    /// A failure of the proxy, or on the way to it, for a connection to a target.
    static func proxy(
        _ kind: Kind, _ message: String, at proxy: IP.SocketAddress, for target: ProxyTarget, code: Code? = nil
    ) -> TransportError {
        TransportError(kind, operation: .connect, code: code).with(address: target)
            .with(message: "the proxy at \(proxy) \(message)").with(aftermath: .dead)
    }

    /// The same failure as one of a connection to a target by way of a proxy.
    func onTheWay(to target: ProxyTarget, through proxy: IP.SocketAddress) -> TransportError {
        with(message: "\(message), on the way to the proxy at \(proxy)").with(address: target)
    }

    /// The same failure as one of a connection to a target, for which a proxy had been asked already.
    func interrupting(_ target: ProxyTarget, through proxy: IP.SocketAddress) -> TransportError {
        let error: TransportError =
            switch operation {
            case .send, .receive, .flush, .wait: with(operation: .connect)
            default: self
            }
        return error.with(message: "\(message), while the proxy at \(proxy) was asked").with(address: target)
    }
}
