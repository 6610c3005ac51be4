public import TransportCore

/// A stream that begins with a header of the PROXY protocol, sent or received.
public typealias ProxyProtocolStream<Lower: Transport> = OpeningLayer<Lower, ProxyProtocolExchange<Lower.Family>>
where Lower.Family: EndpointAddressFamily

extension OpeningLayer {
    /// Sends a header of the PROXY protocol before everything else.
    ///
    /// - Parameters:
    ///   - lower: The transport below.
    ///   - header: The header.
    ///   - checksum: Whether it is to have a checksum. The default is false.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a header that cannot be written.
    public convenience init(
        over lower: Lower, sending header: ProxyProtocolHeader, withChecksum checksum: Bool = false
    ) throws(TransportError) where Exchange == ProxyProtocolExchange<Lower.Family> {
        self.init(over: lower, exchange: try Exchange(sending: header, withChecksum: checksum))
    }

    /// Reads a header of the PROXY protocol before everything else.
    ///
    /// - Parameters:
    ///   - lower: The transport below; it has to be connected.
    ///   - acceptance: From whom headers are taken.
    /// - Throws: What asking for the peer's address throws.
    public convenience init(
        over lower: Lower, accepting acceptance: ProxyProtocolAcceptance<Lower.Family>
    ) throws(TransportError) where Exchange == ProxyProtocolExchange<Lower.Family> {
        self.init(
            over: lower, exchange: Exchange(from: try lower.remoteAddress, by: acceptance), limit: acceptance.timeout
        )
    }
}

extension Backend where Family: EndpointAddressFamily {
    /// The same backend, whose listeners read the header of the PROXY protocol that each connection begins with.
    ///
    /// The addresses of a connection are then those that the header tells; `query(ReceivedProxyHeader.self)` gives all of
    /// it. Call `Connection.establish(timeout:deadline:)` on what was accepted: it reads the header, and throws
    /// ``TransportError/Kind/proxyHeaderInvalid`` or ``TransportError/Kind/proxyHeaderRefused``.
    ///
    /// - Parameter acceptance: From whom headers are taken, and what becomes of everyone else.
    public func acceptingProxyHeaders(
        _ acceptance: ProxyProtocolAcceptance<Family>
    ) -> LayeredBackend<Self, ProxyProtocolStream<Stream>> {
        LayeredBackend(over: self) { (stream) throws(TransportError) in
            OpeningLayer(over: stream, exchange: nil)
        } accepted: { (stream) throws(TransportError) in
            do throws(TransportError) {
                return try OpeningLayer(over: stream, accepting: acceptance)
            } catch {
                // Gone already: that is this connection's business, not the listener's.
                return OpeningLayer(over: stream, exchange: ProxyProtocolExchange(failing: error))
            }
        }
    }

    /// The same backend, whose streams begin with a header of the PROXY protocol that they send.
    ///
    /// - Parameters:
    ///   - header: The header. A proxy makes a backend for each connection that it passes on.
    ///   - checksum: Whether it is to have a checksum. The default is false.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a header that cannot be written.
    public func sendingProxyHeader(
        _ header: ProxyProtocolHeader, withChecksum checksum: Bool = false
    ) throws(TransportError) -> LayeredBackend<Self, ProxyProtocolStream<Stream>> {
        _ = try header.bytes(withChecksum: checksum)
        return LayeredBackend(over: self) { (stream) throws(TransportError) in
            try OpeningLayer(over: stream, sending: header, withChecksum: checksum)
        } accepted: { (stream) throws(TransportError) in
            OpeningLayer(over: stream, exchange: nil)
        }
    }
}
