internal import CSockets
internal import TransportCore

/// The socket to which a ``Successor`` says that it serves, at an address that nobody else learns.
///
/// Every user of the machine can read the addresses to which sockets were bound, and fill the queue of one that may be sent
/// to. So this one is bound to a path in a directory of its own and renamed there: the system goes on to list the first
/// name, and only whoever knows the second one gets past a directory that cannot be read. The successor does, whatever
/// user it has become meanwhile.
final class NoticeSocket: Sendable {
    /// The socket.
    let socket: DatagramSocket<SocketDatagrams<Unix>>
    /// The address as `NOTIFY_SOCKET` has it.
    let environmentValue: String
    /// The directory; nil where there is none, or none any more.
    private let directory: Locked<String?>

    /// Makes the socket.
    init() throws(TransportError) {
        let backend = SocketBackend<Unix>()
        func secret() -> String { String(backend.randomNumber(), radix: 36) }
        let directory = "/tmp/swift-transport-\(secret())"
        let result = csockets_make_directory(directory)
        if result == 0 {
            self.directory = Locked(directory)
            let listed = "\(directory)/notify"
            environmentValue = "\(directory)/\(secret())\(secret())"
            do throws(TransportError) {
                socket = try backend.datagramSocket(boundTo: Unix.SocketAddress(path: listed))
            } catch {
                csockets_remove_directory(directory)
                throw error
            }
            let result = csockets_hide_file(directory, listed, environmentValue)
            if result < 0 { throw TransportError(errno: -result, .open).with(address: listed) }
        } else {
            // There may be no place for files. Others can fill the queue here, though they cannot be taken for the successor.
            #if os(Linux)
            self.directory = Locked(nil)
            let name = "swift-transport-\(secret())\(secret())"
            environmentValue = "@\(name)"
            socket = try backend.datagramSocket(boundTo: Unix.SocketAddress(abstractName: name))
            #else
            throw TransportError(errno: -result, .open).with(address: directory)
            #endif
        }
        if let option = SocketOptionName.passCredentials {
            try SocketDescriptor(of: socket.transport.handle).setOption(option, to: 1)
        }
    }

    deinit {
        socket.close()
        removeAddress()
    }

    /// Removes the address, when everything was said: a program that ends does not deinitialise what it has.
    func removeAddress() {
        let directory = directory.withLock { directory in
            defer { directory = nil }
            return directory
        }
        guard let directory else { return }
        csockets_unlink(environmentValue)
        csockets_remove_directory(directory)
    }

    /// Reads the next notice that is there.
    ///
    /// - Returns: What was said, and by which process where the system tells; nil when nothing is there.
    func next() throws(TransportError) -> (bytes: [UInt8], process: Int32?)? {
        let descriptor = try SocketDescriptor(of: socket.transport.handle)
        do throws(TransportError) {
            let (bytes, message) = try descriptor.receiveMessage(atMost: 4096, controlCapacity: 256, flags: .dontWait)
            return (bytes, message.first(\.credentials)?.process)
        } catch {
            guard error.kind == .wouldBlock else { throw error }
            return nil
        }
    }
}
