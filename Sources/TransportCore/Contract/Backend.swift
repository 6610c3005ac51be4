/// Where streams and listeners come from: client and server code takes one as a parameter.
///
/// ```swift
/// struct RedisClient<B: ResolvingBackend> {
///     let connection: Connection<B.Stream>
///     init(host: String, port: UInt16 = 6379, via backend: B) throws(TransportError) {
///         connection = try backend.connect(host: host, port: port, timeout: .seconds(3))
///     }
/// }
/// ```
///
/// A backend also owns time and randomness, so that an in-memory backend controls both.
public protocol Backend<Family>: TimeSource {
    /// The family of the addresses.
    associatedtype Family where Family == Stream.Family
    /// The type of the streams.
    associatedtype Stream: Transport
    /// The type of the listeners.
    associatedtype StreamListener: TransportListener where StreamListener.Accepted == Stream

    /// Begins to open a stream and does not wait: ``Transport/tryEstablish()`` goes on with it.
    ///
    /// - Throws: What is known at once, such as ``TransportError/Kind/addressNotAvailable``.
    func beginOpen(
        to address: Family.SocketAddress, options: StreamOptions<Family>
    ) throws(TransportError) -> Stream

    /// Opens a stream, waiting until a deadline. The default begins, waits and goes on in turn.
    ///
    /// - Throws: ``TransportError/Kind/timedOut`` when the deadline passed, and the failures of the attempt. No
    ///   stream is left open then.
    func open(
        to address: Family.SocketAddress, options: StreamOptions<Family>, until deadline: Deadline
    ) throws(TransportError) -> Stream

    /// Begins to listen at an address.
    ///
    /// - Parameters:
    ///   - address: The address; port 0 has the backend choose one.
    ///   - options: How the listener is set up.
    /// - Throws: ``TransportError/Kind/addressInUse``, ``TransportError/Kind/addressNotAvailable`` and other errors of
    ///   binding. No listener is left open then.
    func beginListening(
        on address: Family.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> StreamListener

    /// Blocks this thread until an instant of this backend's clock, and not at all when that has come already.
    ///
    /// For programs that wait on purpose, such as before another attempt to connect. `sleep(for:)` takes a duration.
    ///
    /// - Throws: What the backend's own waits throw when they can never end; over the system's clock, nothing that a
    ///   program should expect.
    func sleep(until instant: Instant) throws(TransportError)

    /// The settings of what this backend makes.
    var defaults: BackendDefaults { get }

    /// A random number of good quality, from the system or, in a test, from a seed.
    func randomNumber() -> UInt64

    /// Suspends this task until an instant of this backend's clock. Like ``sleep(until:)``, without keeping a thread.
    ///
    /// The default keeps a thread for as long as the sleep was to take.
    ///
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` at once when the task is cancelled.
    func sleep(until instant: Instant) async throws(TransportError)
}

extension Backend {
    /// Blocks this thread for a time of this backend's clock. The corresponding C function is `nanosleep`.
    ///
    /// - Parameter duration: How long; with zero it returns at once.
    /// - Throws: ``TransportError/Kind/invalidArgument`` when the duration is negative or longer than 292 years, and
    ///   what `sleep(until:)` throws.
    public func sleep(for duration: Duration) throws(TransportError) {
        try sleep(until: now.advanced(by: .nanoseconds(try duration.checkedTimeoutNanoseconds(.wait))))
    }

    /// Begins, waits and goes on in turn.
    public func open(
        to address: Family.SocketAddress, options: StreamOptions<Family>, until deadline: Deadline
    ) throws(TransportError) -> Stream {
        let stream = try beginOpen(to: address, options: options)
        do throws(TransportError) {
            let step = try stream.drive(until: deadline) { () throws(TransportError) in try stream.tryEstablish() }
            guard step == .done else { throw stream.timedOutEstablishing }
            return stream
        } catch {
            throw abandoned(stream, to: Family.place(address, options.peerName), error)
        }
    }

    /// Opens a stream, suspending the task until a deadline at most. Begins, suspends and goes on in turn.
    ///
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled. No
    ///   stream is left open then.
    public func open(
        to address: Family.SocketAddress, options: StreamOptions<Family>, until deadline: Deadline
    ) async throws(TransportError) -> Stream {
        if Task.isCancelled {
            throw TransportError.cancelled(.connect).with(address: Family.place(address, options.peerName))
        }
        let stream = try beginOpen(to: address, options: options)
        do throws(TransportError) {
            let step = try await stream.drive(until: deadline) { () throws(TransportError) in
                try stream.tryEstablish()
            }
            guard step == .done else { throw stream.timedOutEstablishing }
            return stream
        } catch {
            throw abandoned(stream, to: Family.place(address, options.peerName), error)
        }
    }

    /// Closes a stream that could not be established, and gives the error that says so.
    private func abandoned(_ stream: Stream, to place: String, _ error: TransportError) -> TransportError {
        stream.close()
        return error.asAttempt(at: place)
    }
}
