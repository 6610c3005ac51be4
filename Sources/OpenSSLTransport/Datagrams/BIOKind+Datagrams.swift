internal import COpenSSL
internal import TransportCore

extension BIOKind {
    /// The BIO of engines for datagrams: one datagram a read, one a write, and the answers to what libssl asks about them.
    static let datagrams = BIOKind("swift-transport datagrams") { method in
        BIO_meth_set_read(method) { bio, target, count in
            copenssl_bio_clear_retry_flags(bio)
            guard let port = BIOKind.engine(of: bio)?.port, let target, count > 0, let datagram = port.input else {
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
            guard let port = BIOKind.engine(of: bio)?.port, count > 0 else { return -1 }
            port.append(UnsafeRawBufferPointer(start: source, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(method) { bio, command, number, pointer in
            guard let engine = BIOKind.engine(of: bio), let port = engine.port else { return 0 }
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
    }
}
