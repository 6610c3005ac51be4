internal import COpenSSL
internal import TransportCore

/// One entry of OpenSSL's error queue.
public struct OpenSSLFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The packed number, as `openssl errstr` takes it.
    public let code: UInt64

    /// The library within OpenSSL, such as "SSL routines"; empty when unknown.
    public let library: String

    /// What went wrong, such as "certificate verify failed"; empty when unknown.
    public let reason: String

    /// What was added to it, such as a file's name; empty when nothing.
    public let detail: String

    /// The number of the reason within its library.
    let reasonNumber: Int32
    /// The number of the library.
    let libraryNumber: Int32

    /// The entry in one line.
    public var description: String {
        let place = library.isEmpty ? "OpenSSL" : library
        let what = reason.isEmpty ? "error \(code)" : reason
        return detail.isEmpty ? "\(place): \(what)" : "\(place): \(what) (\(QuotedInput.bare(detail, limit: 255)))"
    }
}

/// The failures that OpenSSL reported for one call, and the alert that went out for them.
public struct OpenSSLFailures: Error, Hashable, Sendable, CustomStringConvertible {
    /// The failures, the oldest (and therefore deepest) first. At least one, or there is an alert.
    public let failures: [OpenSSLFailure]

    /// The fatal alert that this end sent to its peer, or tried to, for the failure; nil for none.
    public let sentAlert: TLSAlert?

    init(_ failures: [OpenSSLFailure], sentAlert: TLSAlert? = nil) {
        self.failures = failures
        self.sentAlert = sentAlert
    }

    /// All of it in one line.
    public var description: String {
        let alert = sentAlert.map { ["the peer is told by the alert \"\($0)\""] } ?? []
        return (failures.map(\.description) + alert).joined(separator: "; ")
    }
}

/// OpenSSL's error queue, which each thread has one of.
///
/// It is emptied before every call whose failure is looked at, so that what one connection left behind never shows up
/// in another one on the same thread.
enum ErrorQueue {
    /// Forgets what is there.
    ///
    /// Almost always there is nothing, and looking takes a tenth of the time of clearing, which visits all 16 places.
    @inline(__always)
    static func clear() { if ERR_peek_error() != 0 { ERR_clear_error() } }

    /// Takes everything out, the oldest first.
    static func drain() -> [OpenSSLFailure] {
        var failures: [OpenSSLFailure] = []
        var data: UnsafePointer<CChar>?
        var flags: Int32 = 0
        while true {
            let code = ERR_get_error_all(nil, nil, nil, &data, &flags)
            if code == 0 { return failures }
            failures.append(
                OpenSSLFailure(
                    code: UInt64(code), library: text(ERR_lib_error_string(code)), reason: reason(code),
                    detail: flags & ERR_TXT_STRING == 0 ? "" : text(data), reasonNumber: copenssl_err_reason(code),
                    libraryNumber: copenssl_err_lib(code)
                )
            )
        }
    }

    private static func reason(_ code: UInt) -> String {
        if copenssl_err_is_system(code) != 0 { return text(strerror(copenssl_err_reason(code))) }
        return text(ERR_reason_error_string(code))
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
}

extension TransportError {
    /// The error for a call of OpenSSL that failed, with everything that its queue says.
    ///
    /// - Parameters:
    ///   - kind: What happened.
    ///   - operation: What was being done.
    ///   - message: What that means here. The default, nil, is OpenSSL's own words.
    ///   - failures: What OpenSSL reported. The default is what is in the queue, which is emptied.
    static func openSSL(
        _ kind: Kind, operation: Operation, message: String? = nil, failures: [OpenSSLFailure] = ErrorQueue.drain()
    ) -> TransportError {
        // The first entry is where it went wrong; those after it say who passed the failure on.
        let code = failures.first.map {
            Code(domain: .tls, value: Int32(truncatingIfNeeded: $0.code), name: $0.reason, text: $0.detail)
        }
        var error = TransportError(kind, operation: operation, code: code)
        if let text = message ?? failures.first?.description { error = error.with(message: text) }
        return failures.isEmpty ? error : error.with(underlying: OpenSSLFailures(failures))
    }
}
