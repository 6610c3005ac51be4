public import TransportCore

extension DatagramSocket {
    /// Makes the handshake of DTLS with a peer, waiting for it. Nothing when it is done.
    ///
    /// Without this call the first datagram to the peer makes it.
    ///
    /// - Parameters:
    ///   - address: The peer. The default, nil, is that of a connected socket.
    ///   - timeout: How long it may take. The default, nil, is what `mode` says.
    ///   - deadline: Until when. The default, nil, is what `mode` says.
    /// - Throws: ``/TransportCore/TransportError/Kind/timedOut``, and in nonblocking mode
    ///   ``/TransportCore/TransportError/Kind/wouldBlock``, after which the handshake can go on; the errors of
    ///   handshakes, and what ``DTLSTransport/tryEstablish(with:)`` throws.
    public func establish<Lower: DatagramTransport>(
        with address: D.Family.SocketAddress? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) where D == DTLSTransport<Lower> {
        let transport = transport
        try perform(.connect, timeout: timeout, deadline: deadline) { () throws(TransportError) in
            try transport.tryEstablish(with: address)
        }
    }

    /// Makes the handshake of DTLS with a peer, suspending the task. Like the blocking form.
    ///
    /// - Throws: What the blocking form throws, and ``/TransportCore/TransportError/Kind/cancelled`` when the task is
    ///   cancelled.
    public func establish<Lower: DatagramTransport>(
        with address: D.Family.SocketAddress? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) where D == DTLSTransport<Lower> {
        let transport = transport
        try await perform(.connect, timeout: timeout, deadline: deadline) { () throws(TransportError) in
            try transport.tryEstablish(with: address)
        }
    }
}
