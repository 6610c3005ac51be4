public import TransportCore

/// A client of one Redis server, over any backend.
///
/// ```swift
/// let client = RedisClient(host: "cache", via: SocketBackend<IP>())
/// try client.set("greeting", "hello")
/// let greeting = try client.get("greeting")
/// ```
///
/// It connects with the first command, and again after the connection was lost, with a growing wait between attempts
/// that fail. Every call has one time limit for everything: connecting, waiting, sending, and all replies.
///
/// **Once or not at all.** A command that the server may have carried out is sent again only when that does no harm
/// (``RedisCommand/isSafeToRepeat``); otherwise the call fails, and the error's ``CallProgress`` says what is in doubt.
/// A connection on which a reply is still to come is never used for another command.
///
/// A client belongs to one thread at a time; the compiler sees to that.
public final class RedisClient<Base: Backend> {
    /// Where the client has connections, time and chance from.
    public let backend: Base

    private let configuration: RedisConfiguration
    private let endpoint: String
    private let connect: (Deadline) throws(TransportError) -> Connection<Base.Stream>

    private var conversation: Conversation<Base.Stream>?
    /// How many connections in a row came to nothing, and how the last one failed.
    private var failureCount = 0
    private var lastFailure: TransportError?
    /// When the next connection may be tried.
    private var nextAttempt: Instant?

    /// Makes a client of a server at an address. Connects with the first command.
    ///
    /// - Parameters:
    ///   - address: The server's address.
    ///   - configuration: Time limits, log-in and more. The default is that of `RedisConfiguration()`.
    ///   - backend: Where connections come from.
    public init(
        address: Base.Family.SocketAddress, configuration: RedisConfiguration = RedisConfiguration(), via backend: Base
    ) {
        self.backend = backend
        self.configuration = configuration
        endpoint = "\(address)"
        connect = { (deadline) throws(TransportError) in
            try backend.connect(to: address, mode: .blocking, deadline: deadline)
        }
    }

    /// Makes a client of a server at a name or numeric address. Connects with the first command.
    ///
    /// - Parameters:
    ///   - host: The server's name or numeric address.
    ///   - port: The server's port. The default is 6379.
    ///   - configuration: Time limits, log-in and more. The default is that of `RedisConfiguration()`.
    ///   - backend: Where connections come from.
    public init(
        host: String, port: UInt16 = 6379, configuration: RedisConfiguration = RedisConfiguration(), via backend: Base
    ) where Base: ResolvingBackend {
        self.backend = backend
        self.configuration = configuration
        endpoint = "\(host):\(port)"
        connect = { (deadline) throws(TransportError) in
            try backend.connect(host: host, port: port, mode: .blocking, deadline: deadline)
        }
    }

    deinit { close() }

    /// Closes the connection. The next command connects again.
    public func close() {
        conversation?.close()
        conversation = nil
    }

    /// Sends a command and gives its reply.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - timeout: How long it may take in all. The default, nil, is what the configuration says.
    /// - Throws: ``RedisError/server(_:)`` when the reply is an error, and all other cases but an unexpected reply.
    @discardableResult
    public func send(_ command: RedisCommand, timeout: Duration? = nil) throws(RedisError) -> RedisValue {
        let replies = try perform([command], timeout)
        guard let reply = replies.first else { throw .unexpectedReply(.array(replies), wanted: "one reply") }
        if case .error(let error) = reply { throw .server(error) }
        return reply
    }

    /// Sends several commands at once and gives all their replies, in their order.
    ///
    /// One round trip for all of them, however many. Errors of single commands are among the replies.
    ///
    /// ```swift
    /// let replies = try client.pipeline {
    ///     $0.add(.set("a", 1))
    ///     $0.add(.incr("a"))
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - timeout: How long it may take in all. The default, nil, is what the configuration says.
    ///   - fill: Adds the commands.
    /// - Throws: ``RedisError/network(_:_:)`` and others when not all replies came; the error has those that did.
    @discardableResult
    public func pipeline(
        timeout: Duration? = nil, _ fill: (inout RedisPipeline) -> Void
    ) throws(RedisError) -> [RedisValue] {
        var pipeline = RedisPipeline()
        fill(&pipeline)
        return try perform(pipeline.commands, timeout)
    }
}

// MARK: - One call

