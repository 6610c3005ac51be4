internal import TransportCore

/// Datagrams. The cases make their calls themselves: what one endpoint sends needs nobody who waits for it.
let datagramCases: [ConformanceCase] = [
    datagramCase("DGR-01", "Each receive gives one datagram, as it was sent.") { scene, a, b in
        let target = try b.localAddress()
        let datagrams = [1, 100, 1000].map { Payload(UInt64(200 + $0)).bytes($0) }
        for bytes in datagrams { try a.send(bytes, to: target, .within(.seconds(5))) }
        for bytes in datagrams { try scene.expect(bytes, at: b) }
        try scene.expectNoDatagram(at: b)
    },

    datagramCase("DGR-02", "An empty datagram is a datagram, and no end.") { scene, a, b in
        let target = try b.localAddress()
        for bytes in [[], [1], []] as [[UInt8]] { try a.send(bytes, to: target, .within(.seconds(5))) }
        for bytes in [[], [1], []] as [[UInt8]] { try scene.expect(bytes, at: b) }
    },

    datagramCase("DGR-03", "What does not fit is cut, the receiver is told, and the rest is gone.") { scene, a, b in
        let target = try b.localAddress()
        try a.send([1, 2, 3, 4, 5], to: target, .within(.seconds(5)))
        try a.send([6], to: target, .within(.seconds(5)))
        let cut = try b.receive(atMost: 3, .within(.seconds(5)))
        try scene.equalBytes("the datagram that was cut", cut.bytes, [1, 2, 3])
        try scene.equal("whether it was cut", cut.isTruncated, true)
        try scene.expect([6], at: b)
    },

    datagramCase("DGR-04", "A datagram that is too large is refused, and the endpoint goes on.") { scene, a, b in
        let target = try b.localAddress()
        try scene.failure(.messageTooLarge, of: "A", "send 8 MiB at once") { () throws(TransportError) in
            try a.send([UInt8](repeating: 1, count: 8 << 20), to: target, .within(.seconds(5)))
        }
        try a.send([2], to: target, .within(.seconds(5)))
        try scene.expect([2], at: b)
    },

    datagramCase("DGR-05", "A datagram says who sent it, and an answer gets there.") { scene, a, b in
        try a.send([1], to: try b.localAddress(), .within(.seconds(5)))
        let datagram = try scene.expect([1], at: b)
        try scene.equal("the sender", datagram.sender, try a.localAddress())
        try b.send([2], to: datagram.sender, .within(.seconds(5)))
        let answer = try scene.expect([2], at: a)
        try scene.equal("the sender of the answer", answer.sender, try b.localAddress())
    },

    datagramCase("DGR-06", "A connected endpoint receives from its peer alone, until it has none again.") {
        scene, a, b in
        let stranger = try scene.openDatagrams()
        try b.connect(to: try a.localAddress())
        let target = try b.localAddress()
        // Where the system knows the receiver, as with Unix sockets, the stranger may be told.
        try scene.tolerating(.permissionDenied, who: "stranger", "send to B") { () throws(TransportError) in
            try stranger.send([9], to: target, .within(.seconds(5)))
        }
        try a.send([1], to: target, .within(.seconds(5)))
        try scene.expect([1], at: b)
        try scene.expectNoDatagram(at: b)
        try b.send([2], to: nil, .within(.seconds(5)))
        try scene.expect([2], at: a)
        try b.connect(to: nil)
        try scene.failure(.notConnected, of: "B", "send to nobody") { () throws(TransportError) in
            try b.send([3], to: nil, .within(.seconds(5)))
        }
    },

    datagramCase("DGR-07", "That the peer is not there is told at most in passing: the endpoint goes on.") {
        scene, a, b in
        let gone = try scene.openDatagrams()
        try a.connect(to: try gone.localAddress())
        gone.close()
        for _ in 0..<3 {
            // A Unix socket loses its peer with that.
            try scene.tolerating(.connectionRefused, .notConnected, who: "A", "send") { () throws(TransportError) in
                try a.send([1], to: nil, .within(.seconds(5)))
            }
        }
        // What is still to be told may be told by what comes next.
        try a.connect(to: try b.localAddress())
        for _ in 0..<3 {
            let result = scene.attempt("A", "send to a peer that is there") { () throws(TransportError) in
                try a.send([2], to: nil, .within(.seconds(5)))
            }
            if case .success = result { break }
        }
        try scene.expect([2], at: b)
    },

    datagramCase(
        "DGR-08", "Sending to where nobody is, without being connected, is silent or refused, and the endpoint goes on."
    ) { scene, a, b in
        let gone = try scene.openDatagrams()
        let nobody = try gone.localAddress()
        gone.close()
        for _ in 0..<3 {
            try scene.tolerating(.connectionRefused, who: "A", "send to nobody") { () throws(TransportError) in
                try a.send([1], to: nobody, .within(.seconds(5)))
            }
        }
        try a.send([2], to: try b.localAddress(), .within(.seconds(5)))
        try scene.expect([2], at: b)
    },

    datagramCase("DGR-11", "Where nothing is there, receiving would block or times out, and the next one comes whole.")
    {
        scene, a, b in
        try scene.failure(.wouldBlock, of: "B", "receive at once") { () throws(TransportError) in
            try b.receive(atMost: 16, .atOnce)
        }
        for limit in [Limit.within(.milliseconds(2)), .until(.passed)] {
            try scene.failure(.timedOut, of: "B", "receive") { () throws(TransportError) in
                try b.receive(atMost: 16, limit)
            }
        }
        try a.send([1, 2], to: try b.localAddress(), .within(.seconds(5)))
        try scene.expect([1, 2], at: b)
    },

    datagramCase("DGR-12", "Closing ends a pending receive, and every operation says so afterwards.") { scene, a, b in
        let join = try scene.background {
            try scene.failure(.closed, of: "B, receiving", "receive") { () throws(TransportError) in
                try b.receive(atMost: 16, .none)
            }
        }
        // Gives the thread the time to get there: nothing comes to this endpoint.
        _ = try? a.receive(atMost: 1, .within(.milliseconds(5)))
        b.close()
        b.close()
        try join()
        try scene.failure(.closed, of: "B", "receive") { () throws(TransportError) in try b.receive(atMost: 1, .none) }
        try scene.failure(.closed, of: "B", "send") { () throws(TransportError) in
            try b.send([1], to: try a.localAddress(), .none)
        }
    },
]

