public import TransportCore

extension SocketDatagrams {
    /// Receives up to 64 datagrams that are there. One system call on Linux (`recvmmsg`).
    @inlinable
    public func tryReceive(
        into batch: inout DatagramBatch<Family.SocketAddress>
    ) throws(TransportError) -> ReceiveStep {
        try receive(into: &batch, within: nil)
    }

    /// Receives up to 64 datagrams, waiting for the first. One system call on Linux, two with a deadline.
    @inlinable
    public func receive(
        into batch: inout DatagramBatch<Family.SocketAddress>, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        try receive(into: &batch, within: deadline)
    }

    @inlinable
    func receive(
        into batch: inout DatagramBatch<Family.SocketAddress>, within deadline: Deadline?
    ) throws(TransportError) -> ReceiveStep {
        let (stride, start, room) = (batch.maximumSize, batch.count, batch.capacity - batch.count)
        guard room > 0 else { return .received(0) }
        let step = try batch.withMemory(scratchWords: SocketHandle.tableWords(batch.capacity)) {
            (memory, table) throws(TransportError) in
            try handle.receiveBatch(
                into: UnsafeMutableRawBufferPointer(rebasing: memory[(start * stride)...]), stride: stride,
                table: table,
                count: room, until: deadline)
        }
        guard case .received(let count) = step else { return step }
        for index in 0..<count {
            let info = try batch.withMemory(scratchWords: 0) { (_, table) throws(TransportError) in
                let found = SocketHandle.received(index, in: table)
                let sender = found.address.isEmpty ? nil : normalize(try Family.decode(found.address))
                return DatagramInfo(byteCount: found.byteCount, sender: sender, isTruncated: found.isTruncated)
            }
            batch.noteReceived(info)
        }
        return step
    }

    /// Sends up to 64 datagrams. One system call on Linux (`sendmmsg`).
    @inlinable
    public func trySend(
        _ batch: inout DatagramBatch<Family.SocketAddress>
    ) throws(TransportError) -> SendStep {
        let (stride, start) = (batch.maximumSize, batch.sentCount)
        let count = min(batch.count - start, 64)
        guard count > 0 else { return .sent(0) }
        for index in 0..<count {
            let info = batch.info(at: start + index)
            try batch.withMemory(scratchWords: SocketHandle.tableWords(batch.capacity)) {
                (_, table) throws(TransportError) in
                SocketHandle.setDatagram(index, in: table, byteCount: info.byteCount) { room in
                    info.sender.map { Family.encode($0, domain: handle.domain, into: room) } ?? 0
                }
            }
        }
        do throws(TransportError) {
            let step = try batch.withMemory(scratchWords: 0) { (memory, table) throws(TransportError) in
                try handle.trySendBatch(
                    UnsafeRawBufferPointer(rebasing: memory[(start * stride)...]), stride: stride, table: table,
                    count: count)
            }
            if case .sent(let sent) = step { batch.noteSent(sent) }
            return step
        } catch {
            guard let address = batch.info(at: start).sender else { throw error }
            throw error.with(address: address)
        }
    }
}
