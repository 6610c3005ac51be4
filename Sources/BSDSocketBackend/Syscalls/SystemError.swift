internal import CSockets
package import TransportCore

extension TransportError {
    /// The error for an `errno` of the system.
    package init(errno code: Int32, _ operation: Operation) {
        self.init(Kind(errno: code), operation: operation, code: Code(errno: code))
    }
}

extension TransportError.Code {
    /// The code for an `errno`, with its name and the system's text.
    package init(errno code: Int32) {
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> String in
            guard let start = buffer.baseAddress else { return "" }
            csockets_errno_text(code, start, buffer.count)
            return String(cString: start)
        }
        self.init(domain: .posix, value: code, name: String(cString: csockets_errno_name(code)), text: text)
    }
}

extension TransportError.Kind {
    /// The kind of an `errno`.
    init(errno code: Int32) {
        self =
            switch code {
            case EAGAIN, EINPROGRESS: .wouldBlock
            case ECONNREFUSED: .connectionRefused
            case ECONNRESET: .connectionReset
            case ECONNABORTED: .connectionAborted
            case EPIPE, ESHUTDOWN: .brokenPipe
            case ETIMEDOUT: .peerUnresponsive
            case EHOSTUNREACH, EHOSTDOWN: .hostUnreachable
            case ENETUNREACH, ENETDOWN: .networkUnreachable
            case EADDRINUSE: .addressInUse
            case EADDRNOTAVAIL: .addressNotAvailable
            case EAFNOSUPPORT, EPROTONOSUPPORT, EPROTOTYPE, ESOCKTNOSUPPORT, EPFNOSUPPORT: .familyNotSupported
            case ENOENT, ENOTDIR: .noSuchFile
            case EACCES, EPERM: .permissionDenied
            case EMFILE, ENFILE: .tooManyOpenFiles
            // No space: a full disk for a Unix socket, or as many sockets in event queues as a user may have (epoll_ctl(2)).
            case ENOMEM, ENOBUFS, ENOSPC: .outOfResources
            case EMSGSIZE: .messageTooLarge
            case ENOTCONN, EDESTADDRREQ: .notConnected
            case EISCONN, EALREADY: .alreadyConnected
            case ENOPROTOOPT: .unknownOption
            case EOPNOTSUPP: .unsupported
            case EINVAL, ENAMETOOLONG, EDOM: .invalidArgument
            case ENOTSOCK, EBADF: .invalidState
            default: .system
            }
    }
}
