internal import COpenSSL
public import TransportCore

/// One end of a TLS connection without any I/O: ciphertext goes in and out through two queues.
///
/// Not for several threads at once: whoever has an engine has a lock around it.
@usableFromInline
final class TLSEngine {
    /// More output than this is not made before some is taken away. What one send makes always fits: it begins only
    /// when there is none.
    static let mostOutput = 192 << 10

    /// How often a peer may ask to shake hands again. It is refused each time, which costs this end as much as it costs the
    /// peer, and libssl would do it for ever; one that means no harm asks once.
    static let mostRefusedRenegotiations = 10

    /// What one call came to.
    @usableFromInline
    enum Step {
        /// So many bytes were moved; 0 for a step that moves none.
        case done(Int)
        /// The peer has ended its direction in the proper way.
        case ended
        /// Ciphertext of the peer is needed.
        case needsInput
        /// Ciphertext must be taken away first.
        case needsOutput
    }

    let ssl: OpaquePointer
    let context: TLSContext
    /// The peer as its certificate is to name it; a client has one unless that is not to be verified.
    let peerName: TLSPeerName?

    // Libssl's callbacks use these in the midst of a step, always by way of the BIO and never while the step itself has one
    // of them in hand: checking that for each byte that moves would be a tenth of a small message's cost.

    /// Ciphertext from the peer.
    @exclusivity(unchecked) var input: ByteQueue
    /// Ciphertext for the peer.
    @exclusivity(unchecked) var output: ByteQueue
    /// How many bytes libssl asked for when there were none.
    @exclusivity(unchecked) var wanted = 0

    /// Whether the handshake is done.
    @usableFromInline @exclusivity(unchecked) private(set) var isEstablished = false
    /// Whether our `close_notify` was made.
    private(set) var hasAnnouncedEnd = false
    /// Whether the peer's `close_notify` has come.
    var hasEnded = false
    /// What broke the protocol for good. Nothing of libssl but questions is called after that.
    @usableFromInline @exclusivity(unchecked) private(set) var failure: TransportError?

    /// The time of the transport below, as the step knows it that has to do with tickets.
    var time = Instant(nanoseconds: 0)

    /// How many session tickets are still to be sent, with the first bytes of the program: a client that only writes and
    /// closes would leave tickets that came earlier unread, which turns its end into a reset.
    private var ticketsDue = 0

    /// The first bytes of the peer, to tell of a peer that does not speak TLS.
    private(set) var firstBytes = FirstBytes()
    /// The alert that was sent last, if it was fatal.
    var sentAlert: TLSAlert?
    /// How often the peer was refused to shake hands again.
    var refusedRenegotiations = 0
    /// What a callback of the program or a check of this library said against the peer's certificate.
    var refusal: CertificateRefusal?
    /// What was wrong with the program's own answer to a question during the handshake.
    var mistake: String?
    /// Where sessions that the peer offers are kept.
    var sessionServer: TLSSessionCache.Server?

    /// What an engine for datagrams has in place of the two queues; nil for streams.
    let port: DatagramPort?
    /// When an engine for datagrams sends its last messages again.
    var timer = RetransmissionTimer()

    /// Makes an engine.
    ///
    /// - Parameters:
    ///   - context: How.
    ///   - peerName: The peer as its certificate is to name it.
    ///   - port: Where datagrams come from and go to; the default, nil, is for streams.
    /// - Throws: ``TransportError/Kind/outOfResources``, and the failure of a setting.
    init(context: TLSContext, peerName: TLSPeerName?, port: DatagramPort? = nil) throws(TransportError) {
        ErrorQueue.clear()
        guard let ssl = SSL_new(context.pointer) else { throw .openSSL(.outOfResources, operation: .open) }
        self.ssl = ssl
        self.context = context
        self.peerName = peerName
        self.port = port
        input = ByteQueue(pool: context.pool)
        output = ByteQueue(pool: context.pool)
        // All is initialised: from here on, deinit frees.
        guard let bio = (port == nil ? BIOKind.streams : .datagrams).make(for: self) else {
            throw .openSSL(.outOfResources, operation: .open)
        }
        SSL_set_bio(ssl, bio, bio)
        if context.role == .client {
            SSL_set_connect_state(ssl)
            try peerName?.apply(to: ssl, verifying: context.settings.verification == .full)
        } else {
            SSL_set_accept_state(ssl)
            ticketsDue = context.settings.ticketCount
        }
    }

    deinit {
        // libssl gives up the session of a connection that was not ended in the proper way, which TLS no longer asks for
        // (RFC 5246, section 7.2.1). That of one that failed stays given up.
        if isEstablished, failure == nil { SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
        SSL_free(ssl)
        input.release()
        output.release()
    }

    /// The engine that an `SSL` belongs to, in a callback.
    static func of(_ ssl: OpaquePointer?) -> TLSEngine? {
        ssl.flatMap { BIOKind.engine(of: SSL_get_rbio($0)) }
    }
}

// MARK: - Steps

extension TLSEngine {
    /// Goes on with the handshake.
    func handshake() throws(TransportError) -> Step {
        if isEstablished { return .done(0) }
        if !firstBytes.isFull { firstBytes.append(input.bytes) }
        let step = try call(.connect) { SSL_do_handshake(ssl) }
        if case .done = step {
            isEstablished = true
            if sessionServer != nil { keepRenewedSession() }
        }
        return step
    }

