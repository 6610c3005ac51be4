public import TransportCore

/// A backend that changes nothing and records the streams that it opens.
///
/// What its listeners accept is recorded as well, with the accepting end as the client: replayed, a recording plays the
/// peer of the end that was recorded.
public struct RecordingBackend<Base: Backend>: BackendLayer {
    /// The family of the addresses.
    public typealias Family = Base.Family
    /// The type of the streams.
    public typealias Stream = RecordingTransport<Base.Stream>
    /// The type of the listeners.
    public typealias StreamListener = LayeredListener<Base.StreamListener, Stream>

    /// The backend whose streams are recorded.
    public let base: Base
    /// Where they are recorded.
    public let recorder: Recorder

    /// Records what a backend opens.
    ///
    /// - Parameters:
    ///   - base: The backend.
    ///   - recorder: Where its conversations are added.
    public init(over base: Base, recorder: Recorder) {
        self.base = base
        self.recorder = recorder
    }

    /// Begins to open a stream, and to record it.
    public func beginOpen(
        to address: Family.SocketAddress, options: StreamOptions<Family>
    ) throws(TransportError) -> RecordingTransport<Base.Stream> {
        let stream = try base.beginOpen(to: address, options: options)
        return RecordingTransport(connecting: stream, recorder, peer: "\(address)")
    }

    /// Opens a stream in the base's way, and begins to record it.
    public func open(
        to address: Family.SocketAddress, options: StreamOptions<Family>, until deadline: Deadline
    ) throws(TransportError) -> RecordingTransport<Base.Stream> {
        let stream = try base.open(to: address, options: options, until: deadline)
        return RecordingTransport(over: stream, recorder: recorder, peer: "\(address)")
    }

    /// Has what is accepted recorded.
    public func listener(
        over lower: Base.StreamListener
    ) -> LayeredListener<Base.StreamListener, RecordingTransport<Base.Stream>> {
        let recorder = recorder
        return LayeredListener(over: lower) { RecordingTransport(over: $0, recorder: recorder) }
    }
}

extension RecordingBackend: ResolvingBackend where Base: ResolvingBackend {}
