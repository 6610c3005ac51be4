internal import CSockets
public import TransportCore

/// What came with a message.
public struct ReceivedSocketMessage: Sendable {
    /// How many bytes were received: 0 at the end of a stream, and for an empty datagram.
    public var byteCount: Int
    /// Who sent it; nil where the system gives none.
    public var sender: RawSocketAddress?
    /// What became of it: whether it was cut (``MessageFlags/truncated``), whether what came with it was
    /// (``MessageFlags/controlTruncated``), whether it ends a record.
    public var flags: MessageFlags
    /// What came along, except descriptors.
    public var control: [ControlMessage]
    /// The descriptors that came along. Children do not inherit them, and they are closed with these owners.
    public var descriptors: [OwnedDescriptor]

    /// The first control message that says something.
    public func first<Value>(_ value: (ControlMessage) -> Value?) -> Value? { control.lazy.compactMap(value).first }
}

extension SocketDescriptor {
    /// Sends one message out of several runs of bytes, with control messages. The corresponding C function is `sendmsg`.
    ///
    /// - Parameters:
    ///   - segments: The bytes. More than 64 runs that are not empty are put together first.
    ///   - control: What goes along. The default is nothing. With a stream, at least one byte must go along with it.
    ///   - address: Where it goes. The default, nil, is the peer.
    ///   - flags: How. The default is none.
    /// - Returns: How many bytes the system took, from the front.
    /// - Throws: As ``send(_:flags:)-(RawSpan,_)`` does; ``/TransportCore/TransportError/Kind/invalidArgument`` when
    ///   there is too much control, and when the system knows nothing of it;
    ///   ``/TransportCore/TransportError/Kind/invalidState`` (`EBADF`) for a descriptor to be passed that is not open.
    @discardableResult
    public func sendMessage(
        _ segments: [[UInt8]], control: [ControlMessage] = [], to address: RawSocketAddress? = nil,
        flags: MessageFlags = []
    ) throws(TransportError) -> Int {
        // The memory of each array is only promised inside a closure of its own. Very many are one copy instead.
        let segments = Self.fitsTable(segments) ? segments : [Array(segments.joined())]
        try handle.enter(.send)
        defer { handle.leave() }
        try waitWhereCallsAreNotWoken(.writable, flags)
        let system = (address?.system ?? SocketAddressBytes())
        let result = try ControlBuffer.withBytes(of: control) { (control) throws(TransportError) -> Int in
            try withSegments(of: segments[...], skipping: 0) { (table) throws(TransportError) -> Int in
                system.withBytes { name in
                    var message = CSocketsMessage()
                    message.address = UnsafeMutableRawPointer(mutating: name.baseAddress)
                    message.address_length = UInt32(name.count)
                    message.control = control.baseAddress
                    message.control_length = control.count
                    return handle.attempt(.writable) {
                        handle.syscalls.sendMessage(
                            handle.descriptor, gathering: table.baseAddress, table.count, message, flags: flags.rawValue
                        )
                    }
                }
            }
        }
        do throws(TransportError) {
            return try count(result, .send)
        } catch {
            guard let address else { throw error }
            throw error.with(address: address)
        }
    }

    /// Receives one message into several arrays, with its control messages. The corresponding C function is `recvmsg`.
    ///
    /// - Parameters:
    ///   - segments: Where the bytes go, in order; elements after the received ones keep their values. More than 64 arrays
    ///     that are not empty are filled from a copy.
    ///   - controlCapacity: The room for what comes along, in bytes: see ``ControlMessage/space(for:)``. The default is
    ///     none, and then what comes along is lost, descriptors closed, and the flags say so.
    ///   - flags: How. The default is none.
    /// - Throws: As ``receive(into:flags:)`` does, and ``/TransportCore/TransportError/Kind/invalidArgument`` when the
    ///   capacity is negative or more than ``ControlMessage/largestSize``.
    public func receiveMessage(
        into segments: inout [[UInt8]], controlCapacity: Int = 0, flags: MessageFlags = []
    ) throws(TransportError) -> ReceivedSocketMessage {
        guard (0...ControlMessage.largestSize).contains(controlCapacity) else {
            throw .invalidArgument(
                "the room for control messages is 0 to \(ControlMessage.largestSize) bytes, not \(controlCapacity)",
                operation: .receive)
        }
        guard Self.fitsTable(segments) else {
            var whole = [[UInt8](repeating: 0, count: segments.reduce(0) { $0 + $1.count })]
            let message = try receiveMessage(into: &whole, controlCapacity: controlCapacity, flags: flags)
            var rest = whole[0].prefix(message.byteCount)
            for index in segments.indices where !rest.isEmpty {
                let part = rest.prefix(segments[index].count)
                segments[index].replaceSubrange(..<part.count, with: part)
                rest = rest.dropFirst(part.count)
            }
            return message
        }
        try handle.enter(.receive)
        defer { handle.leave() }
        try waitWhereCallsAreNotWoken(.readable, flags)
        return try withMutableSegments(of: &segments) { (table) throws(TransportError) -> ReceivedSocketMessage in
            try ControlBuffer.withRoom(controlCapacity) { (control) throws(TransportError) -> ReceivedSocketMessage in
                try receive(table, control, flags)
            }
        }
    }

