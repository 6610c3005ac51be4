internal import TransportCore

/// Connecting, and names.
///
/// What needs several addresses with a schedule of their own (the happy eyeballs), a network that swallows packets or a
/// resolver that can be scripted is for the tests of the connector itself, which is the same over every backend.
let connectingCases: [ConformanceCase] = [
    ConformanceCase(
        "CNT-01", "Connecting to where nobody listens is refused, and the error says where.", drivers: [.blocking],
        needs: .offer(.deadAddress)
    ) { scene in
        for limit in [Limit.none, .within(.seconds(5))] {
            guard let result = try scene.bench.backend?.connectToNobody(limit) else { return }
            switch result {
            case .success(let end):
                scene.keep(end)
                throw Mismatch(expected: "a refusal", found: "a connection")
            case .failure(let error):
                try scene.check(
                    [.connectionRefused, .noSuchFile].contains(error.kind), "connectionRefused or noSuchFile",
                    "\(error)"
                )
                try scene.check(error.address != nil, "the address in the error", "\(error)")
            }
        }
    },

    ConformanceCase(
        "CNT-02",
        "A connection that is begun without waiting is established when that has been found out, and not before.",
        drivers: [.stepping], needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen()
        let client = try scene.value("client", "begin to connect") { () throws(TransportError) in
            try listener.beginConnect()
        }
        scene.keep(client)
        let server = try scene.value("listener", "accept") { () throws(TransportError) in
            try listener.accept(.within(.seconds(5)))
        }
        scene.keep(server)
        for _ in 0..<3 {
            try scene.value("client", "establish") { () throws(TransportError) in
                try client.establish(.within(.seconds(5)))
            }
        }
        try scene.equal("the client's remote address", try client.remoteAddress(), try server.localAddress())
        try scene.run([Part(client, [.send("x")]), Part(server, [.receive("x")])])
    },

    ConformanceCase(
        "CNT-03", "A name of the backend's own network leads to its listener.", drivers: [.stepping],
        needs: .offer(.resolver)
    ) { scene in
        guard let names = scene.bench.names else { return }
        try names.connectByName(scene)
    },

    ConformanceCase(
        "CNT-04", "A name that nobody has is noSuchName, with the name in the error.", drivers: [.blocking],
        needs: .offer(.resolver)
    ) { scene in
        guard let names = scene.bench.names else { return }
        let error = try scene.failure(.noSuchName, of: "client", "connect to a name that nobody has") {
            () throws(TransportError) in
            try names.connect(to: names.unknownName, .within(.seconds(5)))
        }
        try scene.check("\(error)".contains(names.unknownName), "the name in the error", "\(error)")
    },

    ConformanceCase(
        "CNT-08", "Resolving and connecting share one deadline, and one that has passed is over at once.",
        drivers: [.blocking], needs: .offer(.resolver)
    ) { scene in
        guard let names = scene.bench.names else { return }
        try scene.failure(.timedOut, of: "client", "connect by name") { () throws(TransportError) in
            try names.connect(to: names.knownName, .until(.passed))
        }
    },
]