/// A case with two endpoints.
private func datagramCase(
    _ id: String, _ rule: String,
    body: @escaping @Sendable (Scene, _ a: any DatagramEnd, _ b: any DatagramEnd) throws -> Void
) -> ConformanceCase {
    ConformanceCase(id, rule, drivers: [.blocking], needs: .offer(.datagrams)) { scene in
        try body(scene, try scene.openDatagrams(), try scene.openDatagrams())
    }
}

extension Scene {
    /// Makes a call that may fail, but only in one of some ways.
    fileprivate func tolerating(
        _ kinds: TransportError.Kind..., who: String, _ what: String, _ body: () throws(TransportError) -> Void
    ) throws {
        guard case .failure(let error) = attempt(who, what, body), !kinds.contains(error.kind) else { return }
        throw Mismatch(expected: "\(who) to \(what), or one of \(kinds.map(\.rawValue))", found: "\(error)")
    }

    /// A datagram endpoint at an address of its own.
    fileprivate func openDatagrams() throws -> any DatagramEnd {
        guard let backend = bench.datagrams else { throw NotApplicable("the subject does not offer datagrams") }
        let end = try backend.open()
        keep { end.close() }
        return end
    }

    /// Receives a datagram that must have these bytes.
    @discardableResult
    fileprivate func expect(_ bytes: [UInt8], at end: any DatagramEnd) throws -> ReceivedDatagram {
        let datagram = try value("receiver", "receive a datagram of \(bytes.count) bytes") {
            () throws(TransportError) in
            try end.receive(atMost: 2048, .within(.seconds(5)))
        }
        try equalBytes("the datagram", datagram.bytes, bytes)
        try equal("whether it was cut", datagram.isTruncated, false)
        return datagram
    }

    /// Checks that no datagram is there.
    fileprivate func expectNoDatagram(at end: any DatagramEnd) throws {
        try failure(.timedOut, of: "receiver", "receive, where nothing more is") { () throws(TransportError) in
            try end.receive(atMost: 2048, .within(.milliseconds(2)))
        }
    }
}
