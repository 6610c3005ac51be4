/// Where the bytes of a file come from, to be sent by `Connection.sendFile(_:from:count:timeout:deadline:progress:)`.
///
/// The socket backend's `OwnedDescriptor` is one. Anything that can be read at any place can be another.
public protocol FileSource {
    /// The descriptor, when the system can send out of it by itself; nil, the default, when it has to be read.
    var fileDescriptor: Int32? { get }

    /// Reads at a place of the file.
    ///
    /// - Parameters:
    ///   - buffer: Where the bytes go; it has free capacity. Left as it is at the end of the file.
    ///   - offset: The place, 0 or more; may lie behind the end.
    func read(into buffer: inout OutputRawSpan, at offset: Int64) throws(TransportError)
}

extension FileSource {
    /// None.
    public var fileDescriptor: Int32? { nil }
}
