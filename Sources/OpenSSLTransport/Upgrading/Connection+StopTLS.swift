public import TransportCore

extension Connection {
    /// Ends TLS on both sides and gives the connection below back, which goes on in plain text.
    ///
    /// The end is announced to the peer, and its announcement awaited. The connection moves: this object is closed from now
    /// on.
    ///
    /// - Parameters:
    ///   - timeout: How long it may take. The default, nil, is what ``/TransportCore/Connection/mode`` says.
    ///   - deadline: Until when. The default, nil, is what the mode says.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when the peer has sent bytes that were not
    ///   received: receive them, and call it again; nothing can be sent any more, since the end is announced. The same
    ///   when the peer has already gone on in plain text, with those bytes in ``/TransportCore/TransportError/partialData``.
    ///   ``/TransportCore/TransportError/Kind/timedOut`` and ``/TransportCore/TransportError/Kind/wouldBlock``, after
    ///   which it can be called again.
    public func stopTLS<Lower: Transport>(
        timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Connection<Lower> where T == TLSTransport<Lower> {
        let end = try stopDeadline(timeout, deadline)
        return try moved(for: .stopTLS, keepsEnds: false) { (tls) throws(TransportError) in
            guard let end else { return try tls.unwrapped(try tls.tryUnwrap(), mayWait: false) }
            let step = try tls.drive(until: end) { () throws(TransportError) in try tls.tryUnwrap() }
            return try tls.unwrapped(step, mayWait: true)
        }
    }

    /// Ends TLS on both sides and gives the connection below back, suspending the task. Like the blocking form.
    ///
    /// - Throws: What the blocking form throws, and ``/TransportCore/TransportError/Kind/cancelled`` when the task is
    ///   cancelled, after which it can be called again.
    public func stopTLS<Lower: Transport>(
        timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Connection<Lower> where T == TLSTransport<Lower> {
        let end = try stopDeadline(timeout, deadline)
        return try await moved(for: .stopTLS, keepsEnds: false) { (tls) async throws(TransportError) in
            guard let end else { return try tls.unwrapped(try tls.tryUnwrap(), mayWait: false) }
            let step = try await tls.drive(until: end) { () throws(TransportError) in try tls.tryUnwrap() }
            return try tls.unwrapped(step, mayWait: true)
        }
    }

    private func stopDeadline(_ timeout: Duration?, _ deadline: Deadline?) throws(TransportError) -> Deadline? {
        if let timeout { return min(try transport.deadline(after: timeout), deadline ?? .never) }
        if let deadline { return deadline }
        guard let usual = mode.timeout else { return .never }
        return usual == .zero ? nil : try transport.deadline(after: usual)
    }
}

extension TLSTransport {
    /// The transport below, after TLS has ended.
    fileprivate func unwrapped(_ step: ProgressStep, mayWait: Bool) throws(TransportError) -> Lower {
        guard step == .done else { throw TransportError(mayWait ? .timedOut : .wouldBlock, operation: .stopTLS) }
        let left = state.withLock { [UInt8]($0.engine.input.bytes) }
        guard left.isEmpty else {
            throw TransportError(.invalidState, operation: .stopTLS)
                .with(message: "the peer has gone on in plain text before this end ended TLS")
                .with(partialData: left)
        }
        return lower
    }
}
