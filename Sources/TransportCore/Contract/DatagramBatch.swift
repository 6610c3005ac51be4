/// Several datagrams that are sent or received together: over sockets, 64 with one system call.
///
/// A batch has its memory from the start and is used again and again, so that nothing is allocated while datagrams come
/// and go:
///
/// ```swift
/// var batch = try DatagramBatch<IP.SocketAddress>(capacity: 64, maximumSize: 1500)
/// while true {
///     try socket.receive(into: &batch)
///     batch.forEach { bytes, info in … }
/// }
/// ```
///
/// Inlinable, so that the compiler knows the addresses: otherwise every datagram looks types up, a hundred times the work.
public struct DatagramBatch<Address: Hashable & Sendable>: ~Copyable, Sendable {
    /// How many datagrams there is room for.
    public let capacity: Int

    /// The largest datagram that fits, in bytes; a larger one that is received is cut.
    public let maximumSize: Int

    /// How many datagrams are in the batch.
    @inlinable public var count: Int { filled }

    /// How many of them have been sent, from the front: also when sending the next one failed.
    @inlinable public var sentCount: Int { sent }

    @usableFromInline var filled = 0
    @usableFromInline var sent = 0
    @usableFromInline var bytes: [UInt8]
    @usableFromInline var infos: [DatagramInfo<Address>]
    /// Memory for a backend's own tables.
    @usableFromInline package var scratch: [UInt64] = []
    /// What went wrong after some datagrams of an earlier call, to be told by the next one.
    var failure: TransportError?

    /// Makes an empty batch.
    ///
    /// - Parameters:
    ///   - capacity: How many datagrams there is room for, 1 to 1,024. The default is 64, which sockets take at once.
    ///   - maximumSize: The largest datagram that fits, 0 to 65,535 bytes.
    /// - Throws: ``TransportError/Kind/invalidArgument`` when a number is out of range.
    public init(capacity: Int = 64, maximumSize: Int) throws(TransportError) {
        guard (1...1024).contains(capacity), (0...65535).contains(maximumSize) else {
            throw .invalidArgument(
                "a batch has room for 1 to 1024 datagrams of 0 to 65535 bytes, not for \(capacity) of \(maximumSize)",
                operation: .open)
        }
        self.capacity = capacity
        self.maximumSize = maximumSize
        bytes = [UInt8](repeating: 0, count: capacity * maximumSize)
        infos = [DatagramInfo](
            repeating: DatagramInfo(byteCount: 0, sender: nil, isTruncated: false), count: capacity)
    }

    // MARK: Filling

    /// Takes all datagrams out.
    @inlinable
    public mutating func removeAll() {
        filled = 0
        sent = 0
    }

    /// Adds a datagram to be sent.
    ///
    /// - Parameters:
    ///   - datagram: Its bytes, which are copied.
    ///   - address: Where it goes. The default, nil, is the peer of a connected socket.
    /// - Throws: ``TransportError/Kind/invalidArgument`` when the batch is full, ``TransportError/Kind/messageTooLarge``
    ///   when the datagram does not fit.
    @inlinable
    public mutating func append(_ datagram: RawSpan, to address: Address? = nil) throws(TransportError) {
        guard count < capacity else {
            throw .invalidArgument("the batch has its \(capacity) datagrams: send it first", operation: .send)
        }
        guard datagram.byteCount <= maximumSize else {
            throw TransportError(.messageTooLarge, operation: .send)
                .with(message: "\(datagram.byteCount) bytes do not fit the batch's \(maximumSize)")
        }
        let start = count * maximumSize
        bytes.withUnsafeMutableBytes { memory in
            datagram.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: memory[start...]).copyMemory(from: source)
            }
        }
        infos[count] = DatagramInfo(byteCount: datagram.byteCount, sender: address, isTruncated: false)
        filled += 1
    }

    /// Adds a datagram to be sent. Like the form for spans.
    @inlinable
    public mutating func append(
        _ datagram: some Collection<UInt8>, to address: Address? = nil
    ) throws(TransportError) {
        try datagram.withRawSpan { (span) throws(TransportError) in try append(span, to: address) }
    }

    // MARK: Reading

    /// Gives each datagram, with its sender (or, of one to be sent, where it goes).
    @inlinable
    public func forEach<Failure: Error>(
        _ body: (RawSpan, DatagramInfo<Address>) throws(Failure) -> Void
    ) throws(Failure) {
        try bytes.withUnsafeBufferPointer { (memory) throws(Failure) in
            for index in 0..<count {
                let start = index * maximumSize
                let datagram = UnsafeBufferPointer(rebasing: memory[start..<start + infos[index].byteCount])
                try body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(datagram)), infos[index])
            }
        }
    }

    /// One of the datagrams as an array, with its sender; nil when there are not that many.
    @inlinable
    public func datagram(at index: Int) -> (bytes: [UInt8], info: DatagramInfo<Address>)? {
        guard (0..<count).contains(index) else { return nil }
        let start = index * maximumSize
        return ([UInt8](bytes[start..<start + infos[index].byteCount]), infos[index])
    }
}

