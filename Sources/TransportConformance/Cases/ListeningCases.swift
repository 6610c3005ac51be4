internal import TransportCore

/// Listening and accepting. The cases make their calls themselves: a listener has no two ends to drive.
///
/// That a listener survives the lack of descriptors needs system calls that fail on purpose, which a backend must
/// script itself.
let listeningCases: [ConformanceCase] = [
    ConformanceCase(
        "LIS-01", "A listener has a real address, and what connects to it is accepted and works.", drivers: [.stepping],
        needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        _ = try scene.value("listener", "ask for the address") { () throws(TransportError) in
            try listener.localAddress()
        }
        let (client, server) = try scene.connectAndAccept(listener)
        try scene.run([
            Part(client, [.send("ping"), .receive("pong")]), Part(server, [.receive("ping"), .send("pong")]),
        ])
    },

    ConformanceCase(
        "LIS-02", "Accepting where nobody is would block, and closing the listener ends it in another thread.",
        drivers: [.blocking], needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        try scene.failure(.wouldBlock, of: "listener", "accept at once") { () throws(TransportError) in
            try listener.accept(.atOnce)
        }
        let join = try scene.background {
            try scene.failure(.closed, of: "listener, accepting", "accept") { () throws(TransportError) in
                try listener.accept(.none)
            }
        }
        try scene.pause()
        listener.close()
        try join()
        try scene.failure(.closed, of: "listener", "accept") { () throws(TransportError) in try listener.accept(.none) }
        listener.close()
    },

    ConformanceCase(
        "LIS-03", "Everyone who connects is accepted, once.", drivers: [.stepping], needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        let clients = try (0..<16).map { number in
            let client = try scene.value("client \(number)", "begin to connect") { () throws(TransportError) in
                try listener.beginConnect()
            }
            scene.keep(client)
            return client
        }
        var seen: Set<UInt8> = []
        for number in clients.indices {
            let server = try scene.value("listener", "accept") { () throws(TransportError) in
                try listener.accept(.within(.seconds(5)))
            }
            scene.keep(server)
            // Connections need not be accepted in the order in which they were begun.
            if number == 0 {
                for (number, client) in clients.enumerated() {
                    try client.establish(.within(.seconds(5)))
                    try client.sendAll([UInt8(number)], .within(.seconds(5)))
                }
            }
            let byte = try server.receiveExactly(1, .within(.seconds(5)))
            try scene.check(seen.insert(byte[0]).inserted, "every client once", "client \(byte[0]) twice")
        }
        try scene.failure(.wouldBlock, of: "listener", "accept at once") { () throws(TransportError) in
            try listener.accept(.atOnce)
        }
    },

    ConformanceCase(
        "LIS-04", "Nobody connects to a listener that was closed.", drivers: [.stepping], needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        listener.close()
        try scene.failure(.connectionRefused, .noSuchFile, of: "client", "connect") { () throws(TransportError) in
            try listener.connect(.within(.seconds(5)))
        }
    },

    ConformanceCase(
        "LIS-05", "Who is queued when a listener is closed finds an end or a reset, and does not hang.",
        drivers: [.stepping], needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        let client = try scene.value("client", "connect") { () throws(TransportError) in
            try listener.connect(.within(.seconds(5)))
        }
        scene.keep(client)
        listener.close()
        try scene.run([Part(client, [.receiveToEnd([], or: .connectionReset)])])
    },

    ConformanceCase(
        "LIS-06", "A listener that stops accepting gives out who is queued, refuses others, and is then done.",
        drivers: [.stepping], needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        let client = try scene.value("client", "connect") { () throws(TransportError) in
            try listener.connect(.within(.seconds(5)))
        }
        scene.keep(client)
        try scene.value("listener", "stop accepting") { () throws(TransportError) in try listener.stopAccepting() }
        try scene.failure(.connectionRefused, .noSuchFile, of: "another client", "connect") {
            () throws(TransportError) in
            try listener.connect(.within(.seconds(5)))
        }
        let server = try scene.value("listener", "accept") { () throws(TransportError) in
            try listener.accept(.within(.seconds(5)))
        }
        scene.keep(server)
        try scene.run([Part(client, [.send("x")]), Part(server, [.receive("x")])])
        try scene.failure(.closed, of: "listener", "accept") { () throws(TransportError) in
            try listener.accept(.within(.seconds(5)))
        }
        try scene.value("listener", "stop accepting again") { () throws(TransportError) in try listener.stopAccepting()
        }
    },

    ConformanceCase(
        "LIS-07", "An address that is listened at is in use, and free again after closing.", drivers: [.stepping],
        needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        try scene.failure(.addressInUse, of: "another listener", "listen at the same address") {
            () throws(TransportError) in
            try listener.listenAgain()
        }
        listener.close()
        let next = scene.keep(
            try scene.value("another listener", "listen at the same address") { () throws(TransportError) in
                try listener.listenAgain()
            }
        )
        let (client, server) = try scene.connectAndAccept(next)
        try scene.run([Part(client, [.send("x")]), Part(server, [.receive("x")])])
    },

    ConformanceCase(
        "LIS-08", "A client that has gone before it was accepted does not keep the next one from being accepted.",
        drivers: [.stepping], needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        let gone = try scene.value("client", "connect") { () throws(TransportError) in
            try listener.connect(.within(.seconds(5)))
        }
        gone.abort()
        let client = try scene.value("next client", "connect") { () throws(TransportError) in
            try listener.connect(.within(.seconds(5)))
        }
        scene.keep(client)
        try client.sendAll([7], .within(.seconds(5)))
        // The one that has gone may be given out or passed over.
        for _ in 0..<2 {
            let server = try scene.value("listener", "accept") { () throws(TransportError) in
                try listener.accept(.within(.seconds(5)))
            }
            scene.keep(server)
            if let bytes = try? server.receive(atMost: 1, .within(.seconds(5))), bytes == [7] { return }
        }
        throw Mismatch(expected: "the second client to be accepted", found: "it is not among two connections")
    },

    ConformanceCase(
        "LIS-09", "A connect to a listener whose queue is full does not outlast its deadline.", drivers: [.stepping],
        needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen(ListenerOptions(backlog: 0))
        _ = try? scene.fillQueue(of: listener)
        // Those who wait are served when there is room.
        let server = try scene.value("listener", "accept") { () throws(TransportError) in
            try listener.accept(.within(.seconds(5)))
        }
        scene.keep(server)
    },

    ConformanceCase(
        "LIS-10", "Closing a listener leaves the connections alone that it has given out.", drivers: [.stepping],
        needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        let (client, server) = try scene.connectAndAccept(listener)
        listener.close()
        try scene.run([
            Part(client, [.send("ping"), .receive("pong"), .close]),
            Part(server, [.receive("ping"), .send("pong"), .end]),
        ])
    },
]
