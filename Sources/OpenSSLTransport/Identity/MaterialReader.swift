internal import COpenSSL
internal import TransportCore

/// Reads certificates, keys and revocation lists, from files and memory.
enum MaterialReader {
    /// The certificates of a material, at least one.
    static func certificates(_ material: TLSMaterial) throws(TransportError) -> [Certificate] {
        switch material {
        case .file(let path): try Certificate.certificates(file: path)
        case .pem(let text): try Certificate.certificates(pem: text)
        case .der(let bytes): [try Certificate(der: bytes)]
        case .directory(let path): throw notForThis(path)
        }
    }

    /// Adds the revocation lists of a material to a store.
    ///
    /// - Parameter numbered: Whether lists must have numbers (RFC 5280, section 5.2.3).
    static func addRevocationLists(
        _ material: TLSMaterial, to store: OpaquePointer, numbered: Bool
    ) throws(TransportError) {
        let found = try objects(
            material, pem: { PEM_read_bio_X509_CRL($0, nil, noPassword, nil) }, der: { d2i_X509_CRL_bio($0, nil) }
        )
        defer { found.forEach { X509_CRL_free($0) } }
        guard !found.isEmpty else { throw nothing("revocation list", in: material) }
        if numbered, found.contains(where: { X509_CRL_get_ext_by_NID($0, NID_crl_number, -1) < 0 }) {
            throw TransportError(.tlsUnusableMaterial, operation: .loadCertificate)
                .with(message: "a revocation list in \(material.place) has no number")
                .with(advice: "have lists made after RFC 5280, or switch strict verification off (TLSSettings.strict)")
        }
        for list in found where X509_STORE_add_crl(store, list) != 1 {
            throw .openSSL(.tlsUnusableMaterial, operation: .loadCertificate)
        }
    }

    private static func notForThis(_ path: String) -> TransportError {
        .invalidArgument(
            "the directory \(QuotedInput.bare(path, limit: 255)) can only be searched for roots",
            operation: .loadCertificate)
    }

    /// The private key of a material.
    static func key(
        _ material: TLSMaterial, password: () throws(TransportError) -> String?
    ) throws(TransportError) -> OwnedKey {
        // Called by libssl while the closure is on the stack, or not at all.
        return try withoutActuallyEscaping(password) { (password) throws(TransportError) -> OwnedKey in
            let request = PasswordRequest(password, for: material.place)
            let context = Unmanaged.passUnretained(request).toOpaque()
            let found = try objects(
                material, onlyFirst: true,
                pem: { PEM_read_bio_PrivateKey($0, nil, PasswordRequest.callback, context) },
                der: { bio in
                    if let key = d2i_PrivateKey_bio(bio, nil) { return key }
                    _ = BIO_ctrl(bio, BIO_CTRL_RESET, 0, nil)
                    return d2i_PKCS8PrivateKey_bio(bio, nil, PasswordRequest.callback, context)
                },
                mistake: { request.mistake }
            )
            guard let key = found.first else { throw request.mistake ?? nothing("private key", in: material) }
            return OwnedKey(owning: key)
        }
    }

    /// OpenSSL would ask the terminal; this asks nobody.
    private static let noPassword:
        @convention(c) (
            UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, _, _, _ in -1 }

    /// Reads all objects of a kind: those in PEM, and one in DER where there is no PEM.
    private static func objects(
        _ material: TLSMaterial, onlyFirst: Bool = false, pem: (OpaquePointer) -> OpaquePointer?,
        der: (OpaquePointer) -> OpaquePointer?, mistake: () -> TransportError? = { nil }
    ) throws(TransportError) -> [OpaquePointer] {
        ErrorQueue.clear()
        switch material {
        case .der(let bytes):
            return try withMemory(bytes) { (bio) throws(TransportError) in
                guard let object = der(bio) else { throw mistake() ?? unreadable(material) }
                return [object]
            }
        case .pem(let text):
            return try withMemory(Array(text.utf8)) { (bio) throws(TransportError) in
                try pemObjects(bio, material, onlyFirst, pem, mistake)
            }
        case .file(let path):
            let contents = try FileContents.read(path, operation: .loadCertificate)
            // DER begins with a SEQUENCE, which no text of PEM does: it would be the digit 0.
            if contents.first == 0x30 {
                return try withMemory(contents) { (bio) throws(TransportError) in
                    guard let object = der(bio) else { throw mistake() ?? unreadable(material) }
                    return [object]
                }
            }
            return try withMemory(contents) { (bio) throws(TransportError) in
                try pemObjects(bio, material, onlyFirst, pem, mistake)
            }
        case .directory(let path):
            throw notForThis(path)
        }
    }

