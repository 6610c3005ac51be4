import TransportCore

/// Binds, listens and connects, on real sockets or in memory, and writes down what each attempt came to.
struct ConnectPlayer<B: Backend & DatagramBackend> {
    typealias Address = B.Family.SocketAddress

    let backend: B
    private(set) var lines: [String] = []
    private var kept: [AnyObject] = []
    private let describe: (Address) -> String

    /// - Parameter describe: The part of an address that is the same on both networks.
    init(_ backend: B, describe: @escaping (Address) -> String) {
        self.backend = backend
        self.describe = describe
    }

    @discardableResult
    mutating func listen(
        _ name: String, on address: Address, _ options: ListenerOptions = ListenerOptions()
    ) -> Listener<B.StreamListener>? {
        note("listen \(name)") { (backend, describe) throws(TransportError) in
            let listener = try backend.listen(on: address, options: options)
            return (listener, describe(try listener.localAddress))
        }
    }

    @discardableResult
    mutating func bind(
        _ name: String, at address: Address, _ options: [OptionSetting] = []
    ) -> DatagramSocket<B.Datagrams>? {
        note("bind \(name)") { (backend, describe) throws(TransportError) in
            let socket = try backend.datagramSocket(boundTo: address, options: options)
            return (socket, describe(try socket.localAddress))
        }
    }

    /// Connects, and tells how both ends see each other, if a listener is given that takes the connection.
    mutating func connect(
        _ name: String, to address: Address, _ options: StreamOptions<B.Family> = StreamOptions(),
        by listener: Listener<B.StreamListener>? = nil
    ) {
        note("connect \(name)") { (backend, describe) throws(TransportError) in
            let client = try backend.connect(to: address, options: options, timeout: .seconds(10))
            var text = "\(describe(try client.localAddress)) to \(describe(try client.remoteAddress))"
            if let server = try listener?.accept(timeout: .seconds(10)) {
                text += ", \(describe(try server.localAddress)) from \(describe(try server.remoteAddress))"
                text += try client.localAddress == server.remoteAddress ? "" : ", which is another form"
            }
            return (client, text)
        }
    }

    /// Connects nonblocking until it is not done at once.
    mutating func fill(_ name: String, at address: Address) -> Connection<B.Stream>? {
        note("fill \(name)") { (backend, _) throws(TransportError) in
            var established: [Connection<B.Stream>] = []
            while true {
                let next = try backend.connect(to: address, mode: .nonblocking)
                do throws(TransportError) {
                    try next.establish()
                    established.append(next)
                } catch {
                    // They are kept by the one that is not established.
                    let count = established.count
                    for client in established { client.close() }
                    return (next, "\(error.kind) after \(count)")
                }
            }
        }
    }

    mutating func connectDatagrams(_ name: String, to address: Address) {
        note("connect datagrams \(name)") { (backend, describe) throws(TransportError) in
            let socket = try backend.datagramSocket(connectedTo: address)
            return (socket, "\(describe(try socket.localAddress)) to \(describe(try socket.remoteAddress))")
        }
    }

    /// Sends a datagram from an endpoint to another, and tells how both see each other.
    mutating func exchange(
        _ name: String, from local: Address?, _ options: [OptionSetting] = [], to address: Address,
        at receiver: DatagramSocket<B.Datagrams>?
    ) {
        note("exchange \(name)") { (backend, describe) throws(TransportError) in
            let sender = try backend.datagramSocket(boundTo: local, options: options)
            try sender.send("?", to: address, timeout: .seconds(10))
            guard let receiver else { return (sender, "sent") }
            let info = try receiver.receive(atMost: 9, timeout: .seconds(10)).info
            guard let origin = info.sender else { return (sender, "from someone without an address") }
            try receiver.send("!", to: origin, timeout: .seconds(10))
            let answer = try sender.receive(atMost: 9, timeout: .seconds(10)).info
            let own = describe(try sender.localAddress)
            return (sender, "from \(describe(origin)), \(own), to \(answer.sender.map(describe) ?? "nobody")")
        }
    }

    mutating func note(_ line: String) { lines.append(line) }

    @discardableResult
    private mutating func note<Object: AnyObject>(
        _ what: String, _ body: (B, (Address) -> String) throws(TransportError) -> (Object, String)
    ) -> Object? {
        do throws(TransportError) {
            let (object, text) = try body(backend, describe)
            kept.append(object)
            lines.append("\(what): \(text)")
            return object
        } catch {
            lines.append("\(what): \(error.kind) in \(error.operation), \(error.aftermath)")
            return nil
        }
    }
}
