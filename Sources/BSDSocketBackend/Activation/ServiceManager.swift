internal import CSockets
public import TransportCore

/// The program that has started this one and wants to know how it is: systemd (`sd_notify`), or the process that this one
/// takes over from.
public enum ServiceManager {
    /// Something to tell.
    public struct State: Hashable, Sendable {
        /// The line of the protocol, such as `READY=1`.
        public let line: String

        /// Makes a state of a line of the protocol.
        ///
        /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when it has the end of a line in it.
        public init(line: String) throws(TransportError) {
            guard !line.utf8.contains(UInt8(ascii: "\n")) else {
                throw .invalidArgument(
                    "a state is one line, and this one has several: \(QuotedInput(line))", operation: .send)
            }
            self.line = line
        }

        private init(known line: String) { self.line = line }

        /// The service has begun to serve.
        public static let ready = State(known: "READY=1")
        /// The service is about to end.
        public static let stopping = State(known: "STOPPING=1")
        /// The service's process is now the one with this number.
        public static func mainProcess(_ number: Int32) -> State { State(known: "MAINPID=\(number)") }
    }

    /// Tells the program that wants to know, if there is one: the one whose socket is in the environment variable
    /// `NOTIFY_SOCKET`.
    ///
    /// A few system calls; waits, for a second at most, only while the queue of that program is full.
    ///
    /// - Returns: Whether there is one. There is none any more when the process that this one has taken over from has gone, or
    ///   has heard that this one is ready.
    /// - Throws: What sending to it throws.
    @discardableResult
    public static func notify(_ states: State...) throws(TransportError) -> Bool {
        guard let name = ProcessEnvironment.value(of: "NOTIFY_SOCKET"), !name.isEmpty else { return false }
        let address =
            try name.hasPrefix("@")
            ? Unix.SocketAddress(abstractName: String(name.dropFirst())) : Unix.SocketAddress(path: name)
        let socket = try SocketBackend<Unix>().datagramSocket(mode: try .timeout(.seconds(1)))
        defer { socket.close() }
        let text = states.map(\.line).joined(separator: "\n")
        do throws(TransportError) {
            try socket.send(text, to: address)
        } catch {
            guard error.kind == .noSuchFile || error.kind == .connectionRefused else { throw error }
            return false
        }
        return true
    }
}
