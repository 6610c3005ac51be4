/// A backend over another backend, which it changes in some respect: the base that backends with layers build on.
///
/// Time, randomness, settings and names are the base's; so are streams and listeners where the layer does not change their
/// type. A layer that does writes ``Backend/beginOpen(to:options:)`` and ``listener(over:)``, the latter with a
/// ``LayeredListener``:
///
/// ```swift
/// struct CountingBackend<Base: Backend>: BackendLayer {
///     let base: Base
///     let counter: Counter
///     func beginOpen(to address: Base.Family.SocketAddress, options: StreamOptions<Base.Family>)
///         throws(TransportError) -> Counting<Base.Stream>
///     {
///         Counting(lower: try base.beginOpen(to: address, options: options), counter: counter)
///     }
///     func listener(over lower: Base.StreamListener) -> LayeredListener<Base.StreamListener, Counting<Base.Stream>> {
///         let counter = counter
///         return LayeredListener(over: lower) { Counting(lower: $0, counter: counter) }
///     }
/// }
/// extension CountingBackend: ResolvingBackend where Base: ResolvingBackend {}
/// ```
public protocol BackendLayer<Base>: Backend where Family == Base.Family {
    /// The type of the backend below.
    associatedtype Base: Backend
    /// The backend below.
    var base: Base { get }

    /// Puts the layer over a listener of the base, which the result has from then on.
    ///
    /// - Throws: What keeps the layer from being there, such as a certificate that is missing; the listener stays the caller's.
    func listener(over lower: Base.StreamListener) throws(TransportError) -> StreamListener
}

extension BackendLayer {
    /// The base's clock.
    public var now: Instant { base.now }

    /// The base's settings.
    public var defaults: BackendDefaults { base.defaults }

    /// Blocks until an instant of the base's clock.
    public func sleep(until instant: Instant) throws(TransportError) { try base.sleep(until: instant) }

    /// Suspends the task until an instant of the base's clock.
    public func sleep(until instant: Instant) async throws(TransportError) { try await base.sleep(until: instant) }

    /// The base's random numbers.
    public func randomNumber() -> UInt64 { base.randomNumber() }

    /// Lets others go on in the base's way.
    public func letOthersGoOn() { base.letOthersGoOn() }
}

extension BackendLayer where Stream == Base.Stream {
    /// Begins to open a stream of the base.
    public func beginOpen(
        to address: Base.Family.SocketAddress, options: StreamOptions<Base.Family>
    ) throws(TransportError) -> Base.Stream {
        try base.beginOpen(to: address, options: options)
    }

    /// Opens a stream in the base's way.
    public func open(
        to address: Base.Family.SocketAddress, options: StreamOptions<Base.Family>, until deadline: Deadline
    ) throws(TransportError) -> Base.Stream {
        try base.open(to: address, options: options, until: deadline)
    }
}

extension BackendLayer where StreamListener == Base.StreamListener {
    /// The listener itself: the layer does not change it.
    public func listener(over lower: Base.StreamListener) throws(TransportError) -> StreamListener { lower }
}

extension BackendLayer {
    /// Begins to listen with the base, and puts the layer over its listener.
    public func beginListening(
        on address: Base.Family.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> StreamListener {
        let lower = try base.beginListening(on: address, options: options)
        do throws(TransportError) {
            return try listener(over: lower)
        } catch {
            lower.close()
            throw error
        }
    }

    /// Puts the layer over a listener of the base that is there already, such as one that was inherited.
    ///
    /// The listener moves, with its modes and its observer: the object that is given is closed from now on, without ending
    /// what it listened with.
    ///
    /// - Throws: ``TransportError/Kind/closed`` when it was closed before, ``TransportError/Kind/busy`` while somebody is
    ///   accepting with it or a server serves it, and what keeps the layer from being there; the listener stays as it is then.
    public func listen(
        over listener: Listener<Base.StreamListener>
    ) throws(TransportError) -> Listener<StreamListener> {
        try listener.moved { (lower) throws(TransportError) in try self.listener(over: lower) }
    }
}

extension BackendLayer where Base: ResolvingBackend {
    /// The base's names.
    public var resolver: Base.Names { base.resolver }
}
