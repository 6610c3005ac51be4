public import TransportCore

/// What a suite is run on: a kind of transport, and how to make some.
///
/// ```swift
/// let subject = ConformanceSubject("my transport") {
///     ConformanceBench { ConformancePair(try makeOneEnd(), try makeTheOther()) }
/// }
/// ```
public struct ConformanceSubject: Sendable, CustomStringConvertible {
    /// The name in reports.
    public let name: String

    /// What the transport is expected to claim; nil takes its own word for it.
    public var facts: TransportFacts?

    /// How many bytes the cases move that move many. The default is 256 KiB.
    ///
    /// Less than that is for transports that carry little at a time; more does no harm.
    public var bulk: Int

    let prepare: @Sendable () throws -> ConformanceBench

    /// Makes a subject.
    ///
    /// - Parameters:
    ///   - name: The name in reports.
    ///   - facts: What the transport is expected to claim. The default, nil, takes its own word for it.
    ///   - bulk: How many bytes the cases move that move many, 64 or more. The default is 256 KiB.
    ///   - prepare: Makes what a case needs. It is called for every case anew, so that no case meets the remains of
    ///     another one.
    public init(
        _ name: String, claiming facts: TransportFacts? = nil, bulk: Int = 256 << 10,
        prepare: @escaping @Sendable () throws -> ConformanceBench
    ) {
        self.name = name
        self.facts = facts
        self.bulk = max(64, bulk)
        self.prepare = prepare
    }

    /// The name.
    public var description: String { name }
}
