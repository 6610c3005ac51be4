internal import COpenSSL

/// A private key of OpenSSL, owned.
///
/// Sendable: after it was read, it is only ever asked, and OpenSSL counts references and caches under locks of its own.
final class OwnedKey: @unchecked Sendable {
    let pointer: OpaquePointer
    init(owning pointer: OpaquePointer) { self.pointer = pointer }
    deinit { EVP_PKEY_free(pointer) }
}
