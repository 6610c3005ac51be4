import TransportCore

// Transports that say something wrong of themselves.

/// Claims other facts than the transport below, and behaves as that does.
struct Claiming<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    var adding: TransportFacts = []
    var removing: TransportFacts = []

    var facts: TransportFacts { lower.facts.union(adding).subtracting(removing) }
}

/// Takes its own address for the peer's.
struct SwapsAddresses<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    var remoteAddress: Family.SocketAddress {
        get throws(TransportError) { try lower.localAddress }
    }
}

/// Forgets its addresses when the peer has gone.
struct LosesAddresses<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    var remoteAddress: Family.SocketAddress {
        get throws(TransportError) {
            if try lower.wait(for: .readable, until: .passed) {
                throw TransportError(.notConnected, operation: .getAddress)
            }
            return try lower.remoteAddress
        }
    }
}

/// Takes options that nobody has.
struct TakesAnyOption<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func apply(_ setting: OptionSetting) throws(TransportError) {}
}

/// Passes no questions on.
struct AnswersNothing<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { nil }
}

/// Does not say what it is made of.
struct SaysNothing<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    var stack: [String] { [] }
}

/// Leaves the transport below open.
struct LeavesTheLowerOpen<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func close() {}
}

/// Sends several runs one by one.
struct TakesVectorsApart<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        for index in segments.indices where segments[index].count > 0 {
            return try lower.trySend(RawSpan(_unsafeBytes: segments[index].buffer))
        }
        return .sent(0)
    }
}
