internal import TransportCore

extension Scene {
    /// A listener at an address of its own.
    func listen(_ options: ListenerOptions = ListenerOptions()) throws -> any ListenerEnd {
        guard let backend = bench.backend else { throw NotApplicable("the subject does not offer a backend") }
        return keep(try backend.listen(options))
    }

    /// Has a listener closed when the run is over.
    func keep(_ listener: any ListenerEnd) -> any ListenerEnd {
        keep { listener.close() }
        return listener
    }

    /// Connects to a listener and accepts the connection.
    func connectAndAccept(_ listener: any ListenerEnd) throws -> (client: any StreamEnd, server: any StreamEnd) {
        let client = try value("client", "begin to connect") { () throws(TransportError) in try listener.beginConnect()
        }
        keep(client)
        let server = try value("listener", "accept") { () throws(TransportError) in
            try listener.accept(.within(.seconds(5)))
        }
        keep(server)
        try value("client", "establish") { () throws(TransportError) in try client.establish(.within(.seconds(5))) }
        return (client, server)
    }

    /// Connects to a listener that accepts nobody until its queue is full.
    ///
    /// - Returns: Those who are in the queue.
    func fillQueue(of listener: any ListenerEnd) throws -> [any StreamEnd] {
        var clients: [any StreamEnd] = []
        for number in 0..<8 {
            let result = attempt("client \(number)", "connect within 20 ms") { () throws(TransportError) in
                let client = try listener.connect(.within(.milliseconds(20)))
                keep(client)
                return client
            }
            guard case .success(let client) = result else { return clients }
            clients.append(client)
        }
        throw NotApplicable("a queue of 0 has room for more than 8")
    }
}
