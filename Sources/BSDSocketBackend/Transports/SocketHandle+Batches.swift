internal import CSockets
public import TransportCore

// Batches, as far as they do not depend on the address family. The table of a batch is one of CSocketsDatagram.
extension SocketHandle {
    /// How many words the table of so many datagrams has.
    @usableFromInline static func tableWords(_ count: Int) -> Int { count * MemoryLayout<CSocketsDatagram>.stride / 8 }

    /// Receives datagrams, waiting for the first until a deadline; with none, only those that are there now.
    @usableFromInline
    func receiveBatch(
        into memory: UnsafeMutableRawBufferPointer, stride: Int, table: UnsafeMutableRawBufferPointer, count: Int,
        until deadline: Deadline?
    ) throws(TransportError) -> ReceiveStep {
        try enter(.receive)
        defer { leave() }
        if deadline == .never, mayBlockInCalls {
            let step = try receiveBatch(memory, stride, table, count, flags: 0)
            guard case .wouldBlock = step else { return step }
        }
        while true {
            if let deadline, try !poll(.readable, until: deadline) { return .wouldBlock(.readable) }
            let step = try receiveBatch(memory, stride, table, count, flags: csockets_msg_dontwait)
            guard case .wouldBlock = step, let deadline, !deadline.hasPassed(at: now) else { return step }
        }
    }

    private func receiveBatch(
        _ memory: UnsafeMutableRawBufferPointer, _ stride: Int, _ table: UnsafeMutableRawBufferPointer, _ count: Int,
        flags: Int32
    ) throws(TransportError) -> ReceiveStep {
        let datagrams = table.assumingMemoryBound(to: CSocketsDatagram.self).baseAddress
        let result = attempt(.readable) {
            syscalls.retryingBatch(.receive) {
                csockets_receive_batch(descriptor, memory.baseAddress, stride, datagrams, Int32(clamping: count), flags)
            }
        }
        // Closing wakes a blocked receive with what looks like an empty datagram.
        if result >= 0, isClosed { throw .closed(.receive) }
        if result >= 0 { return .received(Int(result)) }
        if result == -EAGAIN { return .wouldBlock(Need(.readable, systemCode: EAGAIN)) }
        throw datagramFailure(Int(result), .receive)
    }

    /// Sends datagrams as far as there is room.
    @usableFromInline
    func trySendBatch(
        _ memory: UnsafeRawBufferPointer, stride: Int, table: UnsafeMutableRawBufferPointer, count: Int
    ) throws(TransportError) -> SendStep {
        try enter(.send)
        defer { leave() }
        let datagrams = table.assumingMemoryBound(to: CSocketsDatagram.self).baseAddress
        let result = attempt(.writable) {
            syscalls.retryingBatch(.send) {
                csockets_send_batch(
                    descriptor, memory.baseAddress, stride, datagrams, Int32(clamping: count), csockets_msg_dontwait)
            }
        }
        return try datagramSendStep(Int(result))
    }

    /// What the table says about a datagram that was received.
    @usableFromInline
    static func received(
        _ index: Int, in table: UnsafeMutableRawBufferPointer
    ) -> (byteCount: Int, isTruncated: Bool, address: UnsafeRawBufferPointer) {
        let datagrams = table.assumingMemoryBound(to: CSocketsDatagram.self)
        let length = min(Int(datagrams[index].address_length), SocketAddressBytes.capacity)
        return (
            Int(datagrams[index].size), datagrams[index].is_truncated != 0,
            UnsafeRawBufferPointer(rebasing: table[addressOffset(index)..<addressOffset(index) + length])
        )
    }

    /// Has the table say where a datagram goes, and how long it is.
    @usableFromInline
    static func setDatagram(
        _ index: Int, in table: UnsafeMutableRawBufferPointer, byteCount: Int,
        address: (UnsafeMutableRawBufferPointer) -> Int
    ) {
        let place = addressOffset(index)
        let room = UnsafeMutableRawBufferPointer(rebasing: table[place..<place + SocketAddressBytes.capacity])
        room.initializeMemory(as: UInt8.self, repeating: 0)
        let length = max(0, min(SocketAddressBytes.capacity, address(room)))
        let datagrams = table.assumingMemoryBound(to: CSocketsDatagram.self)
        datagrams[index].size = UInt32(clamping: byteCount)
        datagrams[index].address_length = UInt32(length)
    }

    private static func addressOffset(_ index: Int) -> Int {
        index * MemoryLayout<CSocketsDatagram>.stride + (MemoryLayout<CSocketsDatagram>.offset(of: \.address) ?? 16)
    }
}
