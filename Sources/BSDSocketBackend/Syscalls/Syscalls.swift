internal import CSockets

/// The system calls of this backend: the one place through which they go.
///
/// A call gives its result or the negated `errno`. An interrupted call is made again, with two exceptions: `close`,
/// because the descriptor is gone by then and its number may be another thread's already, and `connect`, because the
/// attempt goes on and is awaited instead. A ``SyscallScript`` can answer in place of the system, for tests.
package struct Syscalls: Sendable {
    /// Who answers in place of the system; nobody outside tests.
    package let script: SyscallScript?

    /// Whether shutting a socket down wakes whoever waits on it, whatever kind of socket it is. A test can say no where
    /// the system says yes, to try what other systems need.
    package let shutdownWakesAll: Bool

    package init(script: SyscallScript? = nil, shutdownWakesAll: Bool = csockets_shutdown_wakes_all() != 0) {
        self.script = script
        self.shutdownWakesAll = shutdownWakesAll
    }

    // MARK: Opening and closing

    package func socket(_ domain: Int32, _ type: Int32, _ protocolNumber: Int32, nonblocking: Bool) -> Int32 {
        retrying(.socket) { csockets_socket(domain, type, protocolNumber, nonblocking ? 1 : 0) }
    }

    package func socketPair(
        _ domain: Int32, _ type: Int32, _ protocolNumber: Int32 = 0
    ) -> (result: Int32, first: Int32, second: Int32) {
        var pair: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &pair) { pair in
            pair.withMemoryRebound(to: Int32.self, capacity: 2) { pair in
                retrying(.socketPair) { csockets_socketpair(domain, type, protocolNumber, pair) }
            }
        }
        return (result, pair.0, pair.1)
    }

    package func pipe() -> (result: Int32, reader: Int32, writer: Int32) {
        var pair: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &pair) { pair in
            pair.withMemoryRebound(to: Int32.self, capacity: 2) { csockets_pipe($0) }
        }
        return (result, pair.0, pair.1)
    }

    @discardableResult
    package func close(_ descriptor: Int32) -> Int32 { csockets_close(descriptor) }

    package func bind(_ descriptor: Int32, _ address: SocketAddressBytes) -> Int32 {
        address.withBytes { bytes in
            retrying(.bind) { csockets_bind(descriptor, bytes.baseAddress, UInt32(bytes.count)) }
        }
    }

    package func listen(_ descriptor: Int32, backlog: Int32) -> Int32 {
        retrying(.listen) { csockets_listen(descriptor, backlog) }
    }

    /// Not made again when interrupted: `-EINTR` means that the attempt goes on.
    package func connect(_ descriptor: Int32, _ address: SocketAddressBytes) -> Int32 {
        if let forced = script?.answer(.connect) { return Int32(forced) }
        return address.withBytes { csockets_connect(descriptor, $0.baseAddress, UInt32($0.count)) }
    }

    package func accept(_ descriptor: Int32, _ address: inout SocketAddressBytes) -> Int32 {
        address.fill { bytes, length in
            retrying(.accept) { csockets_accept(descriptor, bytes, length) }
        }
    }

    package func shutdown(_ descriptor: Int32, _ how: Int32) -> Int32 {
        retrying(.shutdown) { csockets_shutdown(descriptor, how) }
    }

    // MARK: Bytes

    @inline(__always)
    package func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, flags: Int32) -> Int {
        retrying(.receive, buffer.count) { csockets_recv(descriptor, buffer.baseAddress, $0, flags) }
    }

    @inline(__always)
    package func send(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, flags: Int32) -> Int {
        retrying(.send, buffer.count) { count in
            csockets_send(descriptor, buffer.baseAddress, count, flags | csockets_msg_nosignal)
        }
    }

    package func send(
        _ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, to address: SocketAddressBytes, flags: Int32
    ) -> Int {
        address.withBytes { bytes in
            retrying(.send, buffer.count) { count in
                csockets_sendto(
                    descriptor, buffer.baseAddress, count, flags | csockets_msg_nosignal, bytes.baseAddress,
                    UInt32(bytes.count)
                )
            }
        }
    }

    /// Gathers from a table that is laid out as `struct iovec`.
    package func send(_ descriptor: Int32, gathering table: UnsafeRawPointer, _ count: Int, flags: Int32) -> Int {
        retrying(.send, count) { csockets_sendmsg(descriptor, table, $0, flags | csockets_msg_nosignal) }
    }

    /// Scatters into a table that is laid out as `struct iovec`.
    package func receive(
        _ descriptor: Int32, scatteringInto table: UnsafeMutableRawPointer, _ count: Int, flags: Int32
    ) -> Int {
        retrying(.receive, count) { csockets_recvmsg(descriptor, table, $0, flags, nil, nil, nil) }
    }

    /// Receives one datagram, with its sender, and whether it was longer than the buffer.
    func receiveDatagram(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, from address: inout SocketAddressBytes,
        isTruncated: inout Bool, flags: Int32
    ) -> Int {
        address.fill { bytes, length in
            retrying(.receive, buffer.count) { count in
                csockets_receive_datagram(descriptor, buffer.baseAddress, count, flags, bytes, length, &isTruncated)
            }
        }
    }

    /// Receives one message, with its sender and its flags.
    package func receiveMessage(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, from address: inout SocketAddressBytes,
        messageFlags: inout Int32, flags: Int32
    ) -> Int {
        var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        return address.fill { bytes, length in
            withUnsafeMutablePointer(to: &vector) { vector in
                retrying(.receive, buffer.count) { count in
                    vector.pointee.iov_len = count
                    return csockets_recvmsg(descriptor, vector, 1, flags, bytes, length, &messageFlags)
                }
            }
        }
    }

    /// Sends one message with everything that goes with it, out of a table that is laid out as `struct iovec`.
    func sendMessage(
        _ descriptor: Int32, gathering table: UnsafeRawPointer?, _ count: Int, _ message: CSocketsMessage, flags: Int32
    ) -> Int {
        withUnsafePointer(to: message) { message in
            retrying(.send, count) {
                csockets_send_message(descriptor, table, $0, message, flags | csockets_msg_nosignal)
            }
        }
    }

    /// Receives one message with everything that came with it, into a table that is laid out as `struct iovec`.
    func receiveMessage(
        _ descriptor: Int32, scatteringInto table: UnsafeRawPointer?, _ count: Int, _ message: inout CSocketsMessage,
        flags: Int32
    ) -> Int {
        withUnsafeMutablePointer(to: &message) { message in
            let room = message.pointee
            return retrying(.receive, count) {
                message.pointee = room
                return csockets_receive_message(descriptor, table, $0, message, flags)
            }
        }
    }

    // MARK: Readiness

    /// Waits for events, at most until a deadline, of which the rest is worked out anew after each interruption.
    ///
    /// - Returns: 1 when there are events, 0 when the deadline passed, or the negated `errno`.
    package func poll(_ descriptor: Int32, _ events: Int16, wake: Int32, untilNanoseconds deadline: Int64?) -> Int32 {
        var found: Int16 = 0
        while true {
            let left = deadline.map { nanosecondsLeft(until: $0) } ?? -1
            let result = script?.answer(.poll).map(Int32.init) ?? csockets_poll(descriptor, events, wake, left, &found)
            if result == -EINTR { continue }
            // The platform's longest wait may be shorter than what was asked for.
            if result == 0, let deadline, now() < deadline { continue }
            return result
        }
    }

    /// Waits for events of any of several descriptors. Like the form for one.
    func poll(_ table: inout [pollfd], untilNanoseconds deadline: Int64?) -> Int32 {
        while true {
            let left = deadline.map { nanosecondsLeft(until: $0) } ?? -1
            let result =
                script?.answer(.poll).map(Int32.init) ?? csockets_poll_all(&table, UInt32(clamping: table.count), left)
            if result == -EINTR { continue }
            if result == 0, let deadline, now() < deadline { continue }
            return result
        }
    }

    /// Deadlines may lie anywhere, also before the clock's origin: the difference need not fit.
    private func nanosecondsLeft(until deadline: Int64) -> Int64 {
        let now = now()
        return deadline <= now ? 0 : deadline.subtractingReportingOverflow(now).partialValue
    }

    package func now() -> Int64 { csockets_now() }

    // MARK: Options and addresses

    package func setNonblocking(_ descriptor: Int32, _ nonblocking: Bool) -> Int32 {
        retrying(.control) { csockets_set_nonblocking(descriptor, nonblocking ? 1 : 0) }
    }

    package func getOption(
        _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: UnsafeMutableRawPointer?, _ length: inout UInt32
    ) -> Int32 {
        withUnsafeMutablePointer(to: &length) { length in
            retrying(.getOption) { csockets_getsockopt(descriptor, level, name, value, length) }
        }
    }

    package func setOption(
        _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: UnsafeRawBufferPointer
    ) -> Int32 {
        retrying(.setOption) { csockets_setsockopt(descriptor, level, name, value.baseAddress, UInt32(value.count)) }
    }

    package func localAddress(_ descriptor: Int32, _ address: inout SocketAddressBytes) -> Int32 {
        address.fill { bytes, length in
            retrying(.getName) { csockets_getsockname(descriptor, bytes, length) }
        }
    }

    package func remoteAddress(_ descriptor: Int32, _ address: inout SocketAddressBytes) -> Int32 {
        address.fill { bytes, length in
            retrying(.getName) { csockets_getpeername(descriptor, bytes, length) }
        }
    }
}

