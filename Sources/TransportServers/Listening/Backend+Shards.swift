public import TransportCore

extension Backend {
    /// Listens several times at one address, so that the system shares out the connections (`SO_REUSEPORT`).
    ///
    /// Each listener has a queue of its own, and can be served by an executor of its own. Linux chooses the queue by the
    /// addresses of the connection. The listeners belong to one user, and to one process or several.
    ///
    /// - Parameters:
    ///   - address: The address; with port 0 the system chooses one for the first listener, and the others share it.
    ///   - count: How many listeners, 1 to 1,024.
    ///   - options: Backlog and other options; ``/TransportCore/ListenerOptions/reusePort`` is set here.
    ///   - fileID: The file where they are made, for reports. The default is the caller's.
    ///   - line: The line where they are made. The default is the caller's.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a bad number, and what listening throws; no
    ///   listener is left open then.
    public func listen(
        on address: Family.SocketAddress, shards count: Int, options: ListenerOptions = ListenerOptions(),
        fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> [Listener<StreamListener>] {
        guard (1...1024).contains(count) else {
            throw .invalidArgument("cannot listen \(count) times: give 1 to 1024", operation: .listen)
        }
        var shared = options
        shared.reusePort = true
        let first = try listen(on: address, options: shared, fileID: fileID, line: line)
        var listeners = [first]
        do throws(TransportError) {
            let address = try first.localAddress
            for _ in 1..<count {
                listeners.append(try listen(on: address, options: shared, fileID: fileID, line: line))
            }
            return listeners
        } catch {
            for listener in listeners { listener.close() }
            throw error
        }
    }
}
