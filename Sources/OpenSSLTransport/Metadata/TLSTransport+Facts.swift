public import TransportCore

extension TLSTransport {
    /// The facts of the transport below, and what TLS adds: half-close, buffered input, several runs of bytes in one step, and an end
    /// that is told from a cut, unless the settings take one for the other.
    public var facts: TransportFacts {
        let own: TransportFacts = [.halfClose, .buffersInput, .vectored]
        let facts = lower.facts.subtracting(.preservesBoundaries).union(own)
        return rejectsTruncation ? facts.union(.detectsTruncation) : facts
    }
}
