public import TransportCore

extension Backend {
    /// The same backend with slow streams: each has a limit of its own, in each direction.
    ///
    /// - Parameters:
    ///   - receiving: The bytes that are received in a second, at most. The default, nil, is no limit.
    ///   - sending: The bytes that are sent in a second, at most. The default, nil, is no limit.
    ///   - burst: How many bytes may pass at once after a pause. The default, nil, is what passes in a tenth of a second.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for rates that ``RateLimiter`` does not take.
    public func throttled(
        receiving: Int? = nil, sending: Int? = nil, burst: Int? = nil
    ) throws(TransportError) -> LayeredBackend<Self, Throttled<Stream>> {
        _ = try limiter(receiving, burst)
        _ = try limiter(sending, burst)
        let wrap: LayeredBackend<Self, Throttled<Stream>>.Wrap = { (stream) throws(TransportError) in
            Throttled(over: stream, receiving: try limiter(receiving, burst), sending: try limiter(sending, burst))
        }
        return LayeredBackend(over: self, opened: wrap, accepted: wrap)
    }

    /// The same backend with streams that share a limit, in each direction.
    ///
    /// - Parameters:
    ///   - receiving: The limit for what all of them receive. The default, nil, is none.
    ///   - sending: The limit for what all of them send. The default, nil, is none.
    public func throttled(
        sharingReceiving receiving: RateLimiter? = nil, sharingSending sending: RateLimiter? = nil
    ) -> LayeredBackend<Self, Throttled<Stream>> {
        let wrap: LayeredBackend<Self, Throttled<Stream>>.Wrap = { (stream) throws(TransportError) in
            Throttled(over: stream, receiving: receiving, sending: sending)
        }
        return LayeredBackend(over: self, opened: wrap, accepted: wrap)
    }
}

private func limiter(_ rate: Int?, _ burst: Int?) throws(TransportError) -> RateLimiter? {
    guard let rate else { return nil }
    return try RateLimiter(bytesPerSecond: rate, burst: burst)
}
