public import TransportCore

/// An HTTP proxy that makes connections with CONNECT (RFC 9110, section 9.3.6).
///
/// ```swift
/// let proxy = HTTPConnectProxy(address: .v4(.loopback(port: 3128)))
/// let backend = HTTPConnectBackend(over: SocketBackend<IP>(), proxy: proxy)
/// let connection = try backend.connect(host: "example.org", port: 443, timeout: .seconds(5))
/// ```
public struct HTTPConnectProxy: ProxyClient {
    /// Where the proxy is.
    public var address: IP.SocketAddress

    /// The user and password for Basic authentication (RFC 7617); nil to send none. They are sent in the clear.
    public var credentials: ProxyCredentials?

    /// Further header fields of the request, such as `("User-Agent", "…")`.
    public var headers: [(name: String, value: String)]

    /// How many bytes the proxy's answer may have before the stream begins.
    public var maximumAnswerLength: Int

    /// Makes a proxy.
    ///
    /// - Parameters:
    ///   - address: Where it is.
    ///   - credentials: The user and password; the user has no colon. The default is none.
    ///   - headers: Further header fields of the request. The default is none.
    ///   - maximumAnswerLength: How many bytes the proxy's answer may have. The default is 16 KiB.
    public init(
        address: IP.SocketAddress, credentials: ProxyCredentials? = nil, headers: [(name: String, value: String)] = [],
        maximumAnswerLength: Int = 16 << 10
    ) {
        self.address = address
        self.credentials = credentials
        self.headers = headers
        self.maximumAnswerLength = maximumAnswerLength
    }

    /// Makes what is said to the proxy.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a user with a colon, and for header fields
    ///   that would not be header fields.
    public func exchange(for target: ProxyTarget) throws(TransportError) -> HTTPConnectExchange {
        var request = "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n"
        if let credentials {
            guard !credentials.user.utf8.contains(58) else {
                throw .invalidArgument("a user of Basic authentication has no colon", operation: .connect)
            }
            request += "Proxy-Authorization: Basic \(Self.base64("\(credentials.user):\(credentials.password)"))\r\n"
        }
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ Self.isTokenByte($0) }),
                value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 })
            else {
                throw .invalidArgument(
                    "\(QuotedInput(name)) and its value are no header field: control characters are not allowed",
                    operation: .connect
                )
            }
            request += "\(name): \(value)\r\n"
        }
        return HTTPConnectExchange(proxy: self, target: target, request: [UInt8]((request + "\r\n").utf8))
    }

    /// Whether a byte may be in the name of a header field (RFC 9110, section 5.6.2).
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// The text in base 64 (RFC 4648, section 4).
    static func base64(_ text: String) -> String {
        let digits = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = [UInt8](text.utf8)
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
            for digit in 0..<4 {
                result.append(digit <= group.count ? digits[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// What is said to an HTTP proxy. What it sends behind its answer belongs to the stream.
public struct HTTPConnectExchange: OpeningExchange {
    /// The family of the addresses.
    public typealias Family = IP

    /// `HTTP CONNECT`.
    public static var kind: String { "HTTP CONNECT" }

    private let proxy: HTTPConnectProxy
    private let target: ProxyTarget
    private let request: [UInt8]
    private var isSent = false
    /// How many bytes of the answer are known not to have its end.
    private var searched = 0
    /// How many bytes the proxy has said so far before its answer.
    private var interim = 0

    init(proxy: HTTPConnectProxy, target: ProxyTarget, request: [UInt8]) {
        self.proxy = proxy
        self.target = target
        self.request = request
    }

    /// Goes on with the exchange.
    public mutating func advance(_ input: inout [UInt8]) throws(TransportError) -> OpeningStep {
        guard isSent else {
            isSent = true
            return .send(request)
        }
        let start = [UInt8]("HTTP/1.".utf8)
        guard input.starts(with: start.prefix(input.count)) else {
            throw failure(.proxyProtocolViolated, "does not answer in HTTP/1")
        }
        guard let end = endOfHead(in: input) else {
            searched = max(0, input.count - 3)
            let room = proxy.maximumAnswerLength - interim - input.count
            guard room > 0 else {
                throw failure(
                    .proxyProtocolViolated, "answers with a header of more than \(proxy.maximumAnswerLength) bytes"
                )
            }
            return .receive(atMost: min(room, 4096))
        }
        let (status, reason) = try status(of: input[..<end])
        switch status {
        case 100..<200 where status != 101:
            // Something said before the answer.
            interim += end
            searched = 0
            input.removeFirst(end)
            return try advance(&input)
        case 200..<300:
            input.removeFirst(end)
            return .done
        default: throw refusal(status, reason)
        }
    }

    /// Where the empty line ends; a line may end without a CR (RFC 9112, section 2.2).
    private func endOfHead(in input: [UInt8]) -> Int? {
        var index = searched
        while index < input.count {
            if input[index] == 10 {
                if index + 1 < input.count, input[index + 1] == 10 { return index + 2 }
                if index + 2 < input.count, input[index + 1] == 13, input[index + 2] == 10 { return index + 3 }
            }
            index += 1
        }
        return nil
    }

    private func status(of head: ArraySlice<UInt8>) throws(TransportError) -> (Int32, String) {
        let line = head.prefix { $0 != 10 && $0 != 13 }
        let words = line.split(separator: 32, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].count == 8, words[1].count == 3,
            words[1].allSatisfy({ (48...57).contains($0) }),
            let status = Int32(String(decoding: words[1], as: UTF8.self))
        else {
            throw failure(
                .proxyProtocolViolated, "answers \(QuotedInput(bytes: line))"
            )
        }
        return (status, words.count > 2 ? QuotedInput.bare(String(decoding: words[2], as: UTF8.self)) : "")
    }

    // MARK: Failures

    private func failure(
        _ kind: TransportError.Kind, _ message: String, code: TransportError.Code? = nil
    ) -> TransportError {
        .proxy(kind, message, at: proxy.address, for: target, code: code)
    }

    private func refusal(_ status: Int32, _ reason: String) -> TransportError {
        let code = TransportError.Code(domain: .http, value: status, text: reason)
        switch status {
        case 407 where proxy.credentials == nil:
            return failure(
                .proxyAuthenticationFailed, "asks for credentials: give it a user and a password", code: code)
        case 407:
            let user = QuotedInput.bare(proxy.credentials?.user ?? "")
            return failure(.proxyAuthenticationFailed, "does not accept the user \(user)", code: code)
        case 403, 405:
            return failure(.permissionDenied, "does not allow this target: \(status) \(reason)", code: code)
        case 504: return failure(.peerUnresponsive, "got no answer from the target: \(status) \(reason)", code: code)
        default: return failure(.proxyRefused, "answers: \(status) \(reason)", code: code)
        }
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

    /// Answers ``ProxiedTarget``.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { target as? Key.Value }
}