    private static func pemObjects(
        _ bio: OpaquePointer, _ material: TLSMaterial, _ onlyFirst: Bool, _ read: (OpaquePointer) -> OpaquePointer?,
        _ mistake: () -> TransportError?
    ) throws(TransportError) -> [OpaquePointer] {
        var found: [OpaquePointer] = []
        while let object = read(bio) {
            found.append(object)
            if onlyFirst { return found }
        }
        let failures = ErrorQueue.drain()
        // The end of the PEM blocks is told as an error, too.
        let isEnd = failures.allSatisfy {
            $0.libraryNumber != copenssl_lib_pem || $0.reasonNumber == PEM_R_NO_START_LINE
        }
        guard !isEnd || mistake() != nil else { return found }
        throw mistake() ?? unreadable(material, failures)
    }

    private static func withMemory<Result>(
        _ bytes: [UInt8], _ body: (OpaquePointer) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        guard let count = Int32(exactly: bytes.count), let bio = BIO_new(BIO_s_mem()) else {
            throw .openSSL(.outOfResources, operation: .loadCertificate)
        }
        defer { BIO_free(bio) }
        // Going back to the beginning would forget the bytes otherwise.
        BIO_set_flags(bio, BIO_FLAGS_NONCLEAR_RST)
        guard bytes.isEmpty || BIO_write(bio, bytes, count) == count else {
            throw .openSSL(.outOfResources, operation: .loadCertificate)
        }
        return try body(bio)
    }

    private static func unreadable(
        _ material: TLSMaterial, _ failures: [OpenSSLFailure] = ErrorQueue.drain()
    ) -> TransportError {
        let why = failures.first?.description ?? "it is something else"
        return .openSSL(
            .tlsUnusableMaterial, operation: .loadCertificate, message: "cannot read \(material.place): \(why)",
            failures: failures
        )
    }

    private static func nothing(_ what: String, in material: TLSMaterial) -> TransportError {
        ErrorQueue.clear()
        return TransportError(.tlsUnusableMaterial, operation: .loadCertificate)
            .with(message: "there is no \(what) in \(material.place)")
            .with(advice: "check that it is the right one, in PEM or DER, and whole")
    }
}

extension TLSMaterial {
    /// Where it is, for messages; never what it is.
    var place: String {
        switch self {
        case .file(let path), .directory(let path): QuotedInput.bare(path, limit: 255)
        case .pem: "the PEM text"
        case .der: "the DER bytes"
        }
    }
}

/// The password of an encrypted key, asked for when OpenSSL meets one.
private final class PasswordRequest {
    private let ask: () throws(TransportError) -> String?
    /// What went wrong with the password, if it was asked for.
    private(set) var mistake: TransportError?

    private let place: String

    init(_ ask: @escaping () throws(TransportError) -> String?, for place: String) {
        self.ask = ask
        self.place = place
    }

    static let callback:
        @convention(c) (
            UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
        ) -> Int32 = { buffer, size, _, context in
            guard let context, let buffer else { return -1 }
            let request = Unmanaged<PasswordRequest>.fromOpaque(context).takeUnretainedValue()
            return request.answer(UnsafeMutableRawBufferPointer(start: buffer, count: Int(max(0, size))))
        }

    private func answer(_ buffer: UnsafeMutableRawBufferPointer) -> Int32 {
        func refused(_ message: String, _ advice: String) -> Int32 {
            mistake = TransportError(.tlsUnusableMaterial, operation: .loadCertificate)
                .with(message: message).with(advice: advice)
            return -1
        }
        do throws(TransportError) {
            guard let password = try ask() else {
                return refused(
                    "the key in \(place) is encrypted: give its password", "TLSIdentity(certificates:key:password:)")
            }
            let bytes = Array(password.utf8)
            guard bytes.count <= buffer.count else {
                return refused(
                    "the password has \(bytes.count) bytes, and OpenSSL takes \(buffer.count)", "a shorter password")
            }
            buffer.copyBytes(from: bytes)
            // What goes wrong from here on is the password's fault.
            mistake = TransportError(.tlsUnusableMaterial, operation: .loadCertificate)
                .with(message: "the key in \(place) cannot be decrypted: the password is wrong")
                .with(advice: "check the password, and that it is the one of this key")
            return Int32(bytes.count)
        } catch {
            mistake = error
            return -1
        }
    }
}
