public import TransportCore

/// The error that a call throws, or nil when it throws none.
///
/// Takes any throwing closure, because a closure that may only throw one type has to say so at each use.
public func caught<Value>(_ body: () throws -> Value) -> TransportError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? TransportError
    }
}
