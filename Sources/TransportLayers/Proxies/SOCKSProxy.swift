public import TransportCore

/// A SOCKS 5 proxy (RFC 1928), with or without a user and password (RFC 1929).
///
/// ```swift
/// let backend = SOCKSBackend(over: SocketBackend<IP>(), proxy: SOCKSProxy(address: .v4(.loopback(port: 1080))))
/// let connection = try backend.connect(host: "example.org", port: 443, timeout: .seconds(5))
/// ```
public struct SOCKSProxy: ProxyClient {
    /// Where the proxy is.
    public var address: IP.SocketAddress

    /// The user and password; nil to offer none. They are sent in the clear, and only when the proxy asks for them.
    public var credentials: ProxyCredentials?

    /// Makes a proxy.
    ///
    /// - Parameters:
    ///   - address: Where it is.
    ///   - credentials: The user and password, 1 to 255 bytes each. The default is none.
    public init(address: IP.SocketAddress, credentials: ProxyCredentials? = nil) {
        self.address = address
        self.credentials = credentials
    }

    /// Makes what is said to the proxy.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for credentials that are too long or empty.
    public func exchange(for target: ProxyTarget) throws(TransportError) -> SOCKSExchange {
        if let credentials {
            guard (1...255).contains(credentials.user.utf8.count), (1...255).contains(credentials.password.utf8.count)
            else {
                throw .invalidArgument("a SOCKS user and password have 1 to 255 bytes each", operation: .connect)
            }
        }
        return SOCKSExchange(proxy: self, target: target)
    }
}

/// What is said to a SOCKS 5 proxy. It receives no byte that is not the proxy's.
public struct SOCKSExchange: OpeningExchange {
    /// The family of the addresses.
    public typealias Family = IP

    /// `SOCKS 5`.
    public static var kind: String { "SOCKS 5" }

    private enum Phase {
        case greeting, method, credentials, accepted, request, reply, done
    }

    private let proxy: SOCKSProxy
    private let target: ProxyTarget
    private var phase = Phase.greeting
    private var boundAddress: String?

    init(proxy: SOCKSProxy, target: ProxyTarget) {
        self.proxy = proxy
        self.target = target
    }

    /// Goes on with the exchange.
    public mutating func advance(_ input: inout [UInt8]) throws(TransportError) -> OpeningStep {
        switch phase {
        case .greeting:
            phase = .method
            // "No authentication", and "user and password" where there are some.
            return .send(proxy.credentials == nil ? [5, 1, 0] : [5, 2, 0, 2])
        case .method:
            guard let answer = take(2, of: &input) else { return .receive(atMost: 2 - input.count) }
            try chooseMethod(answer)
            return try advance(&input)
        case .credentials:
            phase = .accepted
            let (user, password) = (proxy.credentials?.user ?? "", proxy.credentials?.password ?? "")
            return .send(
                [1, UInt8(clamping: user.utf8.count)] + user.utf8 + [UInt8(clamping: password.utf8.count)]
                    + password.utf8
            )
        case .accepted:
            guard let answer = take(2, of: &input) else { return .receive(atMost: 2 - input.count) }
            guard answer[1] == 0 else {
                let user = QuotedInput.bare(proxy.credentials?.user ?? "")
                throw failure(.proxyAuthenticationFailed, "does not accept the user \(user)")
            }
            phase = .request
            return try advance(&input)
        case .request:
            phase = .reply
            return .send(request)
        case .reply: return try readReply(&input)
        case .done: return .done
        }
    }

    private mutating func chooseMethod(_ answer: [UInt8]) throws(TransportError) {
        guard answer[0] == 5 else {
            let seems = answer == [UInt8]("HT".utf8) ? "; it seems to be one for HTTP" : ""
            throw failure(.proxyProtocolViolated, "does not speak SOCKS 5\(seems)")
        }
        switch answer[1] {
        case 0: phase = .request
        case 2 where proxy.credentials != nil: phase = .credentials
        case 0xFF where proxy.credentials == nil:
            throw failure(.proxyAuthenticationFailed, "asks for credentials: give it a user and a password")
        case 0xFF: throw failure(.proxyAuthenticationFailed, "takes neither a user and password nor nothing")
        default: throw failure(.proxyProtocolViolated, "chose the method \(answer[1]), which was not offered")
        }
    }

