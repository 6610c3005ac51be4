internal import TransportCore

/// What a transport claims of itself: what is claimed holds, and what is not claimed is absent.
///
/// Half-close is claimed in EOF-04 to EOF-10 and absent in EOF-13; the rest is here.
let factCases: [ConformanceCase] = [
    ConformanceCase("FCT-01", "The transport claims what it is expected to claim, at both ends.", drivers: [.stepping])
    {
        scene in
        let (a, b) = try (scene.a.facts, scene.b.facts)
        try scene.equal("what B claims, as A does", b.names, a.names)
        guard let expected = scene.subject.facts else { return }
        try scene.equal("what A claims", a.names, expected.names)
    },

    ConformanceCase(
        "FCT-02", "abortIsVisible is not claimed: cutting the stream is an end for the peer, and no reset.",
        needs: .without(.abortIsVisible)
    ) { scene in
        try scene.run(a: [.abort])
        let end: Act = try scene.claims.contains(.detectsTruncation) ? .fails(.receiveToEnd, .truncated) : .end
        try scene.run(b: [end, end])
    },

    ConformanceCase(
        "FCT-03", "firstSendAfterPeerCloseFails is claimed: it does.", needs: .fact(.firstSendAfterPeerCloseFails)
    ) { scene in
        try scene.run(b: [.close])
        try scene.run(a: [.end, .fails(.send([1]), .brokenPipe, .connectionReset)])
    },

    ConformanceCase(
        "FCT-04", "firstSendAfterPeerCloseFails is not claimed: it succeeds, and a later one fails.",
        needs: .without(.firstSendAfterPeerCloseFails)
    ) { scene in
        try scene.run(b: [.close])
        try scene.run(
            a: [.end, .send([1]), .fails(.sendUntilFailure(atMost: 64 << 20), .brokenPipe, .connectionReset)]
        )
    },

    ConformanceCase(
        "FCT-05",
        "detectsTruncation is not claimed: a stream that is cut below is a reset or an end, and not truncated.",
        needs: .without(.detectsTruncation).and(.offer(.sever))
    ) { scene in
        try scene.pair.sever?()
        try scene.run(b: [.receiveToEnd([], or: .connectionReset)])
    },

    ConformanceCase(
        "FCT-06", "buffersInput is claimed: the transport says that it holds what it did not give.",
        drivers: [.stepping],
        needs: .fact(.buffersInput)
    ) { scene in
        try scene.run(a: [.send("held")])
        let b = try scene.b
        try scene.equalBytes(
            "the first byte", try b.receive(atMost: 1, .within(.seconds(5))) ?? [], [UInt8(ascii: "h")])
        try scene.equal("whether the transport holds something", b.hasBufferedInput, true)
        try scene.run(b: [.receive("eld")])
        try scene.equal("whether the transport holds something at last", b.hasBufferedInput, false)
    },

    ConformanceCase(
        "FCT-07", "buffersInput is not claimed: the transport never says that it holds anything.", drivers: [.stepping],
        needs: .without(.buffersInput)
    ) { scene in
        let b = try scene.b
        let pending = try scene.background { [a = try scene.a] in try a.sendAll([1, 2, 3], .none) }
        for byte in UInt8(1)...3 {
            try scene.equalBytes("the next byte", try b.receive(atMost: 1, .within(.seconds(5))) ?? [], [byte])
            try scene.equal("whether the transport holds something", b.hasBufferedInput, false)
        }
        try pending()
    },

    ConformanceCase(
        "FCT-08", "needsFlush is claimed: what was taken need not arrive before it is flushed, and does then.",
        drivers: [.stepping], needs: .fact(.needsFlush)
    ) { scene in
        let a = try scene.a
        try scene.equal("the step", try a.trySend([1]), .sent(1))
        try expectNothing(at: scene.b, scene)
        try finishStep(.flush, at: a, scene)
        try scene.run(b: [.receive([1])])
    },

    ConformanceCase(
        "FCT-09", "needsFlush is not claimed: what was taken arrives without being flushed.", drivers: [.stepping],
        needs: .without(.needsFlush)
    ) { scene in
        let a = try scene.a
        try scene.equal("the step", try a.trySend([1]), .sent(1))
        try scene.run(b: [.receive([1])])
        try scene.equal("flushing what is held nowhere", try a.tryFlush(), .done)
    },

    ConformanceCase(
        "FCT-10", "vectored is claimed: one call takes bytes of several runs.", drivers: [.stepping],
        needs: .fact(.vectored)
    ) { scene in
        let step = try scene.a.trySend(gathering: [[1, 2, 3], [4, 5, 6, 7]])
        guard case .sent(let count) = step, count > 3 else {
            throw Mismatch(expected: "more than the 3 bytes of the first run", found: "\(step)")
        }
        try scene.run(b: [.receive([UInt8](1...7).prefix(count).map { $0 })])
    },

    ConformanceCase(
        "FCT-11", "vectored is not claimed: one call takes bytes of one run at most.", drivers: [.stepping],
        needs: .without(.vectored)
    ) { scene in
        let step = try scene.a.trySend(gathering: [[1, 2, 3], [4, 5, 6, 7]])
        guard case .sent(let count) = step, (1...3).contains(count) else {
            throw Mismatch(expected: "at most the 3 bytes of the first run", found: "\(step)")
        }
    },

    ConformanceCase(
        "FCT-12", "exposesDescriptor is claimed: the ends have descriptors, each its own.", drivers: [.stepping],
        needs: .fact(.exposesDescriptor)
    ) { scene in
        guard let a = try scene.a.query(DescriptorNumber.self), let b = try scene.b.query(DescriptorNumber.self) else {
            throw Mismatch(expected: "a descriptor", found: "none")
        }
        try scene.check(a >= 0 && b >= 0 && a != b, "two descriptors", "\(a) and \(b)")
    },

    ConformanceCase(
        "FCT-13", "exposesDescriptor is not claimed: there is no descriptor.", drivers: [.stepping],
        needs: .without(.exposesDescriptor)
    ) { scene in
        let descriptor = try scene.a.query(DescriptorNumber.self)
        try scene.check(descriptor == nil, "no descriptor", "\(descriptor ?? -1)")
    },

    ConformanceCase(
        "FCT-14", "addressesSurviveClose is claimed: both addresses can be asked for after closing.",
        drivers: [.stepping],
        needs: .fact(.addressesSurviveClose)
    ) { scene in
        let a = try scene.a
        let before = try [a.localAddress(), a.remoteAddress()]
        try scene.run(a: [.close])
        try scene.equal("A's addresses after closing", try [a.localAddress(), a.remoteAddress()], before)
    },

    ConformanceCase(
        "FCT-15", "addressesSurviveClose is not claimed: after closing, not both addresses are known.",
        drivers: [.stepping], needs: .without(.addressesSurviveClose)
    ) { scene in
        let a = try scene.a
        try scene.run(a: [.close])
        let known = [try? a.localAddress(), try? a.remoteAddress()].compactMap { $0 }
        try scene.check(known.count < 2, "at least one address to be unknown", "both are known")
    },

    ConformanceCase(
        "FCT-16", "preservesBoundaries is claimed: each receive gives what one send was given.", drivers: [.stepping],
        needs: .fact(.preservesBoundaries)
    ) { scene in
        let b = try scene.b
        try scene.run(a: [.send("one"), .send("three")])
        for message in ["one", "three"] {
            let bytes = try b.receive(atMost: 64, .within(.seconds(5))) ?? []
            try scene.equalBytes("a message", bytes, [UInt8](message.utf8))
        }
    },

    ConformanceCase(
        "FCT-17", "preservesBoundaries is not claimed: what a receive has no room for comes with the next one.",
        drivers: [.stepping], needs: .without(.preservesBoundaries)
    ) { scene in
        let pending = try scene.background { [a = try scene.a] in try a.sendAll([1, 2, 3, 4, 5], .none) }
        try scene.run(b: [.receive([1, 2]), .receive([3]), .receive([4, 5])])
        try pending()
    },

    ConformanceCase(
        "FCT-18",
        "A full queue of a listener makes connects wait where fullBacklogPends is claimed, and fail elsewhere.",
        drivers: [.stepping], needs: .offer(.backend)
    ) { scene in
        let listener = try scene.listen(ListenerOptions(backlog: 0))
        let pends = listener.facts.contains(.fullBacklogPends)
        // How many a queue takes that is asked for none is the system's business; here, few.
        for _ in 0..<8 {
            let result = scene.attempt("client", "connect within 20 ms") { () throws(TransportError) in
                let client = try listener.beginConnect()
                scene.keep(client)
                try client.establish(.within(.milliseconds(20)))
            }
            guard case .failure(let error) = result else { continue }
            try scene.equal("whether the connect was still waiting", error.kind == .timedOut, pends)
            return
        }
        throw Mismatch(
            expected: "a queue that is full at some time", found: "it takes 8 connections that nobody accepts")
    },
]