    /// Receives one message into a new array, with its control messages. Like the form for several arrays.
    public func receiveMessage(
        atMost maximum: Int, controlCapacity: Int = 0, flags: MessageFlags = []
    ) throws(TransportError) -> (bytes: [UInt8], message: ReceivedSocketMessage) {
        var segments = [[UInt8](repeating: 0, count: try Self.portion(of: maximum, flags))]
        let message = try receiveMessage(into: &segments, controlCapacity: controlCapacity, flags: flags)
        return ([UInt8](segments[0].prefix(message.byteCount)), message)
    }

    /// Whether so many arrays are handed to the system as they are.
    private static func fitsTable(_ segments: [[UInt8]]) -> Bool {
        segments.count <= largestSegmentTable || segments.lazy.filter { !$0.isEmpty }.count <= largestSegmentTable
    }

    private func receive(
        _ table: UnsafeBufferPointer<MutableByteSegment>, _ control: UnsafeMutableRawBufferPointer,
        _ flags: MessageFlags
    ) throws(TransportError) -> ReceivedSocketMessage {
        var sender = SocketAddressBytes()
        var message = CSocketsMessage()
        message.control = control.baseAddress
        message.control_length = control.count
        let result = sender.fill { address, length in
            message.address = address
            message.address_length = length.pointee
            defer { length.pointee = message.address_length }
            return handle.attempt(.readable) {
                handle.syscalls.receiveMessage(
                    handle.descriptor, scatteringInto: table.baseAddress, table.count, &message, flags: flags.rawValue)
            }
        }
        let byteCount = try count(result, .receive)
        let length = min(message.control_length, control.count)
        let found = ControlBuffer.read(UnsafeRawBufferPointer(rebasing: control[..<length]), handle.syscalls)
        return ReceivedSocketMessage(
            byteCount: byteCount, sender: sender.count == 0 ? nil : RawSocketAddress(sender),
            flags: MessageFlags(rawValue: message.flags), control: found.messages, descriptors: found.descriptors)
    }
}

extension SocketDescriptor {
    /// Sends a few bytes together with descriptors, to a Unix socket.
    ///
    /// The receiver gets copies; these descriptors stay the caller's. With a stream there must be at least one byte.
    ///
    /// - Returns: How many bytes the system took, from the front.
    /// - Throws: As ``sendMessage(_:control:to:flags:)`` does.
    @discardableResult
    public func send(
        _ bytes: some Collection<UInt8>, passing descriptors: [Int32]
    ) throws(TransportError) -> Int {
        try sendMessage([Array(bytes)], control: descriptors.isEmpty ? [] : [.descriptors(descriptors)])
    }

    /// Receives bytes together with descriptors, from a Unix socket.
    ///
    /// - Parameters:
    ///   - maximum: How many bytes to receive at most.
    ///   - count: How many descriptors to take at most; what is more, is closed.
    /// - Returns: The bytes, none at the end of a stream, and the descriptors, which children do not inherit and which
    ///   are closed with their owners.
    /// - Throws: As ``receiveMessage(atMost:controlCapacity:flags:)`` does;
    ///   ``/TransportCore/TransportError/Kind/invalidArgument`` when a number is negative.
    public func receive(
        atMost maximum: Int, descriptorsAtMost count: Int
    ) throws(TransportError) -> (bytes: [UInt8], descriptors: [OwnedDescriptor]) {
        let capacity = try ControlMessage.space(forDescriptors: count)
        let (bytes, message) = try receiveMessage(atMost: maximum, controlCapacity: capacity)
        // The room is counted in whole words of the system, into which one descriptor more may go: it is closed.
        return (bytes, Array(message.descriptors.prefix(count)))
    }
}
