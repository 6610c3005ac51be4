internal import TransportCore

/// What comes one after another and is served in threads: the connections of a listener, the datagrams of a socket.
protocol ThreadWork: Sendable {
    associatedtype Item

    /// Where it is in work.
    var service: Service { get }

    /// Takes the next one, if one is there. One thread at a time calls this.
    func takeIfReady() throws(TransportError) -> Item?

    /// Takes note that one is in work now, and whether somebody is needed to look after the timers.
    ///
    /// - Returns: Nil, and the item is discarded, when nothing is to be taken on any more.
    func begin(_ item: Item) -> (seat: SeatHandle, needsWatch: Bool)?

    /// Serves one, blocking this thread, and gives its seat up.
    func serve(_ item: Item, _ seat: SeatHandle)
}

/// The threads of one service: some wait for what comes next, the others serve.
///
/// Whoever has taken something on serves it itself, and sees to it first that somebody else waits. At the limit nobody
/// waits: whoever gives a place up starts a thread that has it.
final class ThreadCrew<Work: ThreadWork>: Sendable {
    private struct State {
        /// How many threads there are, whatever they do.
        var threads = 0
        /// How many threads wait for what comes next, or are about to.
        var waiting = 0
        /// Nobody takes anything on before there is a place.
        var isHeldUp = false
    }

    private let server: Server
    private let work: Work
    /// What ends when this one fails.
    private let others: [Service]
    /// Also lets one thread at a time take something on.
    private let state = Locked(State())
    /// So many threads wait at most.
    private let mostWaiting: Int

    var service: Service { work.service }

    /// - Parameters:
    ///   - others: What ends when this one fails. The default is nothing.
    ///   - mostWaiting: How many threads wait at most. With two, one that has finished can wait while another one does, so
    ///     that a quick handler needs no new thread.
    init(_ server: Server, _ work: Work, endingToo others: [Service] = [], mostWaiting: Int) {
        self.server = server
        self.work = work
        self.others = others
        self.mostWaiting = mostWaiting
    }

    /// Has a thread wait, unless something has failed already.
    func begin(unless failure: TransportError? = nil) {
        if let failure { return finish(failure) }
        guard let error = startWaiting() else { return }
        server.report(.listenerFailed, error)
        finish(error)
    }

    /// Blocks until everything has ended.
    ///
    /// - Returns: The error of what is broken.
    func untilEnd() -> TransportError? {
        var turns = 0
        while !service.hasEnded {
            if service.waitForChange() { continue }
            // Somebody else has closed the listener, or a network in memory has ended, and nothing else is left to wait with.
            if server.startsThreads {
                _ = service.state.wait { $0.hasEnded ? true : nil }
            } else {
                // Threads of a network have this one's turn then, which go on in its time.
                service.clock.letOthersGoOn()
                turns += 1
                if turns.isMultiple(of: Self.mostTurns) { _ = service.state.waitBriefly { $0.hasEnded ? true : nil } }
            }
        }
        // Until the last one has left the socket, it is not closed. Threads of somebody else's go on when they see fit, those
        // of a network in memory perhaps not before this one waits there, and have no sockets of the system.
        if server.startsThreads { _ = state.wait { $0.threads == 0 ? true : nil } }
        server.end(service)
        return service.state.withLock { $0.failure }
    }

    /// How often the turn is given on before this thread rests: oftener than a network waits until it moves the time for those
    /// who poll.
    private static var mostTurns: Int { 2048 }

    /// Nothing is taken on any more.
    private func finish(_ failure: TransportError? = nil) {
        if let failure { abort(failure) }
        service.hasStoppedAccepting()
        service.state.wakeAll()
    }

    /// Ends everything that is in work, here and wherever else it is to end then.
    private func abort(_ failure: TransportError) {
        service.abort(failure)
        for other in others where other !== service { other.abort() }
    }

    // MARK: Threads

    /// Starts a thread.
    ///
    /// - Returns: The error when there is none to be had.
    private func start(_ body: @escaping @Sendable () -> Void) -> TransportError? {
        state.withLock { $0.threads += 1 }
        let error = server.startingThread {
            body()
            self.threadHasEnded()
        }
        if error != nil { threadHasEnded() }
        return error
    }

