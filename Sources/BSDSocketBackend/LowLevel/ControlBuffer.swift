internal import CSockets
internal import TransportCore

/// Control messages as the system has them, in memory that lasts for a call.
enum ControlBuffer {
    /// Gives control messages in the system's form.
    static func withBytes<Result>(
        of messages: [ControlMessage],
        _ body: (UnsafeMutableRawBufferPointer) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        var size = 0
        for message in messages { size += try ControlMessage.space(for: message.bytes.count) }
        guard size <= ControlMessage.largestSize else {
            throw .invalidArgument("\(size) bytes of control messages are too many for a message", operation: .send)
        }
        return try withRoom(size) { (buffer) throws(TransportError) -> Result in
            var used: Int64 = 0
            for message in messages {
                used = message.bytes.withUnsafeBytes { bytes in
                    csockets_control_append(
                        buffer.baseAddress, buffer.count, Int(used), message.level.rawValue, message.type,
                        bytes.baseAddress, bytes.count)
                }
                guard used >= 0 else { throw TransportError(errno: Int32(-used), .send) }
            }
            return try body(buffer)
        }
    }

    /// Gives room for control messages.
    static func withRoom<Result>(
        _ size: Int, _ body: (UnsafeMutableRawBufferPointer) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        // The standard library's call rethrows any error; the typed one travels through a result in its place.
        try withUnsafeTemporaryAllocation(byteCount: size, alignment: Int(csockets_control_alignment)) {
            buffer -> Swift.Result<Result, TransportError> in
            do throws(TransportError) {
                return .success(try body(buffer))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    /// What the system wrote: descriptors are owned at once, so that none stays open by mistake.
    static func read(
        _ buffer: UnsafeRawBufferPointer, _ syscalls: Syscalls
    ) -> (messages: [ControlMessage], descriptors: [OwnedDescriptor]) {
        var messages: [ControlMessage] = []
        var descriptors: [OwnedDescriptor] = []
        var found = CSocketsControl()
        while csockets_control_find(buffer.baseAddress, buffer.count, found.next, &found) != 0 {
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[found.offset..<found.offset + found.count])
            if found.level == OptionLevel.socket.rawValue, found.type == csockets_SCM_RIGHTS {
                for index in 0..<bytes.count / MemoryLayout<Int32>.size {
                    let number = bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self)
                    descriptors.append(OwnedDescriptor(owning: number, syscalls: syscalls))
                }
            } else {
                let level = OptionLevel(rawValue: found.level)
                messages.append(ControlMessage(level: level, type: found.type, bytes: [UInt8](bytes)))
            }
        }
        return (messages, descriptors)
    }
}
