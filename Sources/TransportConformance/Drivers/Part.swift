/// What one end does, one act after the other, while other parts go on at the same time.
struct Part: Sendable {
    let end: any StreamEnd
    /// What the part is called in traces.
    let label: String
    let acts: [Act]

    init(_ end: any StreamEnd, _ acts: [Act]) { self.init(end, end.name, acts) }

    init(_ end: any StreamEnd, _ label: String, _ acts: [Act]) {
        self.end = end
        self.label = label
        self.acts = acts
    }
}
