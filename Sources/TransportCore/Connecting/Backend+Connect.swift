extension Backend {
    /// Connects to an address, waiting as long as the mode or the call says.
    ///
    /// - Parameters:
    ///   - address: The address of the peer.
    ///   - options: The local address and options of the transport. The default lets the system choose.
    ///   - mode: The mode of the new connection. The default, nil, is that of the backend's ``defaults``. In
    ///     nonblocking mode, without a timeout or deadline, the connection is returned while it is being established:
    ///     go on with `Connection.establish(timeout:deadline:)`.
    ///   - timeout: How long connecting may take. The default, nil, is what the mode says.
    ///   - deadline: Until when connecting may take. The default, nil, is what the mode says.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: ``TransportError/Kind/connectionRefused``, ``TransportError/Kind/hostUnreachable``,
    ///   ``TransportError/Kind/networkUnreachable``, ``TransportError/Kind/peerUnresponsive``,
    ///   ``TransportError/Kind/timedOut`` and others, with the address; ``TransportError/Kind/invalidArgument``.
    ///   Nothing is left open then.
    @inlinable
    public func connect(
        to address: Family.SocketAddress, options: StreamOptions<Family> = StreamOptions(), mode: IOMode? = nil,
        timeout: Duration? = nil, deadline: Deadline? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> Connection<Stream> {
        let defaults = defaults
        let mode = mode ?? defaults.mode
        let limit = try connectLimit(mode, timeout, deadline, to: Family.place(address, options.peerName))
        let stream =
            if limit.mayWait {
                try open(to: address, options: options, until: limit.deadline)
            } else if mode == .nonblocking {
                try beginOpen(to: address, options: options)
            } else {
                // A call that has no time left must not give a connection that is none yet.
                try open(to: address, options: options, until: .at(now))
            }
        return Connection(stream, mode: mode, observer: defaults.observer, fileID: fileID, line: line)
    }

    /// Works out how long connecting may take.
    @inlinable
    func connectLimit(
        _ mode: IOMode, _ timeout: Duration?, _ deadline: Deadline?, to place: @autoclosure () -> String
    ) throws(TransportError) -> WaitLimit {
        do throws(TransportError) {
            return try ModeCell(mode).limit(timeout: timeout, deadline: deadline, clock: self, operation: .connect)
        } catch {
            throw error.kind == .timedOut ? error.with(address: place()) : error
        }
    }

    /// Listens at an address.
    ///
    /// - Parameters:
    ///   - address: The address to listen on; with port 0 the system chooses a free port.
    ///   - options: Backlog, reuse, dual stack and other options. The default is a backlog as long as the system
    ///     allows and reuse of lingering addresses.
    ///   - mode: The mode of the listener. The default, nil, is that of the backend's ``defaults``.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: ``TransportError/Kind/addressInUse``, ``TransportError/Kind/addressNotAvailable``,
    ///   ``TransportError/Kind/permissionDenied`` and others, with the address.
    public func listen(
        on address: Family.SocketAddress, options: ListenerOptions = ListenerOptions(), mode: IOMode? = nil,
        fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> Listener<StreamListener> {
        let defaults = defaults
        return Listener(
            try beginListening(on: address, options: options), mode: mode ?? defaults.mode,
            connectionMode: defaults.mode, observer: defaults.observer, fileID: fileID, line: line
        )
    }
}

extension Backend where Family == IP {
    /// Listens at a port of every address of this machine, for IPv4 and IPv6 alike.
    ///
    /// One listener takes both where the system has IPv6; IPv4 peers then have mapped addresses such as
    /// `::ffff:192.0.2.1`, of which `canonical` gives the plain form. Otherwise it takes IPv4 alone.
    ///
    /// - Parameters:
    ///   - port: The port; 0 lets the system choose a free one.
    ///   - options: Backlog, reuse and other options; ``ListenerOptions/dualStack`` is set here.
    ///   - mode: The mode of the listener. The default, nil, is that of the backend's ``defaults``.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: As ``listen(on:options:mode:fileID:line:)`` does.
    public func listen(
        port: UInt16, options: ListenerOptions = ListenerOptions(), mode: IOMode? = nil,
        fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> Listener<StreamListener> {
        var dual = options
        dual.dualStack = true
        do throws(TransportError) {
            return try listen(on: .v6(.any(port: port)), options: dual, mode: mode, fileID: fileID, line: line)
        } catch {
            guard error.kind == .familyNotSupported || error.kind == .addressNotAvailable else { throw error }
            return try listen(on: .v4(.any(port: port)), options: options, mode: mode, fileID: fileID, line: line)
        }
    }
}

extension DatagramBackend {
    /// Opens a socket for datagrams.
    ///
    /// - Parameters:
    ///   - local: The address of this end. The default, nil, lets the system choose with the first datagram.
    ///   - remote: The peer. The default, nil, is none: every datagram names its destination.
    ///   - options: Settings that are made before binding. The default is none.
    ///   - mode: The mode of the socket. The default, nil, is that of the backend's ``defaults``.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: ``TransportError/Kind/addressInUse``, ``TransportError/Kind/addressNotAvailable`` and others, with the
    ///   address.
    public func datagramSocket(
        boundTo local: Family.SocketAddress? = nil, connectedTo remote: Family.SocketAddress? = nil,
        options: [OptionSetting] = [], mode: IOMode? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> DatagramSocket<Datagrams> {
        let defaults = defaults
        return DatagramSocket(
            try openDatagrams(boundTo: local, connectedTo: remote, options: options), mode: mode ?? defaults.mode,
            observer: defaults.observer, fileID: fileID, line: line
        )
    }
}
