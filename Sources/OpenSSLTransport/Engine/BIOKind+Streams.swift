internal import COpenSSL

extension BIOKind {
    /// The BIO of engines for streams: libssl gets and gives ciphertext through two queues in memory.
    static let streams = BIOKind("swift-transport") { method in
        BIO_meth_set_read(method) { bio, target, count in
            copenssl_bio_clear_retry_flags(bio)
            guard count > 0 else { return -1 }
            return BIOKind.withEngine(of: bio) { engine in
                let taken = engine.input.take(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)))
                if taken > 0 { return Int32(taken) }
                engine.wanted = Int(count)
                copenssl_bio_set_retry_read(bio)
                return -1
            }
        }
        BIO_meth_set_write(method) { bio, source, count in
            copenssl_bio_clear_retry_flags(bio)
            guard count > 0 else { return -1 }
            return BIOKind.withEngine(of: bio) { engine in
                if engine.output.count >= TLSEngine.mostOutput {
                    copenssl_bio_set_retry_write(bio)
                    return -1
                }
                engine.output.append(UnsafeRawBufferPointer(start: source, count: Int(count)))
                return count
            }
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
    }
}
