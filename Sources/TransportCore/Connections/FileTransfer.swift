/// A file on its way into a connection: by the system, or read and sent where it cannot do that.
struct FileTransfer<Source: FileSource>: ~Copyable {
    private let source: Source
    /// The place of the next byte to be taken by the transport.
    private var place: Int64
    /// How many bytes are still wanted.
    private var wanted: Int64
    private var systemCan: Bool
    private var buffer: [UInt8] = []
    private var buffered = 0..<0

    /// How many bytes the transport has taken.
    private(set) var sent: Int64 = 0
    private(set) var isDone = false

    /// As much as one attempt moves, so that progress is told and deadlines are seen.
    private static var largestPart: Int { 1 << 20 }
    private static var bufferSize: Int { 64 << 10 }

    init(_ source: Source, from offset: Int64, count: Int64?) throws(TransportError) {
        guard offset >= 0 else {
            throw .invalidArgument("a file cannot be sent from \(offset): give 0 or more", operation: .send)
        }
        guard count ?? 0 >= 0 else {
            throw .invalidArgument("cannot send \(count ?? 0) bytes: give 0 or more, or nil for all", operation: .send)
        }
        self.source = source
        place = offset
        wanted = count ?? .max
        isDone = wanted == 0
        systemCan = source.fileDescriptor != nil
    }

    /// One attempt to move on.
    mutating func step<T: Transport>(on transport: T) throws(TransportError) -> SendStep {
        if systemCan, let descriptor = source.fileDescriptor {
            let part = Int(min(wanted, Int64(Self.largestPart)))
            if let step = try transport.trySendFile(descriptor, at: place, count: part) { return note(step) }
            systemCan = false
        }
        if buffered.isEmpty { try readMore() }
        guard !buffered.isEmpty else { return note(.sent(0)) }
        let range = buffered
        let step = try buffer.withRawSpan { (span) throws(TransportError) in
            try transport.trySend(span.extracting(range))
        }
        if case .sent(let count) = step { buffered = buffered.dropFirst(count) }
        return note(step)
    }

    private mutating func readMore() throws(TransportError) {
        let size = Int(min(wanted, Int64(Self.bufferSize)))
        if buffer.count < size { buffer = [UInt8](repeating: 0, count: size) }
        let (source, place) = (source, place)
        do throws(TransportError) {
            let count = try buffer.withOutputSpan(in: 0..<size) { (span: inout OutputRawSpan) throws(TransportError) in
                try source.read(into: &span, at: place)
                return span.byteCount
            }
            buffered = 0..<count
        } catch {
            // The file is broken, not the connection.
            throw error.with(aftermath: .usable)
        }
    }

    private mutating func note(_ step: SendStep) -> SendStep {
        guard case .sent(let count) = step else { return step }
        sent += Int64(count)
        place += Int64(count)
        wanted -= Int64(count)
        // Nothing more to send is the end of the file.
        isDone = count == 0 || wanted == 0
        return step
    }
}
