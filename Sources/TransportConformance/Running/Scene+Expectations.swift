internal import TransportCore

// Single calls and what must come of them.
extension Scene {
    /// Makes a call and writes down what came of it.
    func attempt<Value>(
        _ who: String, _ what: String, _ body: () throws(TransportError) -> Value
    ) -> Result<Value, TransportError> {
        trace.begin(who, what)
        do throws(TransportError) {
            let value = try body()
            trace.end(who, what, value is Void ? "done" : "\(value)", normalized: "done")
            return .success(value)
        } catch {
            trace.end(who, what, "\(error.kind.rawValue) (\(error))", normalized: error.kind.rawValue)
            return .failure(error)
        }
    }

    /// Makes a call that must not fail.
    @discardableResult
    func value<Value>(
        _ who: String, _ what: String, _ body: () throws(TransportError) -> Value
    ) throws -> Value {
        switch attempt(who, what, body) {
        case .success(let value): return value
        case .failure(let error):
            throw Mismatch(expected: "\(who) to \(what)", found: "\(error.kind.rawValue) (\(error))")
        }
    }

    /// Makes a call that must fail, in one of some ways.
    @discardableResult
    func failure<Value>(
        _ kinds: TransportError.Kind..., of who: String, _ what: String,
        _ body: () throws(TransportError) -> Value
    ) throws -> TransportError {
        let names = kinds.map(\.rawValue).joined(separator: " or ")
        switch attempt(who, what, body) {
        case .success(let value):
            let found = value is Void ? "done" : "\(value)"
            throw Mismatch(expected: "\(who) to \(what) → \(names)", found: found)
        case .failure(let error):
            guard kinds.contains(error.kind) else {
                throw Mismatch(expected: "\(who) to \(what) → \(names)", found: "\(error.kind.rawValue) (\(error))")
            }
            return error
        }
    }

    /// Checks that something ended with an error of a kind.
    func expect(_ kind: TransportError.Kind, toEnd what: String, _ error: TransportError?) throws {
        guard error?.kind != kind else { return }
        throw Mismatch(
            expected: "\(kind.rawValue) to end \(what)",
            found: error.map { "\($0.kind.rawValue) (\($0))" } ?? "an end without an error"
        )
    }

    /// Checks that two values are equal.
    func equal<Value: Equatable>(_ what: String, _ found: Value, _ expected: Value) throws {
        guard found != expected else { return }
        throw Mismatch(expected: "\(what): \(expected)", found: "\(found)")
    }

    /// Checks that some bytes are those that were expected.
    func equalBytes(_ what: String, _ found: [UInt8], _ expected: [UInt8]) throws {
        guard let difference = found.difference(from: expected) else { return }
        throw Mismatch(expected: "\(what): \(expected.count) bytes as they were sent", found: difference)
    }

    /// Checks that something holds.
    func check(_ condition: Bool, _ expected: String, _ found: @autoclosure () -> String) throws {
        if !condition { throw Mismatch(expected: expected, found: found()) }
    }
}
