import COpenSSL
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import Testing
import TransportCore

/// The other end of a connection as libssl alone makes it, for what no end of ours would do.
final class RawPeer {
    let ssl: OpaquePointer
    private let context: OpaquePointer
    private let stream: LoopbackStream<IPv4>
    /// What the network has not taken yet.
    private var pending: [UInt8] = []

    /// Makes a server when there is a certificate for it, otherwise a client.
    init(
        _ certificate: IssuedCertificate? = nil, over stream: LoopbackStream<IPv4>,
        _ configure: (OpaquePointer) -> Void = { _ in }
    ) throws {
        let context = try #require(SSL_CTX_new(certificate == nil ? TLS_client_method() : TLS_server_method()))
        (self.context, self.stream) = (context, stream)
        if let certificate {
            let identity = (read(certificate.chainPEM), read(certificate.keyPEM))
            defer {
                BIO_free(identity.0)
                BIO_free(identity.1)
            }
            let (x509, key) = (
                PEM_read_bio_X509(identity.0, nil, nil, nil), PEM_read_bio_PrivateKey(identity.1, nil, nil, nil)
            )
            defer {
                X509_free(x509)
                EVP_PKEY_free(key)
            }
            #expect(SSL_CTX_use_certificate(context, x509) == 1)
            #expect(SSL_CTX_use_PrivateKey(context, key) == 1)
        }
        configure(context)
        ssl = try #require(SSL_new(context))
        SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()))
        if certificate == nil { SSL_set_connect_state(ssl) } else { SSL_set_accept_state(ssl) }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    /// Moves ciphertext between libssl and the network.
    func move() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = BIO_read(SSL_get_wbio(ssl), &buffer, Int32(buffer.count)), count > 0 {
            pending += buffer[..<Int(count)]
        }
        while !pending.isEmpty {
            let step = try pending.withRawSpan { (span) throws(TransportError) in try stream.trySend(span) }
            guard case .sent(let count) = step else { break }
            pending.removeFirst(count)
        }
        while true {
            let step = try buffer.withOutputSpan(in: 0..<buffer.count) {
                (span: inout OutputRawSpan) throws(TransportError) in
                try stream.tryReceive(into: &span)
            }
            guard case .received(let count) = step else { return }
            BIO_write(SSL_get_rbio(ssl), buffer, Int32(count))
        }
    }

    /// Sends bytes that libssl did not make.
    func inject(_ bytes: [UInt8]) { pending += bytes }

    /// Ends the stream, without a word.
    func hangUp() { stream.close() }

    /// Makes the handshake with an end of ours.
    func shakeHands(with other: MockTLS) throws {
        for _ in 0..<1000 {
            let ours = try other.tryEstablish()
            try move()
            let theirs = SSL_do_handshake(ssl)
            try move()
            if ours == .done, theirs == 1 { return }
            if theirs != 1, SSL_get_error(ssl, theirs) != SSL_ERROR_WANT_READ { break }
        }
        throw TransportError(.tlsProtocolViolation, operation: .connect).with(message: "libssl: \(firstError)")
    }

    /// Encrypts bytes and sends them.
    func send(_ text: String) throws {
        #expect(SSL_write(ssl, Array(text.utf8), Int32(text.utf8.count)) == Int32(text.utf8.count))
        try move()
    }

    /// What has come; nil when libssl has nothing, for whatever reason.
    func receive() throws -> String? {
        try move()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = SSL_read(ssl, &buffer, Int32(buffer.count))
        try move()
        return count > 0 ? String(decoding: buffer[..<Int(count)], as: UTF8.self) : nil
    }

    /// The reason of the first error that libssl has in its queue; 0 for none. Empties the queue.
    var firstError: Int32 {
        defer { ERR_clear_error() }
        return copenssl_err_reason(ERR_peek_error())
    }
}

/// A BIO with a copy of a text.
private func read(_ text: String) -> OpaquePointer? {
    let bio = BIO_new(BIO_s_mem())
    BIO_write(bio, text, Int32(text.utf8.count))
    return bio
}