extension Syscalls {
    /// Makes a call for several datagrams until it is not interrupted.
    @inline(__always)
    func retryingBatch(_ call: SyscallScript.Call, _ body: () -> Int32) -> Int32 { retrying(call, body) }

    /// Makes a call that moves up to `count` bytes until it is not interrupted.
    @inline(__always)
    func retryingBytes(_ call: SyscallScript.Call, _ count: Int, _ body: (Int) -> Int) -> Int {
        retrying(call, count, body)
    }

    /// Makes a call until it is not interrupted.
    @inline(__always)
    private func retrying(_ call: SyscallScript.Call, _ body: () -> Int32) -> Int32 {
        guard script == nil else { return Int32(clamping: scripted(call) { _ in Int(body()) }) }
        while true {
            let result = body()
            if result != -EINTR { return result }
        }
    }

    /// Makes a call that moves up to `count` bytes until it is not interrupted.
    @inline(__always)
    private func retrying(_ call: SyscallScript.Call, _ count: Int = 0, _ body: (Int) -> Int) -> Int {
        guard script == nil else { return scripted(call, count, body) }
        while true {
            let result = body(count)
            if result != -Int(EINTR) { return result }
        }
    }

    /// The same under a script; apart, so that nothing of it is on the way of real calls.
    @inline(never)
    private func scripted(_ call: SyscallScript.Call, _ count: Int = 0, _ body: (Int) -> Int) -> Int {
        while true {
            var count = count
            let forced = script?.answer(call, limiting: &count)
            let result = forced ?? body(count)
            if result != -Int(EINTR) { return result }
        }
    }
}
