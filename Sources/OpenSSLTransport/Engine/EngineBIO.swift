internal import COpenSSL

/// The BIO through which libssl gets and gives ciphertext: two queues in memory, never a descriptor.
///
/// Its data is the engine that it belongs to. The engine owns the `SSL`, which owns the BIO: no callback comes after the
/// engine has gone, and so the pointer needs no retaining.
enum EngineBIO {
    /// How libssl calls us. Made once and never changed or freed, so that all threads may read it.
    private struct Method: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private static let method: Method = {
        let type = BIO_get_new_index()
        guard type >= 0, let method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "swift-transport") else {
            return Method(pointer: nil)
        }
        BIO_meth_set_read(method) { bio, target, count in
            copenssl_bio_clear_retry_flags(bio)
            guard let engine = engine(of: bio), count > 0 else { return -1 }
            let taken = engine.input.take(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)))
            if taken == 0 {
                engine.wanted = Int(count)
                copenssl_bio_set_retry_read(bio)
                return -1
            }
            return Int32(taken)
        }
        BIO_meth_set_write(method) { bio, source, count in
            copenssl_bio_clear_retry_flags(bio)
            guard let engine = engine(of: bio), count > 0 else { return -1 }
            if engine.output.count >= TLSEngine.mostOutput {
                copenssl_bio_set_retry_write(bio)
                return -1
            }
            engine.output.append(UnsafeRawBufferPointer(start: source, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return Method(pointer: method)
    }()

    /// Makes the BIO of an engine; nil when there is no memory for it.
    static func make(for engine: TLSEngine) -> OpaquePointer? {
        guard let method = method.pointer, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(engine).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    /// The engine that a BIO belongs to, in a callback.
    static func engine(of bio: OpaquePointer?) -> TLSEngine? {
        BIO_get_data(bio).map { Unmanaged<TLSEngine>.fromOpaque($0).takeUnretainedValue() }
    }
}
