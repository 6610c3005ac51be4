internal import TransportCore

/// Why there are no replies.
enum Breakdown: Error {
    case network(TransportError)
    case violation(ReplyViolation)
    case server(ServerError)
    /// The next attempt to connect would come too late; this is how the last one failed.
    case noTimeLeft(TransportError)
}

/// One connection to a server, and the replies that come over it.
final class Conversation<Stream: Transport> {
    private let connection: Connection<Stream>
    private var parser: ReplyParser
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Whether it has ever given a call the replies that it wanted.
    var hasWorked = false

    /// Whether every command that was sent has its reply, and nothing more has come. Otherwise the next reply would be
    /// taken for that of another command, and the connection must not be used again.
    private(set) var isInStep = true

    init(_ connection: Connection<Stream>, limits: ReplyLimits) {
        self.connection = connection
        self.parser = ReplyParser(limits: limits)
    }

    func close() { connection.close() }

    /// Whether the connection can take the next commands: it is in step, and the server has not closed it meanwhile.
    var isReady: Bool {
        guard isInStep else { return false }
        // Nothing is awaited, so whatever there is to read is an end, a reset, or something nobody has asked for. Waiting
        // until it is readable would not do: under TLS there may be something that is for TLS alone.
        do throws(TransportError) {
            _ = try connection.receive(into: &buffer, timeout: .zero)
            return false
        } catch {
            return error.kind == .wouldBlock
        }
    }

    /// Sends commands and receives their replies.
    ///
    /// A server may stop reading until its replies are read. So this reads whenever it cannot write: neither side ever
    /// waits for the other, however many commands there are.
    ///
    /// - Parameters:
    ///   - request: The commands' bytes.
    ///   - count: How many commands that are.
    ///   - sent: Is told how many bytes the connection took, also when this throws.
    ///   - replies: Where replies are added, also when this throws.
    func exchange(
        _ request: [UInt8], count: Int, sent: inout Int, replies: inout [RedisValue], until deadline: Deadline
    ) throws(Breakdown) {
        sent = 0
        guard !deadline.hasPassed(at: connection.transport.now) else {
            throw .network(TransportError(.timedOut, operation: .send))
        }
        let end = replies.count + count
        while try !send(request, from: &sent) {
            guard try waitForEither(until: deadline) else {
                throw .network(TransportError(.timedOut, operation: .send).with(bytesTransferred: sent))
            }
            try receive(into: &replies, upTo: end, timeout: .zero, until: deadline)
        }
        while replies.count < end { try receive(into: &replies, upTo: end, timeout: nil, until: deadline) }
        isInStep = parser.isBetweenReplies
    }

    /// Sends what there is room for. True when everything was taken.
    private func send(_ request: [UInt8], from sent: inout Int) throws(Breakdown) -> Bool {
        isInStep = false
        do throws(TransportError) {
            // All of it, not only some: layers are told to hand over what they hold back.
            try connection.sendAll(request[sent...], timeout: .zero)
            sent = request.count
            return true
        } catch {
            sent += error.bytesTransferred
            guard error.kind == .wouldBlock else { throw .network(error.with(bytesTransferred: sent)) }
            return false
        }
    }

    private func waitForEither(until deadline: Deadline) throws(Breakdown) -> Bool {
        do throws(TransportError) {
            return try connection.wait(for: [.readable, .writable], deadline: deadline)
        } catch {
            throw .network(error)
        }
    }

    /// Receives once, and adds the replies that are complete.
    private func receive(
        into replies: inout [RedisValue], upTo end: Int, timeout: Duration?, until deadline: Deadline
    ) throws(Breakdown) {
        let count: Int?
        do throws(TransportError) {
            count = try connection.receive(into: &buffer, timeout: timeout, deadline: deadline)
        } catch {
            if error.kind == .wouldBlock { return }
            throw .network(error)
        }
        guard let count else {
            let place = parser.isBetweenReplies ? "before its reply" : "in the middle of its reply"
            throw .network(
                TransportError(.unexpectedEnd, operation: .receive)
                    .with(message: "the server closed the connection \(place)").with(aftermath: .dead))
        }
        parser.append(buffer[..<count])
        do throws(ReplyViolation) {
            while replies.count < end, let reply = try parser.next() {
                replies.append(reply)
            }
        } catch {
            throw .violation(error)
        }
    }
}
