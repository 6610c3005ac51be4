internal import COpenSSL
public import TransportCore

// The steps of an engine for datagrams, besides those that streams have, too.

extension TLSEngine {
    /// What a client's first datagram came to.
    enum Greeting {
        /// Not to be answered, or answered with a cookie: nothing is kept.
        case unknown
        /// The client has returned its cookie: the handshake goes on with this engine.
        case welcome
        /// The engine cannot be used any more.
        case unusable
    }

    /// Whether it is the end that answers.
    @usableFromInline
    var isServer: Bool { context.role == .server }

    /// Looks at a datagram of a peer that nothing is known of (`DTLSv1_listen`).
    func greet() -> Greeting {
        guard let address = BIO_ADDR_new() else { return .unusable }
        defer { BIO_ADDR_free(address) }
        ErrorQueue.clear()
        let result = DTLSv1_listen(ssl, address)
        ErrorQueue.clear()
        return result > 0 ? .welcome : result == 0 ? .unknown : .unusable
    }

    /// Decrypts one datagram of the peer.
    @usableFromInline
    func readDatagram(into target: UnsafeMutableRawBufferPointer) throws(TransportError) -> Step {
        if hasEnded { return .ended }
        let step = try call(.receive) { SSL_read(ssl, target.baseAddress, Int32(clamping: target.count)) }
        if case .ended = step { hasEnded = true }
        return step
    }

    /// Whether datagrams are here that were not read yet.
    @usableFromInline
    var hasUnreadDatagrams: Bool { isEstablished && failure == nil && SSL_has_pending(ssl) == 1 }

    /// How long an encrypted record is at least.
    ///
    /// OpenSSL takes a shorter one for a failure of its own and ends the association, which anybody could bring about who
    /// can write the peer's address onto a datagram; so it never sees one.
    var leastRecord: Int {
        guard isEstablished, let port, let cipher = SSL_get_current_cipher(ssl) else { return 24 }
        guard SSL_CIPHER_is_aead(cipher) == 1 else { return 1 }
        _ = copenssl_set_mtu(ssl, port.largest)
        return max(1, port.largest - DatagramShape.headerSize - DTLS_get_data_mtu(ssl))
    }

    /// How many bytes fit one datagram, with what is added to them.
    @usableFromInline
    var sendableSize: Int {
        guard let port else { return 0 }
        // libssl may have made its own limit smaller in a handshake that lost much.
        _ = copenssl_set_mtu(ssl, port.largest)
        return min(DTLS_get_data_mtu(ssl), 16_384)
    }

    /// Makes the last messages of the handshake anew, because their time has come.
    func retransmit(at now: Instant) throws(TransportError) {
        if let failure { throw failure }
        timer.expire()
        ErrorQueue.clear()
        let result = copenssl_dtls_handle_timeout(ssl)
        if result == 0 {
            var left = timeval()
            _ = copenssl_dtls_get_timeout(ssl, &left)
            timer.postpone(by: left, at: now)
        } else if result < 0 {
            let error = failure(of: .connect)
            fail(error)
            throw error
        }
    }

    /// Makes smaller pieces of the handshake from now on.
    func shrink() { _ = copenssl_set_mtu(ssl, min(port?.largest ?? DatagramPort.smallest, DatagramPort.smallest)) }
}

/// The outer form of a datagram of DTLS.
@usableFromInline
struct DatagramShape {
    /// What its first record is.
    let contentType: UInt8
    /// With which keys its first record was made; 0 is none.
    let epoch: UInt16
    /// The client's random number, where the datagram begins with the client's first message.
    @usableFromInline let clientRandom: [UInt8]?

    /// Looks at a datagram; nil when it is none of DTLS.
    @usableFromInline
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.headerSize, bytes[1] == 0xfe, (20...24).contains(bytes[0]) else { return nil }
        contentType = bytes[0]
        epoch = UInt16(bytes[3]) << 8 | UInt16(bytes[4])
        let isGreeting = bytes.count >= 59 && bytes[0] == 22 && epoch == 0 && bytes[13] == 1
        // Behind the headers of record (13) and message (12) and the version.
        clientRandom = isGreeting ? Array(bytes[27..<59]) : nil
    }

    /// The size of a record's header.
    static let headerSize = 13

    /// How much of a datagram is whole records, each of a length that it can have.
    @usableFromInline
    static func wholeRecords(of bytes: UnsafeRawBufferPointer, least: Int) -> Int {
        var end = 0
        while end + headerSize <= bytes.count {
            let isEncrypted = bytes[end + 3] != 0 || bytes[end + 4] != 0
            let length = Int(bytes[end + 11]) << 8 + Int(bytes[end + 12])
            guard length >= (isEncrypted ? least : 1), end + headerSize + length <= bytes.count else { break }
            end += headerSize + length
        }
        return end
    }

    /// Whether it belongs to a handshake.
    @usableFromInline
    var isHandshake: Bool { epoch == 0 || contentType == 22 || contentType == 20 }
}
