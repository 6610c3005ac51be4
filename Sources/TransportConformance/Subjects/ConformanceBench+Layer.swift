public import TransportCore

extension ConformanceBench {
    /// Makes a bench for a layer over another transport, and looks at what the layer does to that.
    ///
    /// - Parameters:
    ///   - makeLower: Makes the two connected ends of a stream below.
    ///   - isInvisible: Whether the layer is to change nothing: every call then has to reach the transport below as it
    ///     is. The default is false.
    ///   - wrap: Puts the layer over one end.
    public init<Lower: Transport, Layer: Transport>(
        over makeLower: @escaping @Sendable () throws -> (Lower, Lower), isInvisible: Bool = false,
        wrapping wrap: @escaping @Sendable (AnyTransport<Lower.Family>) throws -> Layer
    ) {
        let bench = TypedLayerBench(makeLower: makeLower, isInvisible: isInvisible, wrap: wrap)
        self.init(makeStreams: { observer in try bench.makeProbed(observer).pair })
        layer = bench
    }
}

/// A layer and the transport below it, whatever their types.
protocol LayerBench: Sendable {
    var isInvisible: Bool { get }

    /// A pair with the layer at both ends, and what looks at the transport below end A.
    func makeProbed(_ observer: (any OperationObserver)?) throws -> (pair: StreamPair, probe: ProbeRecord)
}

struct TypedLayerBench<Lower: Transport, Layer: Transport>: LayerBench {
    let makeLower: @Sendable () throws -> (Lower, Lower)
    let isInvisible: Bool
    let wrap: @Sendable (AnyTransport<Lower.Family>) throws -> Layer

    func makeProbed(_ observer: (any OperationObserver)?) throws -> (pair: StreamPair, probe: ProbeRecord) {
        let (a, b) = try makeLower()
        let record = ProbeRecord(facts: a.facts)
        let pair = ConformancePair(
            try wrap(AnyTransport(Probe(lower: a, record: record))),
            try wrap(AnyTransport(Probe(lower: b, record: ProbeRecord(facts: b.facts))))
        )
        return (try StreamPair(pair, observer: observer), record)
    }
}

/// How often each operation of a transport was called.
final class ProbeRecord: Sendable {
    let facts: TransportFacts
    private let counts = Locked<[String: Int]>([:])

    init(facts: TransportFacts) { self.facts = facts }

    func count(_ call: String) { counts.withLock { $0[call, default: 0] += 1 } }

    subscript(call: String) -> Int { counts.withLock { $0[call] ?? 0 } }
}

/// A question that the probe answers, and nothing above it can.
enum ProbeKey: MetadataKey {
    typealias Value = Int
    static let answer = 0x9106E
    /// What the probe is in a stack.
    static let kind = "probe of the conformance suite"
}

/// A layer without a policy that counts what is called.
private struct Probe<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    let record: ProbeRecord

    static var kind: String { ProbeKey.kind }

    func tryEstablish() throws(TransportError) -> ProgressStep {
        record.count("tryEstablish")
        return try lower.tryEstablish()
    }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        record.count("tryReceive")
        return try lower.tryReceive(into: &buffer)
    }

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        record.count("trySend")
        return try lower.trySend(bytes)
    }

    func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        record.count("tryReceive scattering")
        return try lower.tryReceive(scatteringInto: segments)
    }

    func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        record.count("trySend gathering")
        return try lower.trySend(gathering: segments)
    }

    func tryFlush() throws(TransportError) -> ProgressStep {
        record.count("tryFlush")
        return try lower.tryFlush()
    }

    func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        record.count("tryShutdownWrite")
        return try lower.tryShutdownWrite()
    }

    func tryFinish() throws(TransportError) -> ProgressStep {
        record.count("tryFinish")
        return try lower.tryFinish()
    }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        record.count("wait")
        return try lower.wait(for: need, until: deadline)
    }

    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        record.count("ready")
        return try await lower.ready(for: need, until: deadline)
    }

    func close() {
        record.count("close")
        lower.close()
    }

    func abort() {
        record.count("abort")
        lower.abort()
    }

    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        if key == ProbeKey.self { return ProbeKey.answer as? Key.Value }
        return lower.query(key)
    }

    func apply(_ setting: OptionSetting) throws(TransportError) {
        record.count("apply")
        try lower.apply(setting)
    }

    func optionValue(named name: String) throws(TransportError) -> OptionValue {
        record.count("optionValue")
        return try lower.optionValue(named: name)
    }
}