    private var request: [UInt8] {
        var bytes: [UInt8] = [5, 1, 0]
        switch target.address {
        case .v4(let address)?: bytes += [1] + address.bytes
        case .v6(let address)?: bytes += [4] + address.bytes
        case nil: bytes += [3, UInt8(clamping: target.host.utf8.count)] + target.host.utf8
        }
        bytes.appendBigEndian(target.port)
        return bytes
    }

    private mutating func readReply(_ input: inout [UInt8]) throws(TransportError) -> OpeningStep {
        if let version = input.first, version != 5 {
            throw failure(.proxyProtocolViolated, "answers with version \(version)")
        }
        // A refusal may end here: there are proxies that close before the rest of it.
        if input.count >= 2, input[1] != 0 { throw refusal(input[1]) }
        guard input.count >= 5 else { return .receive(atMost: 5 - input.count) }
        let length: Int
        switch input[3] {
        case 1: length = 10
        case 3: length = 7 + Int(input[4])
        case 4: length = 22
        default: throw failure(.proxyProtocolViolated, "answers with an address of the unknown type \(input[3])")
        }
        guard let reply = take(length, of: &input) else { return .receive(atMost: length - input.count) }
        let port = reply.bigEndian16(at: length - 2)
        let bytes = reply[(reply[3] == 3 ? 5 : 4)..<(length - 2)]
        if reply[3] == 3 {
            boundAddress = "\(String(decoding: bytes, as: UTF8.self)):\(port)"
        } else {
            boundAddress = IP.SocketAddress(try IP.Address(networkOrderBytes: bytes), port: port).description
        }
        phase = .done
        return .done
    }

    private func take(_ count: Int, of input: inout [UInt8]) -> [UInt8]? {
        guard input.count >= count else { return nil }
        defer { input.removeFirst(count) }
        return [UInt8](input.prefix(count))
    }

    // MARK: Failures

    private func failure(
        _ kind: TransportError.Kind, _ message: String, code: TransportError.Code? = nil
    ) -> TransportError {
        .proxy(kind, message, at: proxy.address, for: target, code: code)
    }

    /// The error for a reply code (RFC 1928, section 6).
    private func refusal(_ reply: UInt8) -> TransportError {
        let (kind, text): (TransportError.Kind, String) =
            switch reply {
            case 1: (.proxyRefused, "general failure")
            case 2: (.permissionDenied, "not allowed by the rules")
            case 3: (.networkUnreachable, "network unreachable")
            case 4: (.hostUnreachable, "host unreachable")
            case 5: (.connectionRefused, "connection refused")
            case 6: (.peerUnresponsive, "time to live expired")
            case 7: (.unsupported, "command not supported")
            case 8: (.familyNotSupported, "address type not supported")
            default: (.proxyRefused, "an unassigned code")
            }
        let code = TransportError.Code(domain: .socks, value: Int32(reply), text: text)
        let hint =
            switch reply {
            case 1: "; its log may say why"
            case 2: ": its configuration must allow this target"
            case 8 where target.address == nil: "; it may not resolve names: resolve them here, with(resolver:)"
            default: ""
            }
        return failure(kind, "answers: \(text)\(hint)", code: code)
    }

    /// The proxy hung up.
    public mutating func endedEarly(after input: [UInt8]) throws(TransportError) {
        throw failure(.unexpectedEnd, "ended the connection in place of an answer")
    }

    /// The proxy could not be reached.
    public func failedBelow(_ error: TransportError) -> TransportError {
        error.onTheWay(to: target, through: proxy.address)
    }

    /// The proxy was cut off, or gave no answer in time.
    public func interrupted(by error: TransportError) -> TransportError {
        error.interrupting(target, through: proxy.address)
    }

    /// Answers ``ProxiedTarget`` and ``ProxyBoundAddress``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        if key == ProxiedTarget.self { return target as? Key.Value }
        if key == ProxyBoundAddress.self { return boundAddress as? Key.Value }
        return nil
    }
}
