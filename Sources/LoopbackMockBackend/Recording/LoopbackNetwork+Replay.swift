public import TransportCore

/// How closely a client must follow a ``Recording``.
public struct ReplayMode: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case strict, perDirection
    }

    let kind: Kind

    /// The client sends the recorded bytes, and each of the server's answers comes only after what came before it in the
    /// recording, and as much later.
    public static let strict = ReplayMode(kind: .strict)

    /// The two directions have nothing to do with each other: the server's bytes come at their recorded times, whatever
    /// the client does, and the client's must be the recorded ones in the end, whenever it sends them.
    public static let perDirection = ReplayMode(kind: .perDirection)
}

extension LoopbackNetwork {
    /// Has a peer listen at a port of a machine that plays the server's part of a recording, in the network's time.
    ///
    /// ```swift
    /// let server = try network.replay(Recording(text), on: "shop", port: 443)
    /// …
    /// try server.verify()
    /// ```
    ///
    /// The first connection is answered as the first recorded one was, and so on; one more is refused. A byte that
    /// differs from the recorded one is a ``ScriptFailure`` with both in hexadecimal, as for scripts.
    ///
    /// - Parameters:
    ///   - recording: The recording.
    ///   - host: The name of the machine.
    ///   - port: The port, for IPv4 and IPv6.
    ///   - mode: How closely the client must follow. The default is ``ReplayMode/strict``.
    /// - Returns: The peer; call ``ScriptedService/verify()`` when the client is done.
    /// - Throws: ``/TransportCore/TransportError/Kind/addressInUse`` when something listens there.
    public func replay(
        _ recording: Recording, on host: String, port: UInt16, _ mode: ReplayMode = .strict
    ) throws(TransportError) -> ScriptedService<IP> {
        let scripts = recording.connections.map { conversation in
            mode == .strict ? PeerScript(strictly: conversation.events) : PeerScript(perDirection: conversation)
        }
        return try serve(ScriptPlayer(scripts: scripts), on: host, port: port)
    }
}

extension PeerScript {
    /// The server's part, each step after what came before it.
    fileprivate init(strictly events: [Recording.Event]) {
        self.init()
        var expected: [UInt8] = []
        var latest: Int64 = 0
        for event in events {
            if event.sender == .client, case .bytes(let bytes) = event.content {
                // How the client's bytes were cut is the network's doing.
                expected += bytes
            } else {
                if !expected.isEmpty { expect(expected) }
                expected = []
                add(event, after: latest)
            }
            latest = max(latest, event.nanoseconds)
            // Nothing of the client's would be seen any more.
            if event.sender == .server, event.content == .reset { break }
        }
        if !expected.isEmpty { expect(expected) }
    }

    /// The server's part at its times, and then the client's.
    fileprivate init(perDirection conversation: Recording.Conversation) {
        self.init()
        var latest: Int64 = 0
        var cuts = false
        for event in conversation.events where event.sender == .server {
            if event.content == .reset { cuts = true } else { add(event, after: latest) }
            latest = max(latest, event.nanoseconds)
        }
        let expected = conversation.bytes(from: .client)
        if !expected.isEmpty { expect(expected) }
        // After a reset nothing of the client's would be seen any more.
        if cuts {
            reset()
        } else if conversation.events.contains(where: { $0.sender == .client && $0.content.isEnding }) {
            steps.append(.expectGone)
        }
    }

    /// Adds a step that is not about the client's bytes.
    private mutating func add(_ event: Recording.Event, after latest: Int64) {
        switch (event.sender, event.content) {
        case (.client, .bytes(let bytes)): expect(bytes)
        case (.client, _): steps.append(.expectGone)
        case (.server, let content):
            if event.nanoseconds > latest { pause(for: .nanoseconds(event.nanoseconds - latest)) }
            switch content {
            case .bytes(let bytes): send(bytes)
            case .end: sendEndOfStream()
            case .reset: reset()
            }
        }
    }
}

extension Recording.Content {
    /// Whether nothing comes from that end any more.
    fileprivate var isEnding: Bool { self == .end || self == .reset }
}