    private func threadHasEnded() {
        let isLast = state.withLock { state in
            state.threads -= 1
            return state.threads == 0
        }
        if isLast { state.wakeAll() }
    }

    /// Starts a thread that waits.
    ///
    /// - Returns: The error when there is none to be had.
    private func startWaiting(havingPlace: Bool = false) -> TransportError? {
        state.withLock { $0.waiting += 1 }
        let error = start { self.wait(havingPlace: havingPlace) }
        if error != nil { state.withLock { $0.waiting -= 1 } }
        return error
    }

    /// Waits for what comes and serves it, as long as this thread is needed.
    private func wait(havingPlace: Bool) {
        var hasPlace = havingPlace
        var failures = AcceptFailure()
        while true {
            do throws(TransportError) {
                if !hasPlace { _ = try service.clock.wait(for: .readable, until: .never) }
                let next = try next(havingPlace: hasPlace)
                hasPlace = false
                switch next {
                case .nothing: break
                case .heldUp(let waiter):
                    if let waiter, service.isAborted { service.admission.giveUp(waiter) }
                    return
                case .item(let item, let isLast):
                    failures.reset()
                    guard serve(item, startingAnother: isLast) else { return }
                }
            } catch {
                hasPlace = false
                switch failures.consequence(of: error) {
                case .goOn: server.report(.acceptFailed, error)
                case .pause(let pause):
                    server.report(.acceptPaused, error)
                    _ = service.sleep(until: .at(service.clock.now.advanced(by: pause)))
                case .end: return finish()
                case .fail:
                    server.report(.listenerFailed, error)
                    return finish(error)
                }
            }
        }
    }

    private enum Next {
        case nothing
        /// Something for which there is a place; and whether nobody waits any more.
        case item(Work.Item, isLast: Bool)
        /// There is no place, and this thread does not wait any more; with what waits for a place, unless another thread
        /// has seen to that.
        case heldUp(Admission.Waiter?)
    }

    /// Takes the next one, if it is there and there is a place, which is given up otherwise: others share the limit.
    private func next(havingPlace: Bool) throws(TransportError) -> Next {
        let next: Next
        do throws(TransportError) {
            next = try state.withLock { (state) throws(TransportError) in
                if !havingPlace, !service.admission.enter() {
                    guard !state.isHeldUp else { return heldUp(&state, by: nil) }
                    let waiter = Admission.Waiter { hasPlace in self.goOn(hasPlace) }
                    service.setPlaceWaiter(waiter)
                    if !service.admission.enter(orWait: waiter) { return heldUp(&state, by: waiter) }
                }
                guard let item = try work.takeIfReady() else { return .nothing }
                state.waiting -= 1
                return .item(item, isLast: state.waiting == 0)
            }
        } catch {
            service.admission.leave()
            throw error
        }
        if case .nothing = next { service.admission.leave() }
        return next
    }

    private func heldUp(_ state: inout State, by waiter: Admission.Waiter?) -> Next {
        state.isHeldUp = true
        state.waiting -= 1
        return .heldUp(waiter)
    }

    /// There is a place now, or nothing to be waited for.
    private func goOn(_ hasPlace: Bool) {
        guard hasPlace else { return finish() }
        state.withLock { $0.isHeldUp = false }
        guard let error = startWaiting(havingPlace: true) else { return }
        service.admission.leave()
        server.report(.listenerFailed, error)
        finish(error)
    }

    /// Serves one, while another thread waits.
    ///
    /// - Returns: Whether this thread is to wait again.
    private func serve(_ item: Work.Item, startingAnother isLast: Bool) -> Bool {
        guard let (seat, needsWatch) = work.begin(item) else {
            service.admission.leave()
            return waitsAgain()
        }
        if needsWatch, let error = start({ self.service.watch() }) {
            server.report(.listenerFailed, error)
            abort(error)
        }
        let refusal = isLast ? startWaiting() : nil
        work.serve(item, seat)
        service.admission.leave()
        service.state.wakeAll()
        guard waitsAgain() else { return false }
        // Nobody else has waited meanwhile.
        if let refusal { server.report(.acceptPaused, refusal) }
        return true
    }

    private func waitsAgain() -> Bool {
        state.withLock { state in
            guard !state.isHeldUp, state.waiting < mostWaiting else { return false }
            state.waiting += 1
            return true
        }
    }
}
