public import TransportCore

/// A backend that puts a layer over each stream that another one opens or accepts.
///
/// Made by the functions of the layers, such as `backend.counted(by:)` and `backend.traced { … }`, and with a layer of your
/// own in two lines. Names and datagrams are the base's.
public struct LayeredBackend<Base: Backend, Layer: Transport>: BackendLayer where Layer.Family == Base.Family {
    /// The family of the addresses.
    public typealias Family = Base.Family
    /// The type of the streams.
    public typealias Stream = Layer
    /// The type of the listeners.
    public typealias StreamListener = LayeredListener<Base.StreamListener, Layer>
    /// Puts the layer over a stream. It must not wait.
    public typealias Wrap = @Sendable (Base.Stream) throws(TransportError) -> Layer

    /// The backend below.
    public let base: Base

    private let wrapOpened: Wrap
    private let wrapAccepted: Wrap

    /// Makes a backend.
    ///
    /// - Parameters:
    ///   - base: The backend below.
    ///   - opened: Puts the layer over a stream that is being opened.
    ///   - accepted: Puts the layer over a stream that was accepted.
    public init(over base: Base, opened: @escaping Wrap, accepted: @escaping Wrap) {
        self.base = base
        wrapOpened = opened
        wrapAccepted = accepted
    }

    /// Begins to open a stream of the base, with the layer over it.
    public func beginOpen(
        to address: Base.Family.SocketAddress, options: StreamOptions<Base.Family>
    ) throws(TransportError) -> Layer {
        try layered(try base.beginOpen(to: address, options: options))
    }

    /// Opens a stream in the base's way, with the layer over it, and waits for what the layer has to do first.
    public func open(
        to address: Base.Family.SocketAddress, options: StreamOptions<Base.Family>, until deadline: Deadline
    ) throws(TransportError) -> Layer {
        let layer = try layered(try base.open(to: address, options: options, until: deadline))
        do throws(TransportError) {
            let step = try layer.drive(until: deadline) { () throws(TransportError) in try layer.tryEstablish() }
            guard step == .done else { throw TransportError(.timedOut, operation: .connect) }
            return layer
        } catch {
            layer.close()
            let error = error.operation == .wait ? error.with(operation: .connect) : error
            throw error.address == nil ? error.with(address: address) : error
        }
    }

    private func layered(_ stream: Base.Stream) throws(TransportError) -> Layer {
        do throws(TransportError) {
            return try wrapOpened(stream)
        } catch {
            stream.close()
            throw error
        }
    }

    /// Puts the layer over each connection of a listener.
    public func listener(over lower: Base.StreamListener) -> StreamListener {
        LayeredListener(over: lower, wrap: wrapAccepted)
    }
}

extension LayeredBackend: ResolvingBackend where Base: ResolvingBackend {}

extension LayeredBackend: DatagramBackend where Base: DatagramBackend {
    /// The type of the endpoints.
    public typealias Datagrams = Base.Datagrams

    /// Opens an endpoint of the base.
    public func openDatagrams(
        boundTo local: Base.Family.SocketAddress?, connectedTo remote: Base.Family.SocketAddress?,
        options: [OptionSetting]
    ) throws(TransportError) -> Base.Datagrams {
        try base.openDatagrams(boundTo: local, connectedTo: remote, options: options)
    }
}
