import Testing
import TransportCore

/// Returns the message of the invalid-argument error that `body` throws; a failure is recorded if it throws none.
func invalidArgumentMessage<Value>(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws(TransportError) -> Value
) -> String {
    do throws(TransportError) {
        let value = try body()
        Issue.record("expected an error, got \(value)", sourceLocation: sourceLocation)
        return ""
    } catch {
        #expect(error.kind == .invalidArgument, sourceLocation: sourceLocation)
        return error.message
    }
}
