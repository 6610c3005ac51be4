import Glibc
import TransportCore

enum Interop {
    /// Whether there is a Python.
    static var hasPython: Bool { access("/usr/bin/python3", X_OK) == 0 }
}

/// A file that is there as long as this object.
final class TemporaryFile {
    let path: String

    init(_ contents: String) throws {
        var template = Array("/tmp/swift-transport-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw TransportError(.system, operation: .open) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let bytes = Array(contents.utf8)
        let written = write(descriptor, bytes, bytes.count)
        close(descriptor)
        guard written == bytes.count else { throw TransportError(.system, operation: .open) }
    }

    deinit { unlink(path) }
}
