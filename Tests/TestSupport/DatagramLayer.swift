package import TransportCore

/// An endpoint for datagrams over another one, which a test changes in some respect: everything else is forwarded.
///
/// The batches and the forms with a deadline are made of the single steps, so that nothing passes by what was changed.
package protocol DatagramLayer<Lower>: DatagramTransport where Family == Lower.Family {
    /// The type of the endpoint below.
    associatedtype Lower: DatagramTransport
    /// The endpoint below.
    var lower: Lower { get }
}

extension DatagramLayer {
    package func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Lower.Family.SocketAddress> {
        try lower.tryReceive(into: &buffer)
    }

    package func trySend(_ bytes: RawSpan, to address: Lower.Family.SocketAddress?) throws(TransportError) -> SendStep {
        try lower.trySend(bytes, to: address)
    }

    package func connect(to address: Lower.Family.SocketAddress?) throws(TransportError) {
        try lower.connect(to: address)
    }

    package func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try lower.wait(for: need, until: deadline)
    }

    package func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await lower.ready(for: need, until: deadline)
    }

    package func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try lower.wait(for: event, until: deadline)
    }

    package func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await lower.ready(for: event, until: deadline)
    }

    package func close() { lower.close() }

    package var localAddress: Lower.Family.SocketAddress { get throws(TransportError) { try lower.localAddress } }

    package var remoteAddress: Lower.Family.SocketAddress { get throws(TransportError) { try lower.remoteAddress } }

    package var facts: TransportFacts { lower.facts }

    package func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { lower.query(key) }

    package func apply(_ setting: OptionSetting) throws(TransportError) { try lower.apply(setting) }

    package func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try lower.optionValue(named: name)
    }

    package var now: Instant { lower.now }

    package func take(_ note: OwnerNote) { lower.take(note) }

    package func letOthersGoOn() { lower.letOthersGoOn() }
}
