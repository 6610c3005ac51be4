internal import CSockets
public import TransportCore

/// A socket that another program has made and given to this one: a service manager such as systemd, or the process that
/// this one takes over from.
///
/// ```swift
/// for socket in try InheritedSocket.fromEnvironment() where socket.name == "web" {
///     let listener = try SocketBackend<IP>().listen(on: socket)
///     …
/// }
/// ```
///
/// The other program keeps the socket, too: what is made of it here is never shut down, only closed, and when accepting
/// stops, whoever is queued stays queued for the others. A socket that nobody takes is closed with the last reference.
public final class InheritedSocket: Sendable, CustomStringConvertible {
    /// What a socket is.
    public enum Kind: Hashable, Sendable {
        /// A stream socket that listens.
        case listener
        /// A datagram socket.
        case datagrams
        /// A connected stream, or a socket of another type.
        case other
    }

    /// Its name, from `LISTEN_FDNAMES`; "unknown" where there is none, as systemd has it.
    public let name: String
    /// What it is.
    public let kind: Kind
    /// The descriptor, until it is taken.
    private let descriptor: Locked<Int32?>
    /// The family's number.
    let domain: Int32

    /// Takes a descriptor over, which children do not inherit from now on.
    ///
    /// - Parameters:
    ///   - descriptor: The descriptor of a socket; closed here from now on, also when this fails.
    ///   - name: By what the program finds it. The default is "unknown".
    /// - Throws: ``TransportCore/TransportError/Kind/invalidState`` when it is no open socket.
    public init(owning descriptor: Int32, name: String = "unknown") throws(TransportError) {
        let syscalls = Syscalls()
        do throws(TransportError) {
            let marked = csockets_keep_to_oneself(descriptor)
            if marked < 0 { throw Self.noSocket(descriptor, name, marked) }
            let type = try Self.option(csockets_SO_TYPE, of: descriptor, name, syscalls)
            var address = SocketAddressBytes()
            let result = syscalls.localAddress(descriptor, &address)
            if result < 0 { throw Self.noSocket(descriptor, name, result) }
            domain = address.withBytes { familyNumber(of: $0) } ?? AF_UNSPEC
            switch type {
            case csockets_stream:
                let listens = try Self.option(csockets_SO_ACCEPTCONN, of: descriptor, name, syscalls)
                kind = listens != 0 ? .listener : .other
            case csockets_datagram: kind = .datagrams
            default: kind = .other
            }
        } catch {
            syscalls.close(descriptor)
            throw error
        }
        self.name = name
        self.descriptor = Locked(descriptor)
    }

    deinit {
        if let descriptor = descriptor.withLock({ $0 }) { Syscalls().close(descriptor) }
    }

    private static func option(
        _ number: Int32, of descriptor: Int32, _ name: String, _ syscalls: Syscalls
    ) throws(TransportError) -> Int32 {
        var value: Int32 = 0
        var length = UInt32(MemoryLayout<Int32>.size)
        let result = withUnsafeMutableBytes(of: &value) {
            syscalls.getOption(descriptor, SOL_SOCKET, number, $0.baseAddress, &length)
        }
        if result < 0 { throw noSocket(descriptor, name, result) }
        return value
    }

    private static func noSocket(_ descriptor: Int32, _ name: String, _ result: Int32) -> TransportError {
        TransportError(errno: -result, .open)
            .with(message: "the descriptor \(descriptor), named \"\(name)\", was to be an open socket")
    }

    /// Gives the descriptor away, once.
    func take(as wanted: Kind) throws(TransportError) -> Int32 {
        guard kind == wanted else {
            throw .invalidArgument("the inherited socket \"\(name)\" is no \(wanted): it is \(kind)", operation: .open)
        }
        let taken = descriptor.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor
        }
        guard let taken else {
            throw TransportError(.invalidState, operation: .open)
                .with(message: "the inherited socket \"\(name)\" is in use already")
        }
        return taken
    }

    /// The name and the kind.
    public var description: String { "\(name) (\(kind))" }
}

// MARK: - The environment

extension InheritedSocket {
    /// The sockets that the service manager has given to this process (`sd_listen_fds`): those that the environment
    /// variables `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES` tell of.
    ///
    /// Call it once, early, before there are other threads that use the environment.
    ///
    /// - Parameter clearingEnvironment: Whether the variables are removed, so that neither a second call nor a child takes the
    ///   same sockets once more. The default is true.
    /// - Returns: The sockets, in order; none when there are none for this process.
    /// - Throws: ``TransportCore/TransportError/Kind/invalidArgument`` when the variables make no sense,
    ///   ``TransportCore/TransportError/Kind/invalidState`` when a descriptor is no open socket.
    public static func fromEnvironment(clearingEnvironment: Bool = true) throws(TransportError) -> [InheritedSocket] {
        let (process, count, names) = (
            ProcessEnvironment.value(of: "LISTEN_PID"), ProcessEnvironment.value(of: "LISTEN_FDS"),
            ProcessEnvironment.value(of: "LISTEN_FDNAMES")
        )
        if clearingEnvironment {
            for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { csockets_unset(name) }
        }
        guard let process, let count else { return [] }
        guard let number = Int32(process) else { throw senseless("LISTEN_PID", process) }
        guard number == csockets_process_id() else { return [] }
        guard let count = Int32(count), (0...mostDescriptors).contains(count) else {
            throw senseless("LISTEN_FDS", count)
        }
        let listed = names.map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) } ?? []
        var sockets: [InheritedSocket] = []
        var failure: TransportError?
        // All of them are taken over, so that none stays open by mistake.
        for index in 0..<Int(count) {
            do throws(TransportError) {
                let name = index < listed.count && !listed[index].isEmpty ? listed[index] : "unknown"
                sockets.append(try InheritedSocket(owning: firstDescriptor + Int32(index), name: name))
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return sockets
    }

    private static var firstDescriptor: Int32 { 3 }
    private static var mostDescriptors: Int32 { 65_536 }

    private static func senseless(_ name: String, _ value: String) -> TransportError {
        .invalidArgument("the environment variable \(name) is \"\(value)\", which is no such number", operation: .open)
    }
}
