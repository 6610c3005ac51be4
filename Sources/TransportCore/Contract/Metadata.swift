/// A question about a transport that not every transport can answer, such as its descriptor or its peer's certificate.
///
/// A key is a type that has no values, so that anyone can add one. Layers pass on the questions they do not answer
/// themselves, so that the answer is found however deep it lies:
///
/// ```swift
/// if let descriptor = connection.query(DescriptorNumber.self) { … }
/// ```
public protocol MetadataKey: Sendable {
    /// The type of the answer.
    associatedtype Value: Sendable
}

/// The number of the system's descriptor below a transport, for use with `poll` and the like.
///
/// The answer is valid while the transport is open; the transport keeps the descriptor.
public enum DescriptorNumber: MetadataKey {
    /// A file descriptor.
    public typealias Value = Int32
}
