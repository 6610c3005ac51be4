extension Scaffold {
    /// The listener.
    var listenerTemplate: String {
        #"""
        internal import Dispatch
        internal import Synchronization
        public import TransportCore

        /// A source of incoming streams.
        public final class \#(name)Listener: TransportListener {
            /// The type of the streams.
            public typealias Accepted = \#(name)Transport

            private let address: \#(family.name).SocketAddress
            private let isClosed = Atomic(false)

            init(at address: \#(family.name).SocketAddress) { self.address = address }

            deinit { close() }

            // MARK: Steps

            /// Takes a stream from the queue.
            public func tryAccept() throws(TransportError) -> AcceptStep<\#(name)Transport> {
                if isClosed.load(ordering: .acquiring) { throw .closed(.accept) }
                throw unwritten(
                    "\#(name)Listener.tryAccept", .accept,
                    """
                    return .accepted with the end of a stream that a peer has opened, each once; return \
                    .wouldBlock(.readable) when there is none
                    """
                )
            }

            /// Takes no further streams; those that are queued can still be accepted.
            public func stopAccepting() throws(TransportError) {
                if isClosed.load(ordering: .acquiring) { throw .closed(.accept) }
                throw unwritten(
                    "\#(name)Listener.stopAccepting", .accept,
                    """
                    refuse whoever comes from now on; tryAccept goes on to give out those who are queued, and throws \
                    .closed(.accept) after the last one
                    """
                )
            }

            // MARK: Waits

            /// Blocks this thread until a stream may be there.
            public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
                if isClosed.load(ordering: .acquiring) { throw .closed(.wait) }
                throw unwritten(
                    "\#(name)Listener.wait", .wait,
                    """
                    block this thread until tryAccept could do something, and return true; return false when the deadline \
                    passes first, and throw .closed(.wait) as soon as the listener is closed
                    """
                )
            }

            /// Suspends this task until a stream may be there.
            public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
                if isClosed.load(ordering: .acquiring) { throw .closed(.wait) }
                throw unwritten(
                    "\#(name)Listener.ready", .wait,
                    """
                    do what wait does, without keeping the thread, and throw TransportError(.cancelled, operation: .wait) as \
                    soon as the task is cancelled
                    """
                )
            }

            // MARK: Ending

            /// Releases the listener. Never waits, never fails, and may be repeated.
            public func close() {
                guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
                // TODO: wake whoever waits here, give the address back, and close the streams that are queued.
            }

            // MARK: Knowledge

            /// The address that is listened at.
            public var localAddress: \#(family.name).SocketAddress { get throws(TransportError) { address } }

            /// What the listener promises: fullBacklogPends, when peers wait where the queue is full.
            public var facts: TransportFacts { [] }

            /// The present instant.
            public var now: Instant { Instant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds)) }
        }
        """#
    }
}
