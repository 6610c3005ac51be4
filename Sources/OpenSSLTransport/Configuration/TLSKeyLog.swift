/// Where the secrets of connections are written, for programs such as Wireshark.
///
/// Whoever has the log reads everything that these connections say.
public struct TLSKeyLog: Sendable {
    let write: @Sendable (String) -> Void

    /// Gives each line to a function.
    public init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }
}
