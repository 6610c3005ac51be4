public import TransportCore

/// One side of the PROXY protocol: sends a header, or reads one.
public struct ProxyProtocolExchange<Family: EndpointAddressFamily>: OpeningExchange {
    /// `PROXY protocol`.
    public static var kind: String { "PROXY protocol" }

    private enum Side {
        case sending([UInt8])
        case sent
        case receiving(ProxyProtocolAcceptance<Family>.Rule, maximumLength: Int)
        case failing(TransportError)
    }

    private var side: Side
    /// Who is at the other end of the transport below, for errors.
    private let peer: String
    private var header: ProxyProtocolHeader?

    /// Sends a header.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a header that cannot be written.
    public init(sending header: ProxyProtocolHeader, withChecksum checksum: Bool = false) throws(TransportError) {
        side = .sending(try header.bytes(withChecksum: checksum))
        peer = ""
    }

    /// Reads the header of a peer.
    public init(from peer: Family.SocketAddress, by acceptance: ProxyProtocolAcceptance<Family>) {
        side = .receiving(acceptance.rule(peer), maximumLength: acceptance.maximumLength)
        self.peer = Family.endpointAddress(of: peer).description
    }

    /// Fails: nobody knows who the peer is, so nobody knows what it may do.
    init(failing error: TransportError) {
        side = .failing(error)
        peer = "a peer that is gone"
    }

    /// Sends the header, or reads one and no byte more.
    public mutating func advance(_ input: inout [UInt8]) throws(TransportError) -> OpeningStep {
        switch side {
        case .sending(let bytes):
            side = .sent
            return .send(bytes)
        case .sent, .receiving(.unread, _): return .done
        case .failing(let error): throw error
        case .receiving(.denied, _):
            throw .proxyHeader(
                "\(peer) must not connect: it is not one of the trusted proxies", kind: .proxyHeaderRefused
            )
            .with(address: peer)
        case .receiving(let rule, let maximum):
            do throws(TransportError) {
                return try read(&input, rule, maximum)
            } catch {
                throw error.with(address: peer)
            }
        }
    }

    private mutating func read(
        _ input: inout [UInt8], _ rule: ProxyProtocolAcceptance<Family>.Rule, _ maximum: Int
    ) throws(TransportError) -> OpeningStep {
        switch try ProxyProtocolHeader.read(input, maximumLength: maximum) {
        case .incomplete(let count): return .receive(atMost: count)
        case .none where rule == .required:
            throw .proxyHeader("the connection does not begin with a PROXY header; is the proxy set up to send one?")
        case .none: return .done
        case .header where rule == .refused:
            throw .proxyHeader("the peer sent a PROXY header, and must not", kind: .proxyHeaderRefused)
        case .header(let header, let count):
            input.removeFirst(count)
            self.header = header
            return .done
        }
    }

    /// Leaves the end to the application where there need not be a header.
    public mutating func endedEarly(after input: [UInt8]) throws(TransportError) {
        if needsNone { return }
        throw TransportError(.unexpectedEnd, operation: .exchangeProxyHeader).with(address: peer)
            .with(message: "the stream ended before the end of its PROXY header").with(bytesTransferred: input.count)
    }

    /// Takes a stream without a header for what it is where there need not be one.
    public mutating func overdue(after input: [UInt8]) throws(TransportError) {
        if needsNone, input.isEmpty { return }
        throw .proxyHeader("the PROXY header did not come in time; \(input.count) bytes of it did").with(address: peer)
    }

    /// Whether a stream without a header is one, too.
    private var needsNone: Bool {
        if case .receiving(let rule, _) = side { rule == .optional || rule == .refused } else { false }
    }

    /// Whether a header is read that may have addresses.
    public var decidesAddresses: Bool {
        if case .receiving = side { true } else { false }
    }

    /// The destination of the header, where the family has such addresses.
    public var localAddress: Family.SocketAddress? {
        header?.addresses.flatMap { Family.socketAddress(of: $0.destination) }
    }

    /// The source of the header, where the family has such addresses.
    public var remoteAddress: Family.SocketAddress? {
        header?.addresses.flatMap { Family.socketAddress(of: $0.source) }
    }

    /// Answers ``ReceivedProxyHeader``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { header as? Key.Value }
}
