internal import COpenSSL
internal import TransportCore

/// The BIO of engines for datagrams: one datagram a read, one a write, and the answers to what libssl asks about them.
enum DatagramBIO {
    /// As for streams: made once and never changed or freed, so that all threads may read it.
    private struct Method: @unchecked Sendable {
        let pointer: OpaquePointer?
    }

    private static let method: Method = {
        let type = BIO_get_new_index()
        guard type >= 0, let method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "swift-transport datagrams") else {
            return Method(pointer: nil)
        }
        BIO_meth_set_read(method) { bio, target, count in
            copenssl_bio_clear_retry_flags(bio)
            guard let port = EngineBIO.engine(of: bio)?.port, let target, count > 0, let datagram = port.input else {
                copenssl_bio_set_retry_read(bio)
                return -1
            }
            port.input = nil
            let taken = min(Int(count), datagram.count)
            UnsafeMutableRawBufferPointer(start: target, count: taken)
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: datagram.prefix(taken)))
            return Int32(taken)
        }
        BIO_meth_set_write(method) { bio, source, count in
            copenssl_bio_clear_retry_flags(bio)
            guard let port = EngineBIO.engine(of: bio)?.port, count > 0 else { return -1 }
            port.append(UnsafeRawBufferPointer(start: source, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(method) { bio, command, number, pointer in
            guard let engine = EngineBIO.engine(of: bio), let port = engine.port else { return 0 }
            switch command {
            case BIO_CTRL_FLUSH: return 1
            case BIO_CTRL_DGRAM_QUERY_MTU: return min(port.largest, DatagramPort.largestOfHandshake)
            case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return min(port.largest, DatagramPort.smallest)
            case BIO_CTRL_DGRAM_SET_MTU: return number
            case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: return 48
            case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
                guard let time = pointer?.assumingMemoryBound(to: timeval.self) else { return 0 }
                engine.timer.changed(time, at: port.now)
                return 1
            default: return 0
            }
        }
        return Method(pointer: method)
    }()

    /// Makes the BIO of an engine; nil when there is no memory for it.
    static func make(for engine: TLSEngine) -> OpaquePointer? {
        guard let method = method.pointer, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(engine).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }
}