extension RedisClient {
    private func perform(_ commands: [RedisCommand], _ timeout: Duration?) throws(RedisError) -> [RedisValue] {
        var call = Call(commands)
        if let obstacle = call.obstacle { throw .invalidCommand(obstacle) }
        let deadline: Deadline
        do throws(TransportError) {
            deadline = try backend.deadline(after: timeout ?? configuration.timeout)
        } catch {
            throw .network(error, call.progress)
        }
        while !call.isDone {
            call.progress.attempts += 1
            do throws(Breakdown) {
                try attempt(&call, until: deadline)
            } catch {
                switch error {
                case .server(let error): throw .server(error)
                case .violation(let violation): throw .malformedReply(violation, call.progress)
                case .noTimeLeft(let error):
                    call.progress.attempts -= 1  // this one was not made
                    throw .network(error, call.progress)
                case .network(let error):
                    let mayGoOn = call.isSafeToGoOn && error.kind.mayPass && !deadline.hasPassed(at: backend.now)
                    guard mayGoOn, call.progress.attempts < configuration.attempts else {
                        throw .network(error.with(address: error.address ?? endpoint), call.progress)
                    }
                }
            }
        }
        return call.progress.replies
    }

    /// Does on one connection what is left of a call.
    private func attempt(_ call: inout Call, until deadline: Deadline) throws(Breakdown) {
        call.beginAttempt()
        let conversation = try readyConversation(until: deadline)
        let before = call.progress.replies.count
        do throws(Breakdown) {
            try call.exchange(over: conversation, until: deadline)
            conversation.hasWorked = true
            noteSuccess()
            if !conversation.isInStep { close() }
        } catch {
            call.endFailedAttempt()
            if call.progress.replies.count > before { conversation.hasWorked = true }
            if !conversation.isInStep { drop(conversation, after: error) }
            throw error
        }
    }

    /// Gives a broken connection up. One that has never worked counts as a failed attempt to connect.
    private func drop(_ conversation: Conversation<Base.Stream>, after error: Breakdown) {
        close()
        if conversation.hasWorked {
            noteSuccess()
        } else if case .network(let error) = error {
            noteFailure(error)
        }
    }
}

// MARK: - Connecting

extension RedisClient {
    /// The connection, when it can still be used, or a new one.
    private func readyConversation(until deadline: Deadline) throws(Breakdown) -> Conversation<Base.Stream> {
        if let conversation, conversation.isReady { return conversation }
        close()
        try waitForNextAttempt(until: deadline)
        do throws(Breakdown) {
            let fresh = try newConversation(until: deadline)
            conversation = fresh
            return fresh
        } catch {
            if case .network(let error) = error { noteFailure(error) }
            throw error
        }
    }

    /// Connects and logs in.
    private func newConversation(until deadline: Deadline) throws(Breakdown) -> Conversation<Base.Stream> {
        let fresh: Conversation<Base.Stream>
        let limit: Deadline
        do throws(TransportError) {
            limit = min(deadline, try backend.deadline(after: configuration.connectTimeout))
            fresh = Conversation(try connect(limit), limits: configuration.limits)
        } catch {
            throw .network(error)
        }
        var greeting = Call(configuration.greeting)
        guard !greeting.isDone else { return fresh }
        greeting.beginAttempt()
        do throws(Breakdown) {
            try greeting.exchange(over: fresh, until: limit)
        } catch {
            fresh.close()
            throw error
        }
        for case .error(let error) in greeting.progress.replies {
            fresh.close()
            throw .server(error)
        }
        return fresh
    }

    /// Sleeps as long as the back-off says, unless there is no time for it.
    private func waitForNextAttempt(until deadline: Deadline) throws(Breakdown) {
        guard let nextAttempt, nextAttempt > backend.now else { return }
        if let lastFailure, deadline <= .at(nextAttempt) { throw .noTimeLeft(lastFailure) }
        do throws(TransportError) {
            try backend.sleep(until: nextAttempt)
        } catch {
            throw .network(error)
        }
    }

    private func noteSuccess() {
        failureCount = 0
        nextAttempt = nil
    }

    private func noteFailure(_ error: TransportError) {
        failureCount += 1
        lastFailure = error
        let delay = configuration.backoff.delay(afterFailures: failureCount, random: backend.randomNumber())
        nextAttempt = backend.now.advanced(by: delay)
    }
}

extension TransportError.Kind {
    /// Whether another connection may have more luck.
    fileprivate var mayPass: Bool {
        switch self {
        case .connectionRefused, .connectionReset, .connectionAborted, .brokenPipe, .unexpectedEnd, .truncated,
            .timedOut, .peerUnresponsive, .hostUnreachable, .networkUnreachable, .nameServiceUnavailable, .noSuchFile:
            true
        default: false
        }
    }
}
