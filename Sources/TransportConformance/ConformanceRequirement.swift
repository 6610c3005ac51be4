public import TransportCore

/// What a case needs of a subject in order to apply.
public struct ConformanceRequirement: Sendable, CustomStringConvertible {
    /// Something that a subject may offer besides a pair of streams.
    public enum Offer: String, Hashable, Sendable {
        /// A way to cut the stream below the transport, without the end that its protocol asks for.
        case sever = "a way to sever its pairs"
        /// A backend with an address to listen at.
        case backend = "a backend"
        /// An address at which nobody listens.
        case deadAddress = "an address at which nobody listens"
        /// A backend for datagrams.
        case datagrams = "a backend for datagrams"
        /// A resolver that belongs to the backend.
        case resolver = "a resolver"
        /// Time that goes on only when everyone is blocked.
        case virtualTime = "virtual time"
        /// A layer, with the transport below it.
        case layer = "a layer over another transport"
    }

    /// What must be claimed.
    public var facts: TransportFacts = []

    /// What must not be claimed.
    public var absentFacts: TransportFacts = []

    /// What must be offered.
    public var offers: Set<Offer> = []

    /// Nothing: every pair of streams will do.
    public static var nothing: Self { Self() }

    /// A fact that the transport must claim.
    public static func fact(_ fact: TransportFacts) -> Self { Self(facts: fact) }

    /// A fact that the transport must not claim.
    public static func without(_ fact: TransportFacts) -> Self { Self(absentFacts: fact) }

    /// Something that the subject must offer.
    public static func offer(_ offers: Offer...) -> Self { Self(offers: Set(offers)) }

    /// Everything that both ask for.
    public func and(_ other: Self) -> Self {
        Self(
            facts: facts.union(other.facts), absentFacts: absentFacts.union(other.absentFacts),
            offers: offers.union(other.offers)
        )
    }

    /// The requirement in words.
    public var description: String {
        var parts = facts.names.map { "claims \($0)" } + absentFacts.names.map { "does not claim \($0)" }
        parts += offers.map { "offers \($0.rawValue)" }.sorted()
        return parts.isEmpty ? "anything" : "a transport that " + parts.joined(separator: ", ")
    }
}

extension ConformanceRequirement {
    /// Why a subject does not meet the requirement; nil when it does.
    func objection(facts claimed: () throws -> TransportFacts, offers offered: Set<Offer>) rethrows -> String? {
        if let missing = offers.subtracting(offered).map(\.rawValue).min() {
            return "the subject does not offer \(missing)"
        }
        guard !facts.isEmpty || !absentFacts.isEmpty else { return nil }
        let claimed = try claimed()
        if let missing = facts.subtracting(claimed).names.first { return "the transport does not claim \(missing)" }
        return absentFacts.intersection(claimed).names.first.map { "the transport claims \($0)" }
    }
}

extension TransportFacts {
    /// The facts that have a name, with it.
    static let named: [(fact: TransportFacts, name: String)] = [
        (.halfClose, "halfClose"), (.abortIsVisible, "abortIsVisible"),
        (.firstSendAfterPeerCloseFails, "firstSendAfterPeerCloseFails"), (.detectsTruncation, "detectsTruncation"),
        (.buffersInput, "buffersInput"), (.needsFlush, "needsFlush"), (.vectored, "vectored"),
        (.exposesDescriptor, "exposesDescriptor"), (.addressesSurviveClose, "addressesSurviveClose"),
        (.preservesBoundaries, "preservesBoundaries"), (.fullBacklogPends, "fullBacklogPends"),
    ]

    /// The names of the facts in the set; a number for those that have none.
    var names: [String] {
        let known = Self.named.filter { contains($0.fact) }
        let rest = known.reduce(self) { $0.subtracting($1.fact) }
        return known.map(\.name) + (rest.isEmpty ? [] : ["unknown facts \(rest.rawValue)"])
    }
}