// MARK: - For backends

extension DatagramBatch {
    /// Has `body` receive the next datagram into the batch.
    ///
    /// - Returns: What `body` came to, or nil when the batch is full.
    @inlinable
    public mutating func receiveOne(
        _ body: (inout OutputRawSpan) throws(TransportError) -> DatagramStep<Address>
    ) throws(TransportError) -> DatagramStep<Address>? {
        guard count < capacity else { return nil }
        let start = count * maximumSize
        let step = try bytes.withOutputSpan(in: start..<start + maximumSize, body)
        if case .received(let info) = step { noteReceived(info) }
        return step
    }

    /// Has `body` send the next datagram that has not been sent.
    ///
    /// - Returns: What `body` came to, or nil when there is none.
    @inlinable
    public mutating func sendOne(
        _ body: (RawSpan, Address?) throws(TransportError) -> SendStep
    ) throws(TransportError) -> SendStep? {
        guard sentCount < count else { return nil }
        let (start, info) = (sentCount * maximumSize, infos[sentCount])
        let step = try bytes.withRawSpan { (span) throws(TransportError) in
            try body(span.extracting(start..<start + info.byteCount), info.sender)
        }
        if step.need == nil { sent += 1 }
        return step
    }

    /// The memory of all datagrams and the backend's own table of so many words.
    @inlinable
    package mutating func withMemory<Result>(
        scratchWords: Int,
        _ body: (UnsafeMutableRawBufferPointer, UnsafeMutableRawBufferPointer) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        if scratch.count < scratchWords { scratch = [UInt64](repeating: 0, count: scratchWords) }
        return try bytes.withUnsafeMutableBufferPointer { (bytes) throws(TransportError) in
            try scratch.withUnsafeMutableBufferPointer { (scratch) throws(TransportError) in
                try body(UnsafeMutableRawBufferPointer(bytes), UnsafeMutableRawBufferPointer(scratch))
            }
        }
    }

    /// What is known about a datagram at a place that exists.
    @inlinable package func info(at index: Int) -> DatagramInfo<Address> { infos[index] }

    /// Notes a datagram that was received into the memory after those that are there.
    @inlinable
    package mutating func noteReceived(_ info: DatagramInfo<Address>) {
        infos[count] = info
        filled += 1
    }

    /// Notes that so many more were sent.
    @inlinable
    package mutating func noteSent(_ more: Int) { sent = min(filled, sent + more) }
}

extension DatagramTransport {
    /// Receives one by one.
    public func tryReceive(
        into batch: inout DatagramBatch<Family.SocketAddress>
    ) throws(TransportError) -> ReceiveStep {
        if let failure = batch.failure {
            batch.failure = nil
            throw failure
        }
        var received = 0
        do throws(TransportError) {
            while let step = try batch.receiveOne({ (span: inout OutputRawSpan) throws(TransportError) in
                try tryReceive(into: &span)
            }) {
                if case .wouldBlock(let need) = step { return received > 0 ? .received(received) : .wouldBlock(need) }
                received += 1
            }
        } catch {
            guard received > 0 else { throw error }
            batch.failure = error
        }
        return .received(received)
    }

    /// Sends one by one.
    public func trySend(_ batch: inout DatagramBatch<Family.SocketAddress>) throws(TransportError) -> SendStep {
        var sent = 0
        do throws(TransportError) {
            while let step = try batch.sendOne({ (bytes, address) throws(TransportError) in
                try trySend(bytes, to: address)
            }) {
                if case .wouldBlock(let need) = step { return sent > 0 ? .sent(sent) : .wouldBlock(need) }
                sent += 1
            }
        } catch {
            // The next attempt meets it again.
            guard sent > 0 else { throw error }
        }
        return .sent(sent)
    }

    /// Tries and waits in turn.
    @inlinable
    public func receive(
        into batch: inout DatagramBatch<Family.SocketAddress>, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        try drive(until: deadline) { () throws(TransportError) in try tryReceive(into: &batch) }
    }
}
