internal import COpenSSL
internal import TransportCore

/// The contents of files of certificates and keys.
enum FileContents {
    /// More than any file of certificates has; who gives another file by mistake, or a device, is told so.
    static let limit = 64 * 1024 * 1024

    /// Reads a whole file.
    ///
    /// - Throws: ``TransportError/Kind/noSuchFile``, ``TransportError/Kind/permissionDenied`` or
    ///   ``TransportError/Kind/system``, with `errno`.
    static func read(_ path: String, operation: TransportError.Operation) throws(TransportError) -> [UInt8] {
        // C would cut the path there, and read another file.
        guard !path.utf8.contains(0) else {
            throw .invalidArgument("a path cannot have a NUL in it", operation: operation)
        }
        ERR_clear_error()
        guard let bio = BIO_new_file(path, "rb") else { throw failure(path, operation) }
        defer { BIO_free(bio) }
        var contents: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 * 1024)
        while case let count = BIO_read(bio, &piece, Int32(piece.count)), count > 0 {
            contents += piece.prefix(Int(count))
            guard contents.count <= limit else {
                throw .invalidArgument(
                    "\(QuotedInput.bare(path, limit: 255)) is larger than \(limit / 1024 / 1024) MiB",
                    operation: operation)
            }
        }
        guard ERR_peek_error() == 0 else { throw failure(path, operation) }
        return contents
    }

    private static func failure(_ path: String, _ operation: TransportError.Operation) -> TransportError {
        let failures = ErrorQueue.drain()
        guard let system = failures.first(where: { $0.libraryNumber == ERR_LIB_SYS }) else {
            return .openSSL(.system, operation: operation, failures: failures).with(address: path)
        }
        let kind: TransportError.Kind =
            switch system.reasonNumber {
            case ENOENT, ENOTDIR: .noSuchFile
            case EACCES, EPERM: .permissionDenied
            case EMFILE, ENFILE: .tooManyOpenFiles
            default: .system
            }
        let code = TransportError.Code(domain: .posix, value: system.reasonNumber, text: system.reason)
        return TransportError(kind, operation: operation, code: code).with(address: path)
            .with(message: "the file cannot be read: \(system.reason)")
            .with(advice: kind == .permissionDenied ? "check who may read the file" : "check the path of the file")
    }
}
