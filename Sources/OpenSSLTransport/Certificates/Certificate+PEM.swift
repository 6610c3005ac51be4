internal import COpenSSL
public import TransportCore

extension Certificate {
    /// The certificate as PEM (RFC 7468), with a line break at its end.
    public var pem: String { withX509 { x509 in MemoryBIO.text { PEM_write_bio_X509($0, x509) } } }

    /// Reads the first certificate from PEM.
    ///
    /// - Parameter pem: Text with a certificate in it; what comes before it, such as a key, is passed over.
    /// - Throws: ``TransportCore/TransportError/Kind/tlsUnusableMaterial`` when there is none, or when it is damaged.
    public init(pem: String) throws(TransportError) {
        guard let first = try Self.read(pem: Array(pem.utf8), atMost: 1).first else { throw Self.noneFound }
        self = first
    }

    /// Reads every certificate in PEM, in their order.
    ///
    /// - Parameter pem: Text with one or more certificates; other things in it, such as keys, are passed over.
    /// - Throws: ``TransportCore/TransportError/Kind/tlsUnusableMaterial`` when there is none, or when one is damaged;
    ///   the message says which.
    public static func certificates(pem: String) throws(TransportError) -> [Certificate] {
        try certificates(pemBytes: Array(pem.utf8))
    }

    /// Reads the first certificate of a file, in PEM or DER.
    ///
    /// - Parameter path: The path of the file.
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchFile`` and the other errors of opening a file;
    ///   ``TransportCore/TransportError/Kind/tlsUnusableMaterial`` when there is no certificate in it.
    public init(file path: String) throws(TransportError) {
        guard let first = try Self.certificates(file: path).first else { throw Self.noneFound }
        self = first
    }

    /// Reads every certificate of a file: any number in PEM, or one in DER.
    ///
    /// - Parameter path: The path of the file.
    /// - Throws: ``/TransportCore/TransportError/Kind/noSuchFile`` and the other errors of opening a file;
    ///   ``TransportCore/TransportError/Kind/tlsUnusableMaterial`` when there is no certificate in it, or when one is damaged.
    public static func certificates(file path: String) throws(TransportError) -> [Certificate] {
        do {
            let contents = try FileContents.read(path, operation: .loadCertificate)
            // DER begins with a SEQUENCE, which no text of PEM does: it would be the digit 0.
            if contents.first == 0x30 { return [try Certificate(der: contents)] }
            return try certificates(pemBytes: contents)
        } catch {
            throw error.with(address: path)
        }
    }

    private static func certificates(pemBytes: [UInt8]) throws(TransportError) -> [Certificate] {
        let found = try read(pem: pemBytes, atMost: .max)
        guard !found.isEmpty else { throw noneFound }
        return found
    }

    private static var noneFound: TransportError {
        ERR_clear_error()
        return .unusable("there is no certificate in PEM in it: no line \"-----BEGIN CERTIFICATE-----\"")
    }

    private static func read(pem: [UInt8], atMost limit: Int) throws(TransportError) -> [Certificate] {
        ERR_clear_error()
        guard let length = Int32(exactly: pem.count) else { throw .unusable("\(pem.count) bytes are too many for PEM") }
        var found: [Certificate] = []
        var failure: TransportError?
        pem.withUnsafeBufferPointer { buffer in
            let bio = BIO_new_mem_buf(buffer.baseAddress, length)
            defer { BIO_free(bio) }
            while found.count < limit, failure == nil {
                // Without a function for passwords, an encrypted block would ask for one at the terminal.
                guard let x509 = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) else {
                    if !isAtEnd { failure = .unusable("certificate \(found.count + 1) in PEM cannot be read") }
                    break
                }
                defer { X509_free(x509) }
                do throws(TransportError) { found.append(try Certificate(retaining: x509)) } catch { failure = error }
            }
        }
        if let failure { throw failure }
        ERR_clear_error()
        return found
    }

    /// Whether PEM could not be read because nothing more begins there.
    private static var isAtEnd: Bool {
        let code = ERR_peek_last_error()
        return copenssl_err_lib(code) == copenssl_lib_pem && copenssl_err_reason(code) == PEM_R_NO_START_LINE
    }
}
