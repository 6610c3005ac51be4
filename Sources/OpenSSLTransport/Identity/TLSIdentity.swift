internal import COpenSSL
public import TransportCore

/// A certificate with the certificates that lead to its authority, and its private key.
public struct TLSIdentity: Sendable {
    /// The certificate and those that lead to its authority, its own first.
    public let certificates: [Certificate]
    let key: OwnedKey

    /// Reads an identity.
    ///
    /// - Parameters:
    ///   - certificates: The certificate, and behind it those of the authorities between it and the root, if any.
    ///   - key: The private key. The default, nil, is that it stands in the same place.
    ///   - password: The password of an encrypted key. The default is none; the terminal is never asked.
    /// - Throws: ``TransportCore/TransportError/Kind/tlsUnusableMaterial`` when something cannot be read, when the
    ///   password is wrong or missing, and when the key is not that of the certificate;
    ///   ``/TransportCore/TransportError/Kind/noSuchFile`` and the like.
    public init(
        certificates: TLSMaterial, key: TLSMaterial? = nil, password: String? = nil
    ) throws(TransportError) {
        try self.init(certificates: certificates, key: key) { () throws(TransportError) in password }
    }

    /// Reads an identity and asks for the password of the key, if it is encrypted. Otherwise like the other form.
    ///
    /// - Parameters:
    ///   - certificates: The certificate, and behind it those of the authorities between it and the root, if any.
    ///   - key: The private key. The default, nil, is that it stands in the same place.
    ///   - askingPassword: Gives the password, or nil when there is none; what it throws is thrown.
    public init(
        certificates: TLSMaterial, key: TLSMaterial? = nil,
        askingPassword: () throws(TransportError) -> String?
    ) throws(TransportError) {
        self.certificates = try MaterialReader.certificates(certificates)
        let keyMaterial = key
        self.key = try MaterialReader.key(keyMaterial ?? certificates, password: askingPassword)
        ErrorQueue.clear()
        let key = self.key.pointer
        let isOwn = self.certificates.first.map { $0.withX509 { X509_check_private_key($0, key) == 1 } } ?? false
        guard isOwn else {
            throw .openSSL(
                .tlsUnusableMaterial, operation: .loadCertificate,
                message: "the key in \((keyMaterial ?? certificates).place) is not that of the first certificate in "
                    + certificates.place
            ).with(advice: "give the key for which the certificate was made; in a file of several the own one is first")
        }
    }

    /// Gives the identity to a context or a connection, through the call that takes certificate, key and chain.
    func use(
        _ call: (_ certificate: OpaquePointer, _ key: OpaquePointer, _ chain: OpaquePointer) -> Int32
    ) -> Bool {
        guard let own = certificates.first, let chain = copenssl_x509_stack() else { return false }
        defer { copenssl_x509_free_all(chain) }
        for certificate in certificates.dropFirst() {
            let isAdded = certificate.withX509 { pointer in
                guard X509_up_ref(pointer) == 1 else { return false }
                if copenssl_x509_push(chain, pointer) > 0 { return true }
                X509_free(pointer)
                return false
            }
            guard isAdded else { return false }
        }
        return own.withX509 { call($0, key.pointer, chain) == 1 }
    }
}
