internal import TransportCore

/// An end over a transport of a type.
final class TypedEnd<T: Transport>: StreamEnd {
    let name: String
    let transport: T
    /// Nil once the end was dropped.
    private let held: Locked<Connection<T>?>

    init(_ connection: Connection<T>, name: String) {
        self.name = name
        self.transport = connection.transport
        self.held = Locked(connection)
    }

    var connection: Connection<T> {
        get throws(TransportError) {
            guard let connection = held.withLock({ $0 }) else { throw .closed(.open) }
            return connection
        }
    }

    func drop() { _ = held.withLock { $0.take() } }

    // MARK: Sending

    func send(_ bytes: [UInt8], _ limit: Limit) throws(TransportError) -> Int {
        try connection.send(bytes, timeout: limit.timeout, deadline: limit.deadline)
    }

    func send(_ memory: UnsafeRawBufferPointer, _ limit: Limit) throws(TransportError) -> Int {
        // The caller keeps the memory until this returns.
        try connection.send(RawSpan(_unsafeBytes: memory), timeout: limit.timeout, deadline: limit.deadline)
    }

    func sendAll(_ bytes: [UInt8], _ limit: Limit) throws(TransportError) {
        try connection.sendAll(bytes, timeout: limit.timeout, deadline: limit.deadline)
    }

    func send(gathering segments: [[UInt8]], _ limit: Limit) throws(TransportError) -> Int {
        try connection.send(gathering: segments, timeout: limit.timeout, deadline: limit.deadline)
    }

    func sendAll(gathering segments: [[UInt8]], _ limit: Limit) throws(TransportError) {
        try connection.sendAll(gathering: segments, timeout: limit.timeout, deadline: limit.deadline)
    }

    // MARK: Receiving

    func receive(atMost count: Int, _ limit: Limit) throws(TransportError) -> [UInt8]? {
        try connection.receive(atMost: count, timeout: limit.timeout, deadline: limit.deadline)
    }

    func receive(
        into memory: UnsafeMutableRawBufferPointer, _ limit: Limit
    ) throws(TransportError) -> (count: Int?, filled: Int) {
        let connection = try connection
        return try memory.withOutputSpan { (span: inout OutputRawSpan) throws(TransportError) in
            let count = try connection.receive(into: &span, timeout: limit.timeout, deadline: limit.deadline)
            return (count, span.byteCount)
        }
    }

    func receiveExactly(_ count: Int, _ limit: Limit) throws(TransportError) -> [UInt8] {
        try connection.receiveExactly(count, timeout: limit.timeout, deadline: limit.deadline)
    }

    func receive(scatteringInto arrays: inout [[UInt8]], _ limit: Limit) throws(TransportError) -> Int? {
        try connection.receive(scatteringInto: &arrays, timeout: limit.timeout, deadline: limit.deadline)
    }

    // MARK: The rest of a connection

    func shutdownWrite(_ limit: Limit) throws(TransportError) {
        try connection.shutdownWrite(timeout: limit.timeout, deadline: limit.deadline)
    }

    func establish(_ limit: Limit) throws(TransportError) {
        try connection.establish(timeout: limit.timeout, deadline: limit.deadline)
    }

    func wait(for interest: Need.Interest, _ limit: Limit) throws(TransportError) -> Bool {
        try connection.wait(for: interest, timeout: limit.timeout, deadline: limit.deadline)
    }

    func close() { try? connection.close() }

    func close(timeout: Duration) throws(TransportError) -> Bool { try connection.close(timeout: timeout) }

    func abort() { try? connection.abort() }

    var mode: IOMode {
        get { (try? connection.mode) ?? .blocking }
        set { try? connection.mode = newValue }
    }

    var isClosed: Bool { (try? connection.isClosed) ?? true }

    // MARK: Knowledge

    func localAddress() throws(TransportError) -> AnyHashable { AnyHashable(try connection.localAddress) }

    func remoteAddress() throws(TransportError) -> AnyHashable { AnyHashable(try connection.remoteAddress) }

    var facts: TransportFacts { transport.facts }

    var hasBufferedInput: Bool { transport.hasBufferedInput }

    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { transport.query(key) }

    var stack: [String] { transport.stack }

    func apply(_ setting: OptionSetting) throws(TransportError) { try connection.apply(setting) }

    func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try connection.optionValue(named: name)
    }

    var now: Instant { transport.now }
}
