internal import TransportCore

/// What the ends of a case did, and what they are doing.
final class Trace: Sendable {
    private struct State {
        /// Everything, in the order in which it ended.
        var story: [String] = []
        /// The same for each part by itself, in words that do not depend on how the bytes were cut.
        var parts: [String: [String]] = [:]
        /// What each part is doing.
        var current: [String: String] = [:]
    }

    private let state = Locked(State())

    /// Says that a part begins something.
    func begin(_ part: String, _ what: String) { state.withLock { $0.current[part] = what } }

    func begin(_ part: String, _ act: Act) { begin(part, act.operation.description) }

    /// Says what came of it, and throws when that is not what was expected.
    func end(_ part: String, _ act: Act, _ outcome: Outcome) throws {
        let difference = act.expectation.difference(from: outcome)
        // Where several outcomes are right, which of them it was is not part of what must be equal.
        end(part, act.operation.description, "\(outcome)", normalized: "\(act.expectation)")
        guard let difference else { return }
        throw Mismatch(expected: "\(part) to \(act.operation) → \(act.expectation)", found: difference)
    }

    /// Says what came of something that a part did.
    func end(_ part: String, _ what: String, _ outcome: String, normalized: String? = nil) {
        state.withLock { state in
            state.current[part] = nil
            state.story.append("\(part): \(what) → \(outcome)")
            state.parts[part, default: []].append("\(what) → \(normalized ?? outcome)")
        }
    }

    func around(_ part: String, _ act: Act, _ body: () -> Outcome) throws {
        begin(part, act)
        try end(part, act, body())
    }

    /// Everything, in the order in which it ended.
    var story: [String] { state.withLock { $0.story } }

    /// How many operations have ended.
    var length: Int { state.withLock { $0.story.count } }

    /// What is going on now.
    var activity: [String] { state.withLock { $0.current.map { "\($0): \($1)" }.sorted() } }

    /// What must be the same for every driver.
    var normalized: [String: [String]] { state.withLock { $0.parts } }
}
