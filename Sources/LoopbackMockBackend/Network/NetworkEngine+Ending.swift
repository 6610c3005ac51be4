internal import CThreads
internal import TransportCore

// How a network ends, with those who are still in it.
extension NetworkEngine {
    /// Ends every wait, also those that are begun later, and lets everyone come to an end. Takes the lock.
    func end() {
        locked {
            endWaits()
            letOthersGoOn()
        }
    }

    /// Ends every wait, and does not wait for those who go on: nobody is there any more who could have the test's turn.
    ///
    /// The last reference to a network may be given up anywhere, maybe by a closure of the test's that goes away while the
    /// lock is held. A thread that is free to wait for the lock does it then.
    func abandon() {
        guard cthreads_lock_try_acquire(lock) else {
            _ = startThread { self.locked { self.giveUpForTest() } }
            return
        }
        giveUpForTest()
        unlock()
    }

    private func giveUpForTest() {
        isAbandoned = true
        endWaits()
        endTurn(of: test)
    }

    private func endWaits() {
        isOver = true
        timekeeper?.wake()
        while let waiter = blocked.last { resume(waiter, .failed(Self.over)) }
    }

    static var over: TransportError {
        TransportError(.closed, operation: .wait)
            .with(message: "the network was shut down, or nobody has it any more")
    }
}