    /// Decrypts into a buffer that is not empty, as much as there is.
    func read(into target: UnsafeMutableRawBufferPointer) throws(TransportError) -> Step {
        var filled = 0
        while filled < target.count {
            if hasEnded { return filled > 0 ? .done(filled) : .ended }
            // The failure after bytes that are good is told by the next call.
            if filled > 0, input.isEmpty, SSL_pending(ssl) == 0 { break }
            let part = Int32(clamping: target.count - filled)
            let step: Step
            do throws(TransportError) {
                step = try call(.receive) { SSL_read(ssl, target.baseAddress.map { $0 + filled }, part) }
            } catch {
                if filled > 0 { break }
                throw error
            }
            switch step {
            case .done(let count): filled += count
            case .ended: hasEnded = true
            case .needsInput, .needsOutput: return filled > 0 ? .done(filled) : step
            }
        }
        return .done(filled)
    }

    /// Looks what comes next, and leaves it where it is.
    func look() throws(TransportError) -> Step {
        if hasEnded { return .ended }
        var byte: UInt8 = 0
        let step = try call(.receive) { SSL_peek(ssl, &byte, 1) }
        if case .ended = step { hasEnded = true }
        return step
    }

    /// Encrypts bytes, all of them.
    @usableFromInline
    func write(_ source: UnsafeRawBufferPointer) throws(TransportError) -> Step {
        if ticketsDue > 0 { offerTickets() }
        return try call(.send) { SSL_write(ssl, source.baseAddress, Int32(clamping: source.count)) }
    }

    /// Whether a message that came after the handshake, such as a ticket, is here in part. Until the rest has come libssl
    /// makes nothing for the peer: neither bytes of the program nor the end.
    var isInMessage: Bool { isEstablished && failure == nil && SSL_in_init(ssl) == 1 }

    /// Goes on with such a message, without taking any bytes of the program.
    func readMessage() throws(TransportError) -> Step { try call(.receive) { SSL_do_handshake(ssl) } }

    /// Makes the `close_notify`, once, where there is a connection to be ended.
    func announceEnd() throws(TransportError) {
        guard isEstablished, !hasAnnouncedEnd, failure == nil else { return }
        hasAnnouncedEnd = true
        ErrorQueue.clear()
        // Both 0 (the peer has not ended yet) and 1 are fine. A second call would await the peer's: reading does that.
        if SSL_shutdown(ssl) < 0 {
            let reason = SSL_get_error(ssl, -1)
            guard reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE else {
                throw .openSSL(.tlsProtocolViolation, operation: .shutdownWrite)
            }
        }
    }

    /// Whether bytes, or the end, can be had without ciphertext from below.
    var hasReadyInput: Bool {
        guard isEstablished else { return false }
        return hasEnded || SSL_pending(ssl) > 0 || hasWholeRecord
    }

    /// Whether libssl has nothing for the program and nothing to make it of, so that it need not be asked.
    ///
    /// It takes no more of the input than the record that it is at. Where buffers are to be released it has to be asked all the
    /// same: it does that when it finds that there is nothing.
    var lacksInput: Bool {
        isEstablished && failure == nil && !hasEnded && input.isEmpty && SSL_pending(ssl) == 0
            && !context.settings.releasesBuffers
    }

    /// Whether the input begins with a whole record. It begins with one wherever libssl has not asked for more.
    private var hasWholeRecord: Bool {
        let bytes = input.bytes
        guard bytes.count >= 5 else { return false }
        return bytes.count >= 5 + Int(bytes[3]) << 8 + Int(bytes[4])
    }

    /// The time, for the keys of tickets.
    var now: Instant { port?.now ?? time }

    /// Whether tickets go out with the next bytes.
    var owesTickets: Bool { ticketsDue > 0 }

    private func offerTickets() {
        if SSL_version(ssl) == TLS1_3_VERSION {
            let count = SSL_session_reused(ssl) == 1 ? 1 : ticketsDue
            for _ in 0..<count { SSL_new_session_ticket(ssl) }
        }
        ticketsDue = 0
    }

    /// Does a call of libssl and says what it came to.
    @inline(__always)
    func call(
        _ operation: TransportError.Operation, _ body: () -> Int32
    ) throws(TransportError) -> Step {
        if let failure { throw failure }
        ErrorQueue.clear()
        let result = body()
        if result > 0 { return .done(Int(result)) }
        // Nothing may come between the call and this question.
        return try step(after: SSL_get_error(ssl, result), operation)
    }

    private func step(after reason: Int32, _ operation: TransportError.Operation) throws(TransportError) -> Step {
        if refusedRenegotiations > Self.mostRefusedRenegotiations {
            let error = Self.tooManyRenegotiations(operation)
            failure = error
            throw error
        }
        switch reason {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_WANT_WRITE: return .needsOutput
        case SSL_ERROR_ZERO_RETURN: return .ended
        default:
            let error = failure(of: operation)
            failure = error
            throw error
        }
    }

    private static func tooManyRenegotiations(_ operation: TransportError.Operation) -> TransportError {
        TransportError(.tlsProtocolViolation, operation: operation)
            .with(message: "the peer went on asking to shake hands again (renegotiation), which was refused each time")
            .with(aftermath: .dead)
    }

    /// Ends the connection with a failure that was found outside libssl.
    func fail(_ error: TransportError) { if failure == nil { failure = error } }
}
