public import TransportCore

/// A stream that is recorded in a ``PacketCapture``, and changed in nothing.
public final class Captured<Lower: Transport>: TransportLayer where Lower.Family: EndpointAddressFamily {
    /// The addresses are of the family of the transport below.
    public typealias Family = Lower.Family

    /// The transport below.
    public let lower: Lower

    /// `captured`.
    public static var kind: String { "captured" }

    private let capture: PacketCapture
    private let number: Int
    private let isOpenedHere: Bool
    /// Nil until the stream is connected: its addresses are not known before.
    private let conversation = Locked<SyntheticConversation?>(nil)

    /// Puts the layer over a transport.
    ///
    /// - Parameters:
    ///   - lower: The transport below.
    ///   - capture: The recording.
    ///   - isOpenedHere: Whether this end made the connection, and not the peer.
    public init(over lower: Lower, capture: PacketCapture, isOpenedHere: Bool) {
        self.lower = lower
        self.capture = capture
        self.isOpenedHere = isOpenedHere
        number = capture.nextNumber()
    }

    // MARK: Recording

    /// Writes down what has happened. The lock keeps the order of the segments.
    private func record(_ packets: (inout SyntheticConversation) -> [[UInt8]]) {
        let now = lower.now
        conversation.withLock { conversation in
            var comment: String?
            var present: SyntheticConversation
            if let conversation { present = conversation } else { (present, comment) = makeConversation() }
            let packets = packets(&present)
            conversation = present
            if !packets.isEmpty { capture.write(packets, at: now, comment: comment) }
        }
    }

    private func makeConversation() -> (SyntheticConversation, String?) {
        let (local, remote) = (try? lower.localAddress, try? lower.remoteAddress)
        let ends = (local.map(Family.endpointAddress), remote.map(Family.endpointAddress))
        if case (.ip(let local)?, .ip(let remote)?) = ends {
            return (
                SyntheticConversation(local: local, remote: remote, number: number, isOpenedHere: isOpenedHere), nil
            )
        }
        // Addresses for documentation (RFC 5737) in place of others; the ports tell the streams apart.
        let port = UInt16(1024 + number % 60_000)
        let comment = "local \(ends.0?.description ?? "unknown"), remote \(ends.1?.description ?? "unknown")"
        return (
            SyntheticConversation(
                local: .v4(IPv4.SocketAddress(IPv4.Address(192, 0, 2, 1), port: isOpenedHere ? port : 1)),
                remote: .v4(IPv4.SocketAddress(IPv4.Address(192, 0, 2, 2), port: isOpenedHere ? 1 : port)),
                number: number, isOpenedHere: isOpenedHere
            ), comment
        )
    }

    private func recordData(_ bytes: [UInt8], fromHere: Bool) {
        if !bytes.isEmpty { record { $0.data(bytes, fromHere: fromHere) } }
    }

    /// A failure that is the peer's cutting the connection shows as such.
    private func recordFailure(_ error: TransportError) -> TransportError {
        if error.kind == .connectionReset || error.kind == .brokenPipe { record { $0.cut(fromHere: false) } }
        return error
    }

    // MARK: Steps

    /// Goes on establishing; the handshake is recorded when that is done.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        let step = try lower.tryEstablish()
        if step == .done { record { $0.begin() } }
        return step
    }

    /// Receives, and records.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        try receiving(&buffer) { (buffer: inout OutputRawSpan) throws(TransportError) in
            try lower.tryReceive(into: &buffer)
        }
    }

    /// Receives in the way of the transport below, and records.
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        try receiving(&buffer) { (buffer: inout OutputRawSpan) throws(TransportError) in
            try lower.receive(into: &buffer, until: deadline)
        }
    }

    private func receiving(
        _ buffer: inout OutputRawSpan, _ body: (inout OutputRawSpan) throws(TransportError) -> ReceiveStep
    ) throws(TransportError) -> ReceiveStep {
        let start = buffer.byteCount
        do throws(TransportError) {
            let step = try body(&buffer)
            switch step {
            case .received:
                recordData(buffer.withUnsafeMutableBytes { bytes, end in [UInt8](bytes[start..<end]) }, fromHere: false)
            case .endOfStream: record { $0.end(fromHere: false) }
            case .wouldBlock: break
            }
            return step
        } catch {
            throw recordFailure(error)
        }
    }

    /// Receives into several buffers, and records.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        do throws(TransportError) {
            let step = try lower.tryReceive(scatteringInto: segments)
            switch step {
            case .received(let count): recordData(segments.firstBytes(count), fromHere: false)
            case .endOfStream: record { $0.end(fromHere: false) }
            case .wouldBlock: break
            }
            return step
        } catch {
            throw recordFailure(error)
        }
    }

    /// Sends, and records.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        try sending({ count in bytes.withUnsafeBytes { [UInt8]($0.prefix(count)) } }) { () throws(TransportError) in
            try lower.trySend(bytes)
        }
    }

    /// Sends in the way of the transport below, and records.
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        try sending({ count in bytes.withUnsafeBytes { [UInt8]($0.prefix(count)) } }) { () throws(TransportError) in
            try lower.send(bytes, until: deadline)
        }
    }

    /// Sends several runs of bytes, and records.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        try sending({ segments.firstBytes($0) }) { () throws(TransportError) in
            try lower.trySend(gathering: segments)
        }
    }

    private func sending(
        _ bytes: (Int) -> [UInt8], _ body: () throws(TransportError) -> SendStep
    ) throws(TransportError) -> SendStep {
        do throws(TransportError) {
            let step = try body()
            if case .sent(let count) = step { recordData(bytes(count), fromHere: true) }
            return step
        } catch {
            throw recordFailure(error)
        }
    }

    /// Ends the sending direction, and records that.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        let step = try lower.tryShutdownWrite()
        if step == .done { record { $0.end(fromHere: true) } }
        return step
    }

    /// Closes, and records the end.
    public func close() {
        record { $0.end(fromHere: true) }
        lower.close()
    }

    /// Cuts, and records that.
    public func abort() {
        record { $0.cut(fromHere: true) }
        lower.abort()
    }

    /// What the transport below knows.
    public func isKnownUnready(for interest: Need.Interest) -> Bool { lower.isKnownUnready(for: interest) }
}

extension Backend where Family: EndpointAddressFamily {
    /// The same backend, whose streams are recorded as Wireshark can show them.
    ///
    /// - Parameter capture: The recording.
    public func captured(by capture: PacketCapture) -> LayeredBackend<Self, Captured<Stream>> {
        LayeredBackend(over: self) { (stream) throws(TransportError) in
            Captured(over: stream, capture: capture, isOpenedHere: true)
        } accepted: { (stream) throws(TransportError) in
            Captured(over: stream, capture: capture, isOpenedHere: false)
        }
    }
}
