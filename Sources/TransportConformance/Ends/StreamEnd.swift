internal import TransportCore

/// One end of a stream, whatever the type of its transport: the operations of a connection, and the steps below it.
///
/// Cases are written against this, so that they need no generics.
protocol StreamEnd: AnyObject, Sendable, CustomStringConvertible {
    /// What the end is called in traces.
    var name: String { get }

    // MARK: The connection

    func send(_ bytes: [UInt8], _ limit: Limit) throws(TransportError) -> Int
    func send(_ memory: UnsafeRawBufferPointer, _ limit: Limit) throws(TransportError) -> Int
    func sendAll(_ bytes: [UInt8], _ limit: Limit) throws(TransportError)
    func send(gathering segments: [[UInt8]], _ limit: Limit) throws(TransportError) -> Int
    func sendAll(gathering segments: [[UInt8]], _ limit: Limit) throws(TransportError)
    func receive(atMost count: Int, _ limit: Limit) throws(TransportError) -> [UInt8]?
    /// Receives into a part of some memory; gives the count that was told and how much the span was filled.
    func receive(
        into memory: UnsafeMutableRawBufferPointer, _ limit: Limit
    ) throws(TransportError) -> (count: Int?, filled: Int)
    func receiveExactly(_ count: Int, _ limit: Limit) throws(TransportError) -> [UInt8]
    func receive(scatteringInto arrays: inout [[UInt8]], _ limit: Limit) throws(TransportError) -> Int?
    func shutdownWrite(_ limit: Limit) throws(TransportError)
    func establish(_ limit: Limit) throws(TransportError)
    func wait(for interest: Need.Interest, _ limit: Limit) throws(TransportError) -> Bool
    func close()
    func close(timeout: Duration) throws(TransportError) -> Bool
    func abort()
    /// Lets go of the connection without closing it.
    func drop()
    var mode: IOMode { get set }
    var isClosed: Bool { get }

    // MARK: The connection, in a task

    func sendAll(_ bytes: [UInt8], suspending limit: Limit) async throws(TransportError)
    func receive(atMost count: Int, suspending limit: Limit) async throws(TransportError) -> [UInt8]?
    func receiveExactly(_ count: Int, suspending limit: Limit) async throws(TransportError) -> [UInt8]
    func shutdownWrite(suspending limit: Limit) async throws(TransportError)
    func close(suspendingFor timeout: Duration) async throws(TransportError) -> Bool

    // MARK: The transport's steps

    func tryReceive(atMost count: Int) throws(TransportError) -> (step: ReceiveStep, bytes: [UInt8])
    func trySend(_ bytes: [UInt8]) throws(TransportError) -> SendStep
    func trySend(_ memory: UnsafeRawBufferPointer) throws(TransportError) -> SendStep
    func tryReceive(scatteringInto arrays: inout [[UInt8]]) throws(TransportError) -> ReceiveStep
    func trySend(gathering segments: [[UInt8]]) throws(TransportError) -> SendStep
    func tryFlush() throws(TransportError) -> ProgressStep
    func tryShutdownWrite() throws(TransportError) -> ProgressStep
    func waitStep(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool
    func ready(for need: Need) async throws(TransportError)
    func closeTransport()

    // MARK: Knowledge

    func localAddress() throws(TransportError) -> AnyHashable
    func remoteAddress() throws(TransportError) -> AnyHashable
    var facts: TransportFacts { get }
    var hasBufferedInput: Bool { get }
    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value?
    var stack: [String] { get }
    func apply(_ setting: OptionSetting) throws(TransportError)
    func optionValue(named name: String) throws(TransportError) -> OptionValue
    var now: Instant { get }
}

extension StreamEnd {
    /// What the end is, in traces.
    var description: String { "a connection" }

    /// The deadline that lies `duration` from now.
    func deadline(after duration: Duration) -> Deadline { .at(now.advanced(by: duration)) }
}

/// The two ends of a stream.
struct StreamPair: Sendable {
    let a: any StreamEnd
    let b: any StreamEnd
    let sever: (@Sendable () -> Void)?

    init<T: Transport>(_ pair: ConformancePair<T>, observer: (any OperationObserver)? = nil) throws {
        let (a, b) = try pair.connect(observer)
        self.a = TypedEnd(a, name: "A")
        self.b = TypedEnd(b, name: "B")
        self.sever = pair.sever
    }
}
