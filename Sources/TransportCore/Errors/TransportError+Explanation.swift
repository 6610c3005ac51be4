extension TransportError: CustomStringConvertible {
    /// The error in one line: the operation, the address, what happened, the system's code, how far it got.
    public var description: String {
        var line = operation.rawValue
        if let address { line += " \(QuotedInput.bare(address, limit: 255))" }
        line += ": \(message)"
        if let code { line += " [\(code)]" }
        let (count, total) = (bytesTransferred, bytesRequested)
        if count > 0 || total != nil {
            line += " after \(count) \(total.map { "of \($0) " } ?? "")\(total ?? count == 1 ? "byte" : "bytes")"
        }
        return line
    }

    /// The error for a person: what happened, how far it got, each attempt, where the time went when it was up, the cause
    /// below, and what to try.
    ///
    /// Several lines of text, without a final line break.
    public var explanation: String {
        var lines = [description]
        if attempts.count > 1 { lines += attemptLines }
        if kind == .timedOut || kind == .cancelled { lines += ledger.map { "  time: \($0)" } }
        if let underlying {
            if let below = underlying as? TransportError {
                lines += below.causeLines(without: advice)
            } else {
                lines.append("  cause: \(underlying)")
            }
        }
        if aftermath != .usable, operation.isOnConnection { lines.append("  the connection is now: \(aftermath)") }
        if let advice { lines.append("  try: \(advice)") }
        return lines.joined(separator: "\n")
    }
}

extension TransportError {
    /// So many of the attempts at the beginning are told, and so many at the end.
    private static let toldAttempts = (first: 4, last: 8)

    /// The attempts, of many the first and the last ones.
    private var attemptLines: [String] {
        let told = Self.toldAttempts
        let missing = attemptsLeftOut
        func lines(_ indices: Range<Int>) -> [String] {
            indices.map { index in
                let number = index < missing.lowerBound ? index : index + missing.count
                return "  attempt \(number + 1): \(attempts[index].description)"
            }
        }
        let leftOut = attempts.count + missing.count - told.first - told.last
        guard leftOut > 1 else { return lines(attempts.indices) }
        return lines(attempts.indices.prefix(told.first)) + ["  … \(leftOut) attempts between"]
            + lines(attempts.indices.suffix(told.last))
    }

    /// The explanation of an error that caused another one, further in than that; what to try is not said twice.
    private func causeLines(without said: String?) -> [String] {
        let lines = explanation.split(separator: "\n").filter { line in said.map { line != "  try: \($0)" } ?? true }
        return lines.prefix(1).map { "  cause: \($0)" } + lines.dropFirst().map { "  \($0)" }
    }

    /// What a person can try, where there is a usual remedy for what happened here.
    private var advice: String? {
        if let particularAdvice { return particularAdvice }
        return switch kind {
        case .timedOut, .wouldBlock:
            bytesTransferred == 0
                ? kind.advice
                : "go on after the \(bytesTransferred) bytes that were moved; beginning again would repeat them"
        default: kind.advice
        }
    }
}

extension TransportError.Operation {
    /// Whether there is a connection when it is done, and was one before it.
    fileprivate var isOnConnection: Bool {
        switch self {
        case .parseAddress, .resolve, .open, .bind, .listen, .accept, .connect, .adopt: false
        default: true
        }
    }
}

extension TransportError.Kind {
    /// What the kind means, in words that stand for themselves.
    var summary: String {
        switch self {
        case .invalidArgument: "invalid argument"
        case .invalidState: "not possible in this state"
        case .unsupported: "not supported"
        case .closed: "closed on this side"
        case .busy: "another operation is using this direction"
        case .cancelled: "cancelled"
        case .wouldBlock: "would block"
        case .timedOut: "timed out"
        case .peerUnresponsive: "the peer stopped answering"
        case .connectionRefused: "connection refused"
        case .connectionReset: "connection reset by the peer"
        case .connectionAborted: "connection aborted by the system"
        case .brokenPipe: "the peer or this end has stopped this direction"
        case .unexpectedEnd: "the stream ended too early"
        case .truncated: "the stream was cut off"
        case .hostUnreachable: "no route to the host"
        case .networkUnreachable: "network unreachable"
        case .addressInUse: "address already in use"
        case .addressNotAvailable: "address not available on this machine"
        case .familyNotSupported: "address family, type or protocol not supported"
        case .noSuchFile: "no such file"
        case .noSuchName: "no such host name"
        case .noAddressForName: "the name has no address of this family"
        case .noSuchService: "no such service"
        case .noSuchProtocol: "no such protocol"
        case .noSuchInterface: "no such network interface"
        case .nameServiceUnavailable: "the name servers do not answer now"
        case .resolutionFailed: "name resolution failed"
        case .permissionDenied: "permission denied"
        case .deniedByPolicy: "not allowed by the policy of the backend"
        case .tooManyOpenFiles: "too many open descriptors"
        case .outOfResources: "the system is out of memory, buffers or room"
        case .messageTooLarge: "datagram too large"
        case .notConnected: "not connected"
        case .alreadyConnected: "already connected"
        case .unknownOption: "unknown option"
        case .system: "system error"
        default: rawValue
        }
    }

    /// What a person can try, where there is a usual remedy.
    var advice: String? {
        switch self {
        case .busy: "one reader and one writer at a time; give the second thread its turn or a connection of its own"
        case .wouldBlock: "wait for readiness (wait(for:)) and call again, or use the blocking or timeout mode"
        case .timedOut: "a longer timeout, or find out why the peer does not answer; the call may be repeated"
        case .peerUnresponsive: "check the network between the machines, then connect again"
        case .connectionRefused: "check that the server runs and that host and port are right"
        case .connectionReset: "connect again; the peer's log may say why it cut the connection"
        case .brokenPipe: "read what the peer may have said before it stopped, then connect again"
        case .hostUnreachable, .networkUnreachable: "check the address, the network and the routes (ip route)"
        case .addressInUse:
            "another port, port 0 for a free one, or stop the program that has it (ss -ltnp); remove a stale socket file"
        case .addressNotAvailable: "an address of this machine (ip address), or the wildcard address"
        case .noSuchFile: "check the path of the socket, and that the server has created it"
        case .noSuchName: "check the spelling of the name"
        case .noAddressForName: "another address family"
        case .noSuchService: "the port number, or check /etc/services"
        case .noSuchInterface: "one of the interfaces that there are (ip link)"
        case .nameServiceUnavailable: "again later; check /etc/resolv.conf"
        case .deniedByPolicy: "another address, or a policy that allows this one (backend.with(policy:))"
        case .permissionDenied: "a port above 1023, another path, or more rights"
        case .tooManyOpenFiles: "close what is not needed, or raise the limit (ulimit -n)"
        case .messageTooLarge: "smaller datagrams: UDP over IPv4 carries at most 65,507 bytes"
        default: nil
        }
    }
}
