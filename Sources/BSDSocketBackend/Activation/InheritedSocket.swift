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
    /// The socket, until it is taken.
    private let socket: Locked<SocketDescriptor?>

    /// Takes a descriptor over, which children do not inherit from now on.
    ///
    /// - Parameters:
    ///   - descriptor: The descriptor of a socket; closed here from now on, also when this fails.
    ///   - name: By what the program finds it. The default is "unknown".
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when it is no open socket.
    public init(owning descriptor: Int32, name: String = "unknown") throws(TransportError) {
        let owner = OwnedDescriptor(owning: descriptor)
        do throws(TransportError) {
            let socket = try SocketDescriptor(adopting: owner, isShared: true)
            switch socket.type {
            case .stream: kind = try socket.option(.acceptsConnections) != 0 ? .listener : .other
            case .datagram: kind = .datagrams
            default: kind = .other
            }
            self.socket = Locked(socket)
        } catch {
            throw error.with(
                message: "the descriptor \(descriptor), named \(QuotedInput(name)), was to be an open socket")
        }
        self.name = name
    }

    /// Gives the socket away, once.
    func take(as wanted: Kind) throws(TransportError) -> SocketDescriptor {
        guard kind == wanted else {
            throw .invalidArgument(
                "the inherited socket \(QuotedInput(name)) is no \(wanted): it is \(kind)", operation: .adopt)
        }
        let taken = socket.withLock { socket in
            defer { socket = nil }
            return socket
        }
        guard let taken else {
            throw TransportError(.invalidState, operation: .adopt)
                .with(message: "the inherited socket \(QuotedInput(name)) is in use already")
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
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when the variables make no sense,
    ///   ``/TransportCore/TransportError/Kind/invalidState`` when a descriptor is no open socket.
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
        .invalidArgument(
            "the environment variable \(name) is \(QuotedInput(value)), which is no such number", operation: .open)
    }
}
